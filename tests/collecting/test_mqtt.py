import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import stedi
from broker import Mosquitto

STEDI = "from stedi.cli.main import main; main()"
SERIALS = [f"{n:08x}-1111-4111-8111-111111111111" for n in range(7)]


class Collectors:
    """Collectors as processes, none of which outlives its test."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[str]] = []

    def start(self, lake: Path, broker: Mosquitto, *more: str) -> "subprocess.Popen[str]":
        command = ["--lake", str(lake), "collect", "mqtt", "--broker", broker.address, "--json"]
        process = subprocess.Popen(
            [sys.executable, "-c", STEDI, *command, *more],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


@pytest.fixture
def collector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collectors]:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    found = Collectors()
    yield found
    found.end()


def heard(process: "subprocess.Popen[str]", told: str) -> None:
    assert process.stderr
    while told not in (line := process.stderr.readline()):
        assert line, f"ended without telling {told!r}"


class Publisher:
    """Publishes with the broker's acknowledgement, as a device does."""

    def __init__(self, broker: Mosquitto) -> None:
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="device", clean_session=False)
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def publish(self, topic: str, payload: bytes) -> paho.MQTTMessageInfo:
        while not self.client.is_connected():
            time.sleep(0.05)
        return self.client.publish(topic, payload, qos=1)

    def end(self, sent: list[paho.MQTTMessageInfo]) -> None:
        for message in sent:
            message.wait_for_publish(60)
        self.client.loop_stop()
        self.client.disconnect()


