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
from stedi.asking.reader import reading
from stedi.asking.status import sources
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake, create
from stedi.run.run import run

MINUTE_MS = 60_000
STEDI = "from stedi.cli.main import main; main()"
ERASED, OTHER = SERIAL % 1, SERIAL % 2


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    lake = create(tmp_path / "lake", buckets=2)
    uma = customer(1, customerName='"Uma Vogel"', phone="null")
    otto = customer(2, customerName='"Otto Brandt"', birthDay='"1970-02-02"', phone="null")
    put(lake.landing, "customer/all.json", uma + b"\n" + otto + b"\n")
    run(lake, clock=lambda: now_ms() - 20 * MINUTE_MS)
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

    def __init__(self, broker: Mosquitto, since_ms: int = T0_MS) -> None:
        self.sent = 0
        self._since_ms = since_ms
        self.going = True
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"devices-{since_ms}")
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def publish(self, count: int) -> None:
        for _ in range(count):
            reading = {
                "sensorReadingTime": self._since_ms + self.sent,
                "distanceFromObject": 1000 + self.sent,
            }
            for serial in (ERASED, OTHER):
                self._client.publish(f"stedi/{serial}/readings", json.dumps(reading), qos=1).wait_for_publish(
                    30
                )
            self.sent += 1

    def publish_on(self) -> None:
        while self.going:
            self.publish(1)
            time.sleep(0.02)


def kept(lake: Lake, serial: str, since_ms: int = T0_MS) -> set[int]:
    files = (
        p for p in lake.landing.rglob("*") if p.is_file() and "step_trainer" in str(p) or p.suffix == ".part"
    )
    lines = (json.loads(line) for p in files for line in p.read_bytes().splitlines() if line)
    found = (line["sensorReadingTime"] - since_ms for line in lines if line["serialNumber"] == serial)
    return {place for place in found if place >= 0}


def wait_for(lake: Lake, count: int, since_ms: int = T0_MS) -> None:
    until = time.monotonic() + 30
    while kept(lake, OTHER, since_ms) != set(range(count)):
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


def test_an_erasure_that_takes_long_ends_though_the_device_sends_on(
    lake: Lake, mosquitto: Mosquitto, collecting: "subprocess.Popen[str]"
) -> None:
    """What it measures over five minutes after the request is not covered: the certificate tells of it."""
    Devices(mosquitto).publish(20)
    wait_for(lake, 20)
    late = Devices(mosquitto, since_ms=(since := now_ms()))
    ahead = 10 * MINUTE_MS

    def tell(told: str) -> None:
        nonlocal ahead
        if told.startswith("marking"):
            ahead = 0  # Ten minutes later; the readings wait in the open file of the collector.
            late.publish(20)
            wait_for(lake, 20, since)

    outcome = carry_out(lake, "erase", "person1@example.org", tell=tell, clock=lambda: now_ms() - ahead)
    certificate = outcome.certificate
    assert certificate and certificate["proof"]["clean"]
    assert certificate["later"] == {"files": 1, "lines": 20}
    landed = next(zone for zone in certificate["zones"] if zone["zone"] == "landed files")
    assert (landed["traces_after"], landed["rows_after"]) == (20, 20)
    assert landed["stays"].startswith("Only lines that were delivered after the request")
    assert kept(lake, ERASED) == {time - T0_MS + n for time in (since,) for n in range(20)}
    assert kept(lake, OTHER) >= set(range(20)) and kept(lake, OTHER, since) == set(range(20))
    late.publish(5)
    wait_for(lake, 25, since)
    collecting.send_signal(signal.SIGTERM)
    assert collecting.wait(30) == 0
    run(lake)
    with reading(lake) as reader:
        [steps] = [source for source in sources(reader) if source.name == "step_trainer"]
    # Nobody's: no record names the device any more.
    assert steps.dispositions["no_owner"] == 25
    assert kept(lake, OTHER, since) == set(range(25))
