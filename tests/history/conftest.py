"""A lake with a history: people land, then more of their readings, then one of them withdraws."""

import time
from pathlib import Path

import pytest

from line_cases import SERIAL, T0_MS, customer
from stedi.lake.config import Lake, create
from stedi.run.run import run


def record(number: int, **changed: str) -> bytes:
    """A customer, linked to no other."""
    return customer(number, birthDay=f'"196{number}-01-01"', customerName=f'"P {number}"', **changed)


def readings(number: int, times: range) -> bytes:
    user = f"person{number}@example.org"
    return b"".join(
        b'{"user":"%s","timestamp":%d,"x":1.0,"y":-1.0,"z":0.5}\n' % (user.encode(), T0_MS + at * 20)
        for at in times
    )


def steps(number: int, times: range) -> bytes:
    serial = (SERIAL % number).encode()
    return b"".join(
        b'{"sensorReadingTime":%d,"serialNumber":"%s","distanceFromObject":218}\n' % (T0_MS + at * 20, serial)
        for at in times
    )


def deliver(lake: Lake, name: str, **content: bytes) -> None:
    """Land files and run."""
    for source, lines in content.items():
        file = lake.landing / source / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(lines)
    run(lake)
    time.sleep(0.002)  # So that no two releases share a moment.


PEOPLE = (1, 2, 3, 4)


def started(root: Path) -> Lake:
    """Release 1: four people with 20 readings of either sensor; release 2: 5 more of each of two people."""
    lake = create(root)
    deliver(
        lake,
        "first",
        customer=b"".join(record(n) + b"\n" for n in PEOPLE),
        accelerometer=b"".join(readings(n, range(20)) for n in PEOPLE),
        step_trainer=b"".join(steps(n, range(20)) for n in PEOPLE),
    )
    deliver(
        lake,
        "second",
        accelerometer=b"".join(readings(n, range(20, 25)) for n in (1, 2)),
        step_trainer=b"".join(steps(n, range(20, 25)) for n in (1, 2)),
    )
    return lake


def withdraw(lake: Lake, number: int) -> None:
    """Release 3: a newer record without consent."""
    line = record(number, lastUpdateDate=str(T0_MS + 10_000))
    consent = b',"shareWithResearchAsOfDate":%d' % (T0_MS - 9_000)
    assert consent in line
    deliver(lake, "withdrawal", customer=line.replace(consent, b"") + b"\n")


@pytest.fixture(scope="package")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two releases; nobody left."""
    return started(tmp_path_factory.mktemp("grown") / "lake")


@pytest.fixture(scope="package")
def left(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Three releases; person 4 withdrew in the last."""
    lake = started(tmp_path_factory.mktemp("left") / "lake")
    withdraw(lake, 4)
    return lake
