"""Readings that Step Trainers publish over MQTT: a message is acknowledged when its lines are durable."""

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stedi.collecting.messages import lines
from stedi.collecting.spool import Spool
from stedi.errors import DependencyError, StediError, UsageError, install_hint

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

UNACKNOWLEDGED = 1_000
"""Messages that the broker sends before it waits for us; they bound the memory of a collector."""

LONGEST_MESSAGE_BYTES = 256 * 1024
"""What AWS IoT Core takes is half of it; a longer one is refused by the broker."""

WAIT_S = 0.02
LONGEST_PAUSE_S = 30.0
LASTS_S = 7 * 24 * 3600
"""How long a broker keeps messages for a collector that is away."""

SERIAL_NUMBER = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Broker:
    """Where a broker listens, and as whom we come.

    Attributes:
        host: Its name or address.
        port: Its port.
        client_id: By it the broker knows us again, and keeps what came while we were away.
        username: None where the broker asks for none.
        password: None where it asks for none.
        ca_file: Whose certificates we trust; TLS is spoken where it is given.
        certificate: Ours, where the broker asks for one,
        key: and its key.
    """

    host: str
    port: int = 1883
    client_id: str = "stedi-collector"
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass
class Collected:
    """What was collected.

    Attributes:
        messages: Messages acknowledged, those that came a second time included.
        readings: Lines kept, of every kind.
        strays: Messages on a topic without a serial number: acknowledged, counted and not kept.
        disconnects: How often the broker was lost.
    """

    messages: int = 0
    readings: int = 0
    strays: int = 0
    disconnects: int = 0


def serial_place(topic: str) -> int:
    """At which level of a topic filter the serial number stands: where its one `+` is.

    Raises:
        UsageError: The filter has no `+`, or several, or a `#`.
    """
    levels = topic.split("/")
    if levels.count("+") != 1 or "#" in levels:
        raise UsageError(
            f"The topic {topic!r} does not say where the serial number stands; nothing was collected.\n"
            "Give a topic filter with one `+` in its place, for instance stedi/+/readings"
        )
    return levels.index("+")


