"""Lakes with refused lines, and what a replay of these must leave.

Times are hours; lines are refused as FUTURE by a clock that says 0.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from balance import unbalanced
from line_cases import SERIAL
from stedi.asking.checking import check
from stedi.asking.reader import reading
from stedi.asking.refusals import refusals
from stedi.asking.status import sources
from stedi.engine.parquet import read_parquet
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.run.reports import RunReport
from stedi.run.run import replay_refused, run
from stedi.staging.ledger import LedgerEntry
from stedi.staging.reports import Replayed

HOUR_MS = 3_600_000
T0_MS = 1_700_000_000_000 // HOUR_MS * HOUR_MS
ANA = "ana@example.com"


def at(hours: float) -> int:
    return T0_MS + round(hours * HOUR_MS)


def record(
    u: float | None,
    c: float | None = None,
    *,
    registered: float = -1000,
    email: str = ANA,
    unreadable: bool = False,
    serial: int = 1,
) -> bytes:
    """A customer record: `u`, when it was updated; `c`, since when it consents; None: it does not say."""
    told: dict[str, object] = {
        "customerName": email, "email": email, "phone": "8015551212", "birthDay": "1980-01-01",
        "serialNumber": SERIAL % serial, "registrationDate": at(registered),
    }  # fmt: skip
    told |= {} if u is None else {"lastUpdateDate": at(u)}
    told |= {} if c is None else {"shareWithResearchAsOfDate": at(c)}
    told |= {"shareWithResearchAsOfDate": "yes"} if unreadable else {}
    return json.dumps(told).encode()


def phone(hour: float, x: float = 1.0, who: str = ANA) -> bytes:
    return json.dumps({"user": who, "timestamp": at(hour), "x": x, "y": 0.5, "z": 9.8}).encode()


def step(hour: float, distance: int = 200) -> bytes:
    return json.dumps(
        {"sensorReadingTime": at(hour), "serialNumber": SERIAL % 1, "distanceFromObject": distance}
    ).encode()


def put(lake: Lake, name: str, *lines: bytes) -> Path:
    path = lake.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def run_at(lake: Lake, hour: float) -> RunReport:
    return run(lake, clock=lambda: at(hour))


def replay_at(lake: Lake, hour: float, **only: Any) -> Replayed:
    report = replay_refused(lake, clock=lambda: at(hour), **only)
    require_closed(lake)
    return report.stage.replayed


def entries(lake: Lake) -> dict[str, LedgerEntry]:
    with reading(lake) as reader:
        return {entry.path: entry for entry in reader.ledger().entries}


def kept(lake: Lake) -> Counter[tuple[str, str]]:
    """The lines in the quarantine, with their reasons."""
    with reading(lake) as reader:
        rows = [row for file in reader.files(quarantine.TABLE) for row in read_parquet(file.path).to_pylist()]
    return Counter((row["reason"], row["raw"].decode("utf-8", "backslashreplace")) for row in rows)


def require_closed(lake: Lake) -> None:
    """Every line is accounted for, and all who tell of refused lines agree."""
    check(lake)
    assert unbalanced(lake) == []
    with reading(lake) as reader:
        listed = Counter[str]()
        for refusal in refusals(reader):
            listed[refusal.source] += refusal.lines
        told = {source.name: source.lines["quarantined"] for source in sources(reader)}
    assert {name: lines for name, lines in told.items() if lines} == dict(listed)
    assert listed.total() == kept(lake).total()


GOOD_AND_BAD = (phone(-2), phone(-1), phone(2), phone(2, 3.0), b'{"user":', phone(50), b"")
