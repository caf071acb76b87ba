import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from broker import Mosquitto
from cases import put
from line_cases import SERIAL, T0_MS, customer
from stedi.config import Lake, create
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.pipeline.run import run

STEDI = "from stedi.cli.main import main; main()"
ERASED, OTHER = SERIAL % 1, SERIAL % 2


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    lake = create(tmp_path / "lake", buckets=2)
    uma = customer(1, customerName='"Uma Vogel"', phone="null")
    otto = customer(2, customerName='"Otto Brandt"', birthDay='"1970-02-02"', phone="null")
    put(lake.landing, "customer/all.json", uma + b"\n" + otto + b"\n")
    run(lake)
    return lake


@pytest.fixture
def collecting(lake: Lake, mosquitto: Mosquitto) -> "Iterator[subprocess.Popen[str]]":
    command = ["--lake", str(lake.root), "collect", "mqtt", "--broker", mosquitto.address]
    process = subprocess.Popen(
        [sys.executable, "-c", STEDI, *command, "--file-seconds", "3600"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    while "listening" not in (line := process.stderr.readline()):
        assert line
    yield process
    process.kill()
    process.communicate()


class Devices:
    """Two devices that publish in turn."""

    def __init__(self, broker: Mosquitto) -> None:
        self.sent = 0
        self.going = True
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="devices")
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def publish(self, count: int) -> None:
        for _ in range(count):
            reading = {"sensorReadingTime": T0_MS + self.sent, "distanceFromObject": 1000 + self.sent}
            for serial in (ERASED, OTHER):
                self._client.publish(f"stedi/{serial}/readings", json.dumps(reading), qos=1).wait_for_publish(
                    30
                )
            self.sent += 1

    def publish_on(self) -> None:
        while self.going:
            self.publish(1)
            time.sleep(0.02)


def kept(lake: Lake, serial: str) -> set[int]:
    files = (
        p for p in lake.landing.rglob("*") if p.is_file() and "step_trainer" in str(p) or p.suffix == ".part"
    )
    lines = (json.loads(line) for p in files for line in p.read_bytes().splitlines() if line)
    return {line["sensorReadingTime"] - T0_MS for line in lines if line["serialNumber"] == serial}


def wait_for(lake: Lake, count: int) -> None:
    until = time.monotonic() + 30
    while kept(lake, OTHER) != set(range(count)):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_an_erasure_beside_a_running_collector_keeps_others_readings(
    lake: Lake, mosquitto: Mosquitto, collecting: "subprocess.Popen[str]"
) -> None:
    devices = Devices(mosquitto)
    devices.publish(200)
    wait_for(lake, 200)
    publishing = threading.Thread(target=devices.publish_on)
    publishing.start()
    outcome = carry_out(lake, "erase", "person1@example.org")
    devices.going = False
    publishing.join()
    assert outcome.certificate and outcome.certificate["proof"]["clean"]
    assert devices.sent > 200
    wait_for(lake, devices.sent)
    # What the erased device sent before the proof is gone; what came after it waits for the next run.
    assert kept(lake, ERASED).isdisjoint(range(200))
    collecting.send_signal(signal.SIGTERM)
    assert collecting.wait(30) == 0
    run(lake)
    assert (kept(lake, ERASED), kept(lake, OTHER)) == (set(), set(range(devices.sent)))
    assert verify(lake, "person1@example.org").clean


def test_an_erasure_after_a_collector_was_killed_keeps_others_readings(
    lake: Lake, mosquitto: Mosquitto, collecting: "subprocess.Popen[str]"
) -> None:
    Devices(mosquitto).publish(200)
    wait_for(lake, 200)
    collecting.kill()
    collecting.wait(30)
    [part] = (lake.landing / ".collecting").glob("*.part")
    with part.open("ab") as cut:
        cut.write(b'{"serialNumber":"%s","cut' % ERASED.encode())
    outcome = carry_out(lake, "erase", "person1@example.org")
    assert outcome.certificate and outcome.certificate["proof"]["clean"]
    assert (kept(lake, ERASED), kept(lake, OTHER)) == (set(), set(range(200)))
