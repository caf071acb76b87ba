from broker import mosquitto as mosquitto
