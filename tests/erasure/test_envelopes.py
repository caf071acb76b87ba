"""Of an envelope with readings of two owners of a device, only those of the erased one leave."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from balance import unbalanced
from cases import put
from leaving import of_others, traces
from line_cases import SERIAL, T0_MS, customer
from stedi.asking.checking import check
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.steps import faults
from stedi.lake.config import Lake, create
from stedi.landing import quarantine, step_trainer
from stedi.prover.proof import prove
from stedi.run.run import run
from stedi.staging.ledger import Ledger
from stedi.store.rows import rows_of

DAY_MS = 86_400_000
DEVICE = SERIAL % 1
FIRST, SECOND = "person1@example.org", "person2@example.org"
BAD = {"sensorReadingTime": 5, "distanceFromObject": 1}


def steps(*days: float) -> list[dict[str, Any]]:
    return [{"sensorReadingTime": T0_MS + int(day * DAY_MS), "distanceFromObject": 200} for day in days]


def phones(*days: float) -> list[dict[str, Any]]:
    return [{"timestamp": T0_MS + int(day * DAY_MS), "x": 1.0, "y": 0.5, "z": 0} for day in days]


def envelope(readings: list[Any], **whose: str) -> bytes:
    return json.dumps({**whose, "readings": readings}).encode()


# The first owner's, one that is refused, one amid the hand-over, and the second owner's.
SHARED = envelope([*steps(1, 1.1, 1.2), BAD, *steps(9.9, 20, 20.1), None], serialNumber=DEVICE)
ALONE = envelope(steps(2, 2.1), serialNumber=DEVICE.upper())
LATER = envelope(steps(21), serialNumber=DEVICE)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = create(tmp_path / "lake", buckets=2)
    seller = customer(1, customerName='"Uma Vogel"')
    since = str(T0_MS + 10 * DAY_MS)
    buyer = customer(
        2, serialNumber=f'"{DEVICE}"', customerName='"Otto Brandt"', birthDay='"1970-02-02"',
        registrationDate=since, lastUpdateDate=since, shareWithResearchAsOfDate=since,
    )  # fmt: skip
    put(lake.landing, "customer/all.json", seller + b"\n" + buyer + b"\n")
    put(
        lake.landing,
        "step_trainer/dt=2022-06-18/a.json.gz",
        gzip.compress(SHARED + b"\n" + ALONE + b"\n" + LATER),
    )
    put(lake.landing, "accelerometer/first.json", envelope(phones(1, 1.1, 2), user=FIRST) + b"\n")
    put(lake.landing, "accelerometer/second.json", envelope(phones(20, 20.1, 21), user=SECOND) + b"\n")
    run(lake)
    return lake


def content(lake: Lake, name: str) -> list[bytes]:
    data = (lake.landing / name).read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).split(b"\n")


def staged(lake: Lake) -> list[tuple[int, int | None, int]]:
    with opened_store(lake) as store:
        rows = rows_of(store, step_trainer.TABLE)
    return sorted((row["_line"], row["_item"], (row["sensorreadingtime"] - T0_MS) // DAY_MS) for row in rows)


def entries(lake: Lake) -> dict[str, Any]:
    with opened_store(lake) as store:
        return {entry.path: entry for entry in Ledger.of(store).entries}


def test_only_the_erased_owners_readings_leave(lake: Lake) -> None:
    assert staged(lake) == [
        (1, 1, 1), (1, 2, 1), (1, 3, 1), (1, 5, 9), (1, 6, 20), (1, 7, 20), (2, 1, 2), (2, 2, 2), (3, 1, 21)
    ]  # fmt: skip
    sought, others = traces(lake, FIRST), of_others(lake, FIRST)
    before = prove(lake, [sought])
    assert sum(f.count for f in before.findings if "step_trainer/dt" in f.path and "reading" in f.kind) == 6
    certificate = carry_out(lake, "erase", FIRST).certificate
    assert certificate is not None
    assert certificate["proof"] == {**certificate["proof"], "clean": True, "not_searched": 0}
    assert faults(prove(lake, [sought])) == []
    assert of_others(lake, FIRST) == others

    # The second owner's readings stand where they stood; who has no reading there is not named there.
    shared, alone, later = content(lake, "step_trainer/dt=2022-06-18/a.json.gz")
    assert json.loads(shared)["readings"] == [*[None] * 5, *steps(20, 20.1), None]
    assert (alone, later) == (b"", LATER)
    assert content(lake, "accelerometer/first.json") == [b"", b""]
    assert content(lake, "accelerometer/second.json") == [envelope(phones(20, 20.1, 21), user=SECOND), b""]
    assert staged(lake) == [(1, 6, 20), (1, 7, 20), (3, 1, 21)]
    with opened_store(lake) as store:
        assert rows_of(store, quarantine.TABLE) == []
    entry = entries(lake)["step_trainer/dt=2022-06-18/a.json.gz"]
    assert (entry.lines, entry.plain, entry.envelopes, entry.readings) == (3, 0, 3, 11)
    assert (entry.accepted, entry.quarantined, entry.blank, entry.erased) == (3, 0, 1, 7)
    assert unbalanced(lake) == []
    assert not run(lake).changed
    assert check(lake).checks > 10


def test_delivered_again_in_whatever_wrapping_they_stay_away(lake: Lake) -> None:
    sought = traces(lake, FIRST)
    carry_out(lake, "erase", FIRST)
    others = of_others(lake, FIRST)
    put(lake.landing, "step_trainer/again.json", SHARED + b"\n" + ALONE + b"\n" + LATER)
    put(lake.landing, "step_trainer/other.json", envelope([*steps(1.2, 20.1, 22), BAD], serialNumber=DEVICE))
    line = json.dumps({**steps(1)[0], "serialNumber": DEVICE}).encode()
    put(lake.landing, "step_trainer/plain.json", line + b"\n" + line.replace(b"1655", b"1656"))
    run(lake)
    assert faults(prove(lake, [sought])) == []
    told = entries(lake)
    assert told["step_trainer/again.json"].verdict == "duplicate"
    other = told["step_trainer/other.json"]
    assert (other.readings, other.accepted, other.duplicate, other.erased) == (4, 1, 1, 2)
    assert json.loads(content(lake, "step_trainer/again.json")[0])["readings"][:6] == [
        *[None] * 5,
        *steps(20),
    ]
    assert json.loads(content(lake, "step_trainer/other.json")[0])["readings"] == [
        None,
        *steps(20.1, 22),
        None,
    ]
    assert (told["step_trainer/plain.json"].plain, told["step_trainer/plain.json"].erased) == (2, 1)
    assert unbalanced(lake) == []
    assert of_others(lake, FIRST)["accelerometer_trusted"] == others["accelerometer_trusted"]
    assert not run(lake).changed
    # What was emptied is known by either content, and an emptied copy tells of nobody.
    copied = (lake.landing / "step_trainer/dt=2022-06-18/a.json.gz").read_bytes()
    put(lake.landing, "step_trainer/emptied.json", gzip.decompress(copied))
    run(lake)
    assert entries(lake)["step_trainer/emptied.json"].verdict == "duplicate"