class Collector:
    """A subscription that goes on until it is stopped; a lost broker is called again, less and less often."""

    def __init__(
        self, broker: Broker, topic: str, spool: Spool, *, told: Callable[[str], None] = lambda _: None
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            broker: Where to.
            topic: A topic filter whose one `+` stands for the serial number.
            spool: Takes the lines.
            told: Hears, a sentence each, of a broker that came or went.

        Raises:
            DependencyError: paho-mqtt is not installed.
            UsageError: The topic filter has no place for a serial number, or a TLS file cannot be read.
        """
        self._broker, self._topic, self._spool, self._told = broker, topic, spool, told
        self._place = serial_place(topic)
        self._waiting: list[MQTTMessage] = []
        self._refused: str | None = None
        self._is_subscribed = False
        self.collected = Collected()
        self._client = _client(broker)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = lambda _client, _data, message: self._waiting.append(message)

    def collect(self, goes_on: Callable[[Collected], bool]) -> Collected:
        """Collect while `goes_on` says so, and land what came.

        Raises:
            StediError: The broker refuses us: wrong credentials, or we may not subscribe.
            OSError: The landing zone cannot be written; nothing that was not kept is acknowledged.
        """
        pause = 1.0
        try:
            while goes_on(self.collected):
                if not self._client.is_connected() and not self._connect():
                    _sleep(pause, lambda: goes_on(self.collected))
                    pause = min(2 * pause, LONGEST_PAUSE_S)
                    continue
                before = len(self._waiting)
                self._client.loop(timeout=WAIT_S)
                if self._refused:
                    raise StediError(self._refused)
                if self._is_subscribed:
                    pause = 1.0
                # One call to the disk for all that came at once.
                if self._waiting and (len(self._waiting) == before or before >= UNACKNOWLEDGED // 2):
                    self._keep()
                self._spool.land_if_due()
            self._keep()
        finally:
            self._client.disconnect()
            self._client.loop(timeout=WAIT_S)
        return self.collected

    def _connect(self) -> bool:
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.SessionExpiryInterval = LASTS_S
        asked.ReceiveMaximum = UNACKNOWLEDGED
        asked.MaximumPacketSize = LONGEST_MESSAGE_BYTES
        try:
            self._client.connect(
                self._broker.host, self._broker.port, keepalive=30, clean_start=False, properties=asked
            )
            deadline = time.monotonic() + 10
            while not self._is_subscribed and not self._refused and time.monotonic() < deadline:
                if self._client.loop(timeout=WAIT_S):
                    break
        except ssl.SSLError as error:
            raise StediError(
                f"The broker {self._at} was not reached by TLS ({error.reason}); nothing was collected.\n"
                "Look at --ca, --certificate and --key."
            ) from error
        except OSError as error:
            self._told(f"the broker {self._at} is not reached ({error.strerror or error}); trying again")
        return self._is_subscribed or bool(self._refused)

    @property
    def _at(self) -> str:
        return f"{self._broker.host}:{self._broker.port}"

    def _connected(self, client: "Client", _data: Any, _flags: Any, reason: Any, _told: Any) -> None:
        if reason.is_failure:
            if str(reason) in ("Server unavailable", "Server busy"):
                self._told(f"the broker {self._at} says: {reason}; trying again")
            else:
                self._refused = (
                    f"The broker {self._at} refused us: {reason}; nothing more was collected.\n"
                    "Look at --username and STEDI_MQTT_PASSWORD, or at the broker's access list."
                )
            return
        client.subscribe(self._topic, qos=1)

    def _subscribed(self, _client: "Client", _data: Any, _mid: int, reasons: Any, _told: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refused = (
                f"The broker {self._at} does not let us subscribe to {self._topic}; nothing was collected.\n"
                "Allow it in the broker's access list, or name another topic."
            )
            return
        self._is_subscribed = True
        self._told(f"listening to {self._topic} at {self._at}")

    def _disconnected(self, _client: "Client", _data: Any, _flags: Any, reason: Any, _told: Any) -> None:
        # The broker sends again whatever we did not acknowledge; an acknowledgement of the connection
        # before would be taken for another message's.
        self._waiting.clear()
        self._is_subscribed = False
        if reason.is_failure:
            self.collected.disconnects += 1
            self._told(f"the broker {self._at} went away; calling it again")

    def _keep(self) -> None:
        kept, self._waiting = self._waiting, []
        found: list[bytes] = []
        for message in kept:
            serialnumber = self._serialnumber(message)
            if serialnumber is None:
                self.collected.strays += 1
            else:
                found += lines(bytes(message.payload), serialnumber)
        self._spool.keep(found)
        self.collected.readings += len(found)
        for message in kept:
            self._client.ack(message.mid, message.qos)
        self.collected.messages += len(kept)

    def _serialnumber(self, message: "MQTTMessage") -> str | None:
        try:
            found = message.topic.split("/")[self._place]
        except (UnicodeDecodeError, IndexError):
            return None
        return found.lower() if SERIAL_NUMBER.fullmatch(found) else None


def _client(broker: Broker) -> "Client":
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ImportError as missing:
        raise DependencyError(
            f"Nothing was collected: paho-mqtt is not installed.\n{install_hint('collect')}"
        ) from missing
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.ca_file is not None:
        try:
            client.tls_set(
                str(broker.ca_file),
                str(broker.certificate) if broker.certificate else None,
                str(broker.key) if broker.key else None,
            )
        except (OSError, ssl.SSLError, ValueError) as error:
            raise UsageError(
                f"A TLS file cannot be used ({error}); nothing was collected.\n"
                "Look at --ca, --certificate and --key: PEM files that may be read."
            ) from error
    return client


def _sleep(seconds: float, goes_on: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and goes_on():
        time.sleep(0.05)
