"""Who claimed a device beside an erased person, or had it before, has after the erasure what they had."""

import json
from pathlib import Path
from typing import Any

import pytest

from balance import unbalanced
from leaving import delivered_again, of_others
from stedi.erasure.person import rows
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.lake.config import Lake, create
from stedi.privacy.claims import GUARD_MS
from stedi.run.run import run
from stedi.tables import table

HOUR, DAY = 3_600_000, 86_400_000
BEGAN = 1_700_000_000_000
PIA, QUIN, SERIAL = "pia@test.org", "quin@test.org", "0c1a9c4e-0000-4000-8000-000000000001"
OTHER = "0c1a9c4e-0000-4000-8000-000000000002"
Record = dict[str, Any]


def record(email: str, day: float, serial: str = SERIAL) -> Record:
    return {
        "customerName": email, "email": email, "phone": "1", "birthDay": f"1960-01-0{len(email) - 10}",
        "serialNumber": serial, "registrationDate": BEGAN, "lastUpdateDate": int(BEGAN + day * DAY),
        "shareWithResearchAsOfDate": BEGAN,
    }  # fmt: skip


def land(lake: Lake, name: str, records: list[Record], times: list[int]) -> None:
    phone = [
        {"user": user, "timestamp": at, "x": 1.0, "y": 0.0, "z": 1.0} for user in (PIA, QUIN) for at in times
    ]
    steps = [{"serialNumber": SERIAL, "sensorReadingTime": at, "distanceFromObject": 100} for at in times]
    for source, lines in (("customer", records), ("accelerometer", phone), ("step_trainer", steps)):
        (lake.landing / source).mkdir(parents=True, exist_ok=True)
        (lake.landing / source / f"{name}.json").write_text(
            "".join(json.dumps(line) + "\n" for line in lines)
        )


def steps_of(lake: Lake, email: str) -> set[int]:
    with opened_store(lake) as store:
        found = rows(store, table("step_trainer_trusted"), ("person", "sensorreadingtime"))
        return {row["sensorreadingtime"] for row in found if row["person"] == email}


DAYS = [BEGAN + day * DAY for day in (1, 3, 4, 6, 9, 12, 16, 20)]


@pytest.mark.parametrize(
    ("records", "had"),
    [
        pytest.param([record(PIA, 2), record(QUIN, 2)], [], id="two people name it at one instant"),
        pytest.param(
            [record(QUIN, 2), record(PIA, 10), record(QUIN, 18)],
            [1, 3, 4, 6],
            id="who passed it on affirms it",
            marks=pytest.mark.long,
        ),
        pytest.param(
            [record(PIA, 2), record(QUIN, 2), record(PIA, 10, OTHER), record(QUIN, 14)],
            [12, 16, 20],
            id="settled since",
            marks=pytest.mark.long,
        ),
        pytest.param(
            [record(QUIN, 2), record(PIA, 10)], [1, 3, 4, 6], id="who had it before", marks=pytest.mark.long
        ),
        pytest.param([record(QUIN, 9.6), record(PIA, 9.6 + 4 / 24)], [], id="named four hours after"),
        pytest.param(
            [record(QUIN, 9.6), record(PIA, 9.6 + 23 / 24)], [], id="23 hours after", marks=pytest.mark.long
        ),
        pytest.param(
            [record(PIA, 9.6), record(QUIN, 9.6 + 4 / 24)], [], id="four hours before", marks=pytest.mark.long
        ),
    ],
)
def test_nobody_gains_or_loses_a_reading(tmp_path: Path, records: list[Record], had: list[int]) -> None:
    lake = create(tmp_path / "lake", buckets=2)
    land(lake, "one", records, DAYS)
    run(lake)
    before = {BEGAN + day * DAY for day in had}
    assert steps_of(lake, QUIN) == before
    others = of_others(lake, PIA)

    certificate = carry_out(lake, "erase", PIA).certificate
    assert certificate is not None
    assert of_others(lake, PIA) == others
    assert steps_of(lake, QUIN) == before

    # Neither what is delivered again nor what the device measures from now on, unless it was Quin's.
    at = certificate["requested_at"]
    delivered_again(lake.landing, lake)
    land(lake, "two", records, DAYS)
    land(lake, "later", [], [at + HOUR, at + 40 * HOUR])
    run(lake, clock=lambda: at + 50 * HOUR)
    later = {at + HOUR, at + 40 * HOUR} if 20 in had else set()
    assert steps_of(lake, QUIN) == before | later
    assert unbalanced(lake) == []

    # Named by Quin alone since then, it is Quin's from there on, a guard apart.
    again = {**record(QUIN, 0), "lastUpdateDate": at + 60 * HOUR}
    since = at + 60 * HOUR + GUARD_MS + 1
    land(lake, "anew", [again], [since])
    run(lake, clock=lambda: since + HOUR)
    assert steps_of(lake, QUIN) == before | later | {since}