def readings(lake: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted((lake / "landing" / "step_trainer").rglob("*")):
        if path.is_file():
            found += [json.loads(line) for line in path.read_bytes().splitlines()]
    return found


def test_every_reading_lands_though_collector_and_broker_are_killed(
    tmp_path: Path, mosquitto: Mosquitto, collector: Collectors
) -> None:
    lake, wanted = tmp_path / "lake", 10_000
    collecting = collector.start(lake, mosquitto, "--file-seconds", "1")
    heard(collecting, "listening")
    device = Publisher(mosquitto)
    chance, sent = random.Random(3), []
    kills = {2_000, 4_500}
    for n in range(wanted):
        reading = {"sensorReadingTime": 1_700_000_000_000 + n, "distanceFromObject": n % 400}
        sent.append(device.publish(f"stedi/{chance.choice(SERIALS)}/readings", json.dumps(reading).encode()))
        if n in kills:
            collecting.kill()
            collecting.wait()
            time.sleep(0.3)
            collecting = collector.start(lake, mosquitto, "--file-seconds", "1")
        if n == 7_000:
            for message in sent:
                message.wait_for_publish(60)
            mosquitto.stop()
            time.sleep(0.5)
            mosquitto.start()
    device.end(sent)
    deadline = time.monotonic() + 60
    while len({r["sensorReadingTime"] for r in readings(lake)}) < wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    collecting.send_signal(signal.SIGTERM)
    out, err = collecting.communicate(timeout=30)
    assert collecting.returncode == 0, err
    assert json.loads(out)["schema"] == "stedi.collect/1"
    names = ("serialNumber", "sensorReadingTime", "distanceFromObject")
    found = {tuple(reading[name] for name in names) for reading in readings(lake)}
    assert {at for _, at, _ in found} == {1_700_000_000_000 + n for n in range(wanted)}
    assert len(found) == wanted
    assert not list((lake / "landing" / ".collecting").iterdir())

    staged = staged_rows(lake)
    assert staged == sorted(found)


def staged_rows(lake: Path) -> list[tuple[str, int, float]]:
    subprocess.run(
        [sys.executable, "-c", STEDI, "--quiet", "--lake", str(lake), "run"],
        capture_output=True,
        check=True,
    )
    rows = stedi.table("step_trainer_staged", lake=lake, reveal="a test compares rows").to_arrow().to_pylist()
    return sorted((r["serialnumber"], r["sensorreadingtime"], r["distancefromobject"]) for r in rows)


def test_whatever_comes_is_kept_or_told(tmp_path: Path, mosquitto: Mosquitto, collector: Collectors) -> None:
    lake = tmp_path / "lake"
    collecting = collector.start(lake, mosquitto, "--count", "6", "--topic", "stedi/+/readings")
    heard(collecting, "listening")
    device = Publisher(mosquitto)
    theirs = b'{"distanceFromObject":3,"serialNumber":"%s"}' % SERIALS[5].encode()
    device.end(
        [
            device.publish(f"stedi/{SERIALS[0]}/readings", b"not a reading"),
            device.publish("stedi/nobody/readings", theirs),
            device.publish(f"stedi/{SERIALS[1].upper()}/readings", b'{"distanceFromObject": 3}'),
            device.publish(f"stedi/{SERIALS[2]}/readings", theirs + b"\njunk"),
            device.publish(f"stedi/{SERIALS[3]}/readings", theirs + b"\n" + theirs),
            device.publish(f"stedi/{SERIALS[4]}/readings", b""),
        ]
    )
    out, err = collecting.communicate(timeout=30)
    assert collecting.returncode == 0, err
    told = json.loads(out)
    counts = ("messages", "readings", "refused", "strays", "empty", "files")
    assert [told[name] for name in counts] == [6, 3, 3, 1, 1, 1]
    assert "without a serial number" in err and "no reading" in err
    [file] = [p for p in (lake / "landing" / "step_trainer").rglob("*") if p.is_file()]
    assert file.stat().st_mode & 0o777 == 0o600
    found = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert found == [
        {"serialNumber": SERIALS[0], "refusedReason": "BAD_JSON", "refusedMessage": "not a reading"},
        {"topic": "stedi/nobody/readings", "refusedReason": "BAD_SERIAL", "refusedMessage": theirs.decode()},
        {"distanceFromObject": 3, "serialNumber": SERIALS[1]},
        {
            "serialNumber": SERIALS[2],
            "refusedReason": "BAD_JSON",
            "refusedMessage": theirs.decode() + "\njunk",
        },
        {"distanceFromObject": 3, "serialNumber": SERIALS[3]},
        {"distanceFromObject": 3, "serialNumber": SERIALS[3]},
    ]


def test_a_shared_subscription_loses_nothing(
    tmp_path: Path, mosquitto: Mosquitto, collector: Collectors
) -> None:
    topic = ("--topic", "$share/group/stedi/+/readings")
    some = [
        collector.start(tmp_path / name, mosquitto, *topic, "--client-id", name, "--file-seconds", "0.2")
        for name in ("a", "b")
    ]
    for each in some:
        heard(each, "listening")
    device = Publisher(mosquitto)
    device.end(
        [device.publish(f"stedi/{SERIALS[0]}/readings", b'{"sensorReadingTime":%d}' % n) for n in range(100)]
    )
    time.sleep(1)
    for each in some:
        each.send_signal(signal.SIGTERM)
    outs = [json.loads(each.communicate(timeout=30)[0]) for each in some]
    assert sum(out["readings"] for out in outs) == 100 and sum(out["refused"] for out in outs) == 0
    found = [r["sensorReadingTime"] for name in ("a", "b") for r in readings(tmp_path / name)]
    assert sorted(found) == list(range(100))


def test_of_two_collectors_with_one_client_id_one_stops_and_says_why(
    tmp_path: Path, mosquitto: Mosquitto, collector: Collectors
) -> None:
    topic = f"stedi/{SERIALS[0]}/readings"
    both = [collector.start(tmp_path / "a", mosquitto, "--for", "60")]
    heard(both[0], "listening")
    both.append(collector.start(tmp_path / "b", mosquitto, "--for", "60"))
    deadline = time.monotonic() + 40
    device, sent = Publisher(mosquitto), []
    while all(each.poll() is None for each in both) and time.monotonic() < deadline:
        sent.append(device.publish(topic, b'{"sensorReadingTime":%d}' % len(sent)))
        time.sleep(0.05)
    device.end(sent)
    [stopped] = [each for each in both if each.poll() is not None]
    [other] = [each for each in both if each is not stopped]
    _, err = stopped.communicate(timeout=30)
    assert stopped.returncode == 1
    assert "client id 'stedi-collector'" in err and "collect mqtt --client-id ANOTHER" in err, err
    time.sleep(1)
    other.send_signal(signal.SIGTERM)
    other.communicate(timeout=30)
    assert other.returncode == 0
    landed = {r["sensorReadingTime"] for name in ("a", "b") for r in readings(tmp_path / name)}
    assert landed == set(range(len(sent)))


def test_a_long_message_is_not_dropped(tmp_path: Path, mosquitto: Mosquitto, collector: Collectors) -> None:
    process = collector.start(tmp_path / "lake", mosquitto, "--count", "2")
    heard(process, "listening")
    device = Publisher(mosquitto)
    many = [{"sensorReadingTime": n, "distanceFromObject": 250.5} for n in range(12_000)]
    topic = f"stedi/{SERIALS[0]}/readings"
    device.end([device.publish(topic, json.dumps(many).encode()), device.publish(topic, b"\xff" * (9 << 20))])
    out, err = process.communicate(timeout=60)
    told = json.loads(out)
    assert (told["readings"], told["refused"]) == (12_000, 1), err
    assert len([r for r in readings(tmp_path / "lake") if "refusedMessageBase64" not in r]) == 12_000


def test_two_collectors_do_not_share_a_landing_zone(
    tmp_path: Path, mosquitto: Mosquitto, collector: Collectors
) -> None:
    first = collector.start(tmp_path / "lake", mosquitto, "--for", "20")
    heard(first, "listening")
    second = collector.start(tmp_path / "lake", mosquitto, "--for", "1")
    _, err = second.communicate(timeout=30)
    assert second.returncode == 2 and "Another collector" in err
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
    assert first.returncode == 130


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--topic", "stedi/readings"), "one `+`"),
        (("--topic", "stedi/+/+"), "one `+`"),
        (("--topic", "$share/group"), "shared subscription"),
        (("--topic", "$share//stedi/+/readings"), "shared subscription"),
        (("--topic", "$share/g/stedi/readings"), "one `+`"),
        (("--topic", "stedi/#/+"), "one `+`"),
        (("--broker", "localhost:99999"), "no address"),
        (("--certificate", "x.pem"), "together"),
        (("--ca", "/nowhere.pem"), "TLS file"),
    ],
)
def test_what_cannot_be_followed_is_told_at_once(
    tmp_path: Path, mosquitto: Mosquitto, collector: Collectors, options: tuple[str, ...], told: str
) -> None:
    process = collector.start(tmp_path / "lake", mosquitto, "--for", "1", *options)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2 and told in err


def test_a_broker_that_is_not_there_is_called_until_time_is_up(
    tmp_path: Path, mosquitto: Mosquitto, collector: Collectors
) -> None:
    mosquitto.stop()
    process = collector.start(tmp_path / "lake", mosquitto, "--for", "3")
    heard(process, "not reached")
    mosquitto.start()
    heard(process, "listening")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0 and json.loads(out)["messages"] == 0
