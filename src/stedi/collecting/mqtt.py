"""Readings that Step Trainers publish over MQTT: a message is acknowledged when its lines are durable."""

import shlex
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi.collecting.broker import Broker, client_of
from stedi.collecting.messages import MessageLines, parse_message, refused_lines
from stedi.collecting.spool import Spool
from stedi.collecting.topics import SERIAL_NUMBER, serial_place
from stedi.ground.errors import StediError
from stedi.sources.reasons import Reason

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

UNACKNOWLEDGED = 1_000
"""Messages that the broker sends before it waits for us; they bound the memory of a collector."""

WAITING_BYTES = 4 * 1024 * 1024
"""So many bytes are kept at once, however few messages they are."""

SESSION_TAKEN_OVER = 0x8E
SHORT_CONNECTION_S = 10.0
SHORT_CONNECTIONS = 3
"""So many connections in a row that the broker ends so soon are no accident."""

WAIT_S = 0.02
LONGEST_PAUSE_S = 30.0
LASTS_S = 7 * 24 * 3600
"""How long a broker keeps messages for a collector that is away."""


@dataclass
class Collected:
    """What was collected.

    Attributes:
        messages: Messages acknowledged, those that came a second time included.
        readings: Lines of readings kept.
        refused: Messages that are no readings; their bytes are kept for the quarantine, strays among them.
        strays: Messages on a topic without a serial number.
        empty: Messages without a reading: no bytes, as a retained message is deleted, or an empty list.
        unassured: Messages with QoS 0, which no broker sends again.
        disconnects: How often the broker was lost.
    """

    messages: int = 0
    readings: int = 0
    refused: int = 0
    strays: int = 0
    empty: int = 0
    unassured: int = 0
    disconnects: int = 0


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
        self._waiting_bytes = 0
        self._connected_at = 0.0
        self._short_connections = 0
        self._was_subscribed = False
        self._refused: str | None = None
        self._is_subscribed = False
        self.collected = Collected()
        self._client = client_of(broker)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._received

    def collect(self, goes_on: Callable[[Collected], bool]) -> Collected:
        """Collect while `goes_on` says so, and land what came.

        Raises:
            StediError: The broker refuses us: wrong credentials, we may not subscribe, or another client took
                our session over.
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
                is_much = before >= UNACKNOWLEDGED // 2 or self._waiting_bytes >= WAITING_BYTES
                if self._waiting and (len(self._waiting) == before or is_much):
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
        # No MaximumPacketSize: by it the broker would drop longer messages and tell nobody.
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

    def _connected(self, client: "Client", _data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            if str(reason) in ("Server unavailable", "Server busy"):
                self._told(f"the broker {self._at} says: {reason}; trying again")
            else:
                self._refused = (
                    f"The broker {self._at} refused us: {reason}; nothing more was collected.\n"
                    "Look at --username and STEDI_MQTT_PASSWORD, or at the broker's access list."
                )
            return
        self._connected_at = time.monotonic()
        if self._was_subscribed and not flags.session_present:
            self._told(
                f"the broker {self._at} has forgotten our session: what devices sent while we were away is "
                "lost unless they send it again (Mosquitto: set `persistence true`)"
            )
        lasts = getattr(properties, "SessionExpiryInterval", LASTS_S)
        if lasts < LASTS_S:
            self._told(f"the broker {self._at} keeps messages for {lasts:,} s while we are away, no longer")
        if getattr(properties, "SharedSubscriptionAvailable", 1) == 0 and self._topic.startswith("$share/"):
            self._refused = (
                f"The broker {self._at} has no shared subscriptions; nothing was collected.\n"
                "Name the topic filter alone, without $share/GROUP/."
            )
            return
        from paho.mqtt.subscribeoptions import SubscribeOptions

        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        client.subscribe(self._topic, options=options)

    def _subscribed(self, _client: "Client", _data: Any, _mid: int, reasons: Any, _told: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refused = (
                f"The broker {self._at} does not let us subscribe to {self._topic}; nothing was collected.\n"
                "Allow it in the broker's access list, or name another topic."
            )
            return
        self._is_subscribed = self._was_subscribed = True
        if all(reason.value == 0 for reason in reasons):
            self._told(
                f"the broker {self._at} gives us QoS 0 only: what devices send while we are away is lost. "
                "Allow QoS 1 for the topic in the broker's settings"
            )
        self._told(f"listening to {self._topic} at {self._at}")

    def _disconnected(self, _client: "Client", _data: Any, _flags: Any, reason: Any, _told: Any) -> None:
        # The broker sends again whatever we did not acknowledge; an acknowledgement of the connection
        # before would be taken for another message's.
        self._waiting.clear()
        self._waiting_bytes = 0
        self._is_subscribed = False
        if reason.value == SESSION_TAKEN_OVER:
            self._refused = (
                f"Another client of the broker {self._at} uses our client id {self._broker.client_id!r} and "
                "took our session over; this collector stops, for each would get a part of the readings.\n"
                + self._another_client_id
            )
            return
        if reason.is_failure:
            self.collected.disconnects += 1
            is_short = time.monotonic() - self._connected_at < SHORT_CONNECTION_S and self._connected_at > 0
            self._connected_at = 0.0
            self._short_connections = self._short_connections + 1 if is_short else 0
            if self._short_connections >= SHORT_CONNECTIONS:
                self._refused = (
                    f"The broker {self._at} ended {SHORT_CONNECTIONS} connections in a row within "
                    f"{SHORT_CONNECTION_S:g} s; this collector stops. The usual cause is another collector "
                    f"with the client id {self._broker.client_id!r}; the broker's log tells.\n"
                    + self._another_client_id
                )
                return
            self._told(f"the broker {self._at} went away; calling it again")

    @property
    def _another_client_id(self) -> str:
        return (
            "Stop one of the two, or give each an id of its own: stedi collect mqtt --client-id ANOTHER "
            f"--broker {self._at} --topic {shlex.quote(self._topic)}\n"
            "What was acknowledged is kept; the broker sends the rest to whoever holds the session."
        )

    def _received(self, _client: "Client", _data: Any, message: "MQTTMessage") -> None:
        self._waiting.append(message)
        self._waiting_bytes += len(message.payload)

    def _keep(self) -> None:
        """Keep what waits, acknowledge it then, and count it; while an erasure works, leave it waiting."""
        parsed = [self._parsed(message) for message in self._waiting]
        if not self._spool.keep(line for lines, _ in parsed for line in lines.all):
            return
        kept, self._waiting, self._waiting_bytes = self._waiting, [], 0
        for message in kept:
            self._client.ack(message.mid, message.qos)
        found = self.collected
        for message, (lines, is_stray) in zip(kept, parsed, strict=True):
            found.messages += 1
            found.readings += len(lines.readings)
            self._count("strays", is_stray, "came on a topic without a serial number")
            self._count(
                "refused", bool(lines.refused), "is no reading: kept, and the next run quarantines it"
            )
            self._count("empty", not lines.all, "holds no reading: nothing to keep")
            self._count(
                "unassured", message.qos == 0, "was published with QoS 0: the broker may lose such ones"
            )

    def _count(self, name: str, applies: bool, what: str) -> None:
        """Count a message, and tell of the 1st, 10th, 100th and so on of its kind."""
        if applies:
            count = getattr(self.collected, name) + 1
            setattr(self.collected, name, count)
            if str(count).strip("0") == "1":
                self._told(f"a message {what} ({count:,} so far)")

    def _parsed(self, message: "MQTTMessage") -> tuple[MessageLines, bool]:
        """The lines of a message, and whether its topic has no serial number."""
        payload = bytes(message.payload)
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        levels = topic.split("/")
        found = levels[self._place] if self._place < len(levels) else ""
        if SERIAL_NUMBER.fullmatch(found):
            return parse_message(payload, found.lower()), False
        return MessageLines(
            refused=refused_lines(payload, None, Reason.BAD_SERIAL, topic) if payload else ()
        ), True


def _sleep(seconds: float, goes_on: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and goes_on():
        time.sleep(0.05)
