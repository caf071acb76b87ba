"""Late readings may belong to a session through readings of the other sensor: all of it is built anew."""

from itertools import permutations
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contents import contents
from killed import lake_with_keys
from small_lake import AT, DAY, landed, reading, record
from stedi.asking.reader import reading as reading_lake
from stedi.curated import machine_learning
from stedi.lake.config import Lake
from stedi.run.run import run

BEGIN = AT + DAY
"""One sensor reads now and five minutes later, the other every 20 s between."""

FIRST, LAST = 0, 300_000
BETWEEN = range(FIRST, LAST + 1, 20_000)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = lake_with_keys(tmp_path / "lake", buckets=1)
    landed(made, "customer", "a.json", [record(1, "Ann")])
    return made


def phone(lake: Lake, name: str, *ats: int) -> None:
    landed(lake, "accelerometer", name, [{**reading(1, at), "y": 0.25} for at in ats])


def device(lake: Lake, name: str, *ats: int) -> None:
    serial = record(1, "")["serialNumber"]
    lines = [
        {"sensorReadingTime": BEGIN + at, "serialNumber": serial, "distanceFromObject": 100} for at in ats
    ]
    landed(lake, "step_trainer", name, lines)


def sessions(lake: Lake) -> list[int]:
    """How many ms after the beginning of its session each row is; all are of one session."""
    with reading_lake(lake) as read:
        files = read.files(machine_learning.TABLE)
        rows = [row for file in files for row in pq.ParquetFile(file.path).read().to_pylist()]
    assert len({row["session"] for row in rows}) <= 1
    return sorted(row["elapsed_ms"] for row in rows)


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_phone_readings_that_readings_of_the_device_join(lake: Lake, order: tuple[int, ...]) -> None:
    pieces = [
        lambda: phone(lake, "first.json", FIRST),
        lambda: device(lake, "between.json", *BETWEEN),
        lambda: phone(lake, "last.json", LAST),
    ]
    for piece in order:
        pieces[piece]()
        run(lake)
    assert sessions(lake) == [FIRST, LAST]
    found = contents(lake)
    run(lake, full=True)
    assert contents(lake) == found


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_readings_of_the_device_that_phone_readings_join(lake: Lake, order: tuple[int, ...]) -> None:
    pieces = [
        lambda: device(lake, "first.json", FIRST),
        lambda: phone(lake, "between.json", *BETWEEN),
        lambda: device(lake, "last.json", LAST),
    ]
    for piece in order:
        pieces[piece]()
        run(lake)
    assert sessions(lake) == list(BETWEEN)
    found = contents(lake)
    run(lake, full=True)
    assert contents(lake) == found
