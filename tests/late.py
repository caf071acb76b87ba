"""Lakes to which records land one after the other, at times that a test chooses."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stedi.erasure.person import rows
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import Outcome, carry_out
from stedi.lake.config import Lake, create
from stedi.landing import requests
from stedi.run.reports import RunReport
from stedi.run.run import run
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.store.rows import rows_of
from stedi.tables import table

HOUR, DAY = 3_600_000, 86_400_000
BEGAN = 1_700_000_000_000
ONE, TWO, THREE = (f"0c1a9c4e-0000-4000-8000-{number:012}" for number in range(1, 4))
Record = dict[str, Any]


def at(day: float) -> int:
    """UTC ms of a day."""
    return BEGAN + round(day * DAY)


def record(
    email: str,
    day: float | None,
    consent: Any = ...,
    *,
    name: str = "Ana Sand",
    serial: str | None = ONE,
    **more: Any,
) -> Record:
    """A customer record that was last updated on a day (None: it does not say); it consents from a day."""
    told: Record = {
        "customerName": name, "email": email, "phone": "801-555-01234", "birthDay": f"1960-01-{len(name):02}",
        "serialNumber": serial, "registrationDate": at(0),
        "lastUpdateDate": None if day is None else at(day), **more,
    }  # fmt: skip
    if consent is not ...:
        told["shareWithResearchAsOfDate"] = at(consent) if isinstance(consent, int | float) else consent
    return {field: value for field, value in told.items() if value is not None}


class Told:
    """A lake, and what was told to it."""

    def __init__(self, root: Path) -> None:
        self.lake: Lake = create(root, buckets=2)
        self._files = 0
        self.alerts: list[str] = []

    def land(self, day: float, *records: Record, source: str = "customer") -> RunReport:
        """Land a file of records on a day, and run; what it reads of others is left as it is."""
        self.place(*records, source=source)
        return self.run(day)

    def place(self, *records: Record, source: str = "customer") -> Path:
        """Put a file of records into the landing zone."""
        self._files += 1
        path = self.lake.landing / source / f"{self._files}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in records))
        return path

    def run(self, day: float) -> RunReport:
        """Run on a day."""
        report = run(self.lake, clock=lambda: at(day))
        self.alerts = report.stage.alerts
        return report

    def walk(self, day: float, people: Iterable[str], serials: Iterable[str], days: Iterable[float]) -> None:
        """Land readings of some people's phones and devices, taken on some days."""
        times = [at(each) for each in days]
        self.place(
            *({"user": p, "timestamp": t, "x": 1.0, "y": 0.0, "z": 1.0} for p in people for t in times),
            source="accelerometer",
        )
        self.land(
            day,
            *(
                {"serialNumber": s, "sensorReadingTime": t, "distanceFromObject": 9}
                for s in serials
                for t in times
            ),
            source="step_trainer",
        )

    def ask(self, kind: str, email: str, day: float, *, unknown: bool = False) -> Outcome:
        """Withdraw or erase somebody on a day."""
        return carry_out(self.lake, kind, email, unknown=unknown, clock=lambda: at(day))

    def states(self) -> dict[str, str]:
        """The state of every address."""
        with opened_store(self.lake) as store:
            told = rows(store, table("consent"), ("participant", "state"))
            return {row["participant"]: row["state"] for row in told}

    def phone(self) -> set[tuple[str, int]]:
        """Whose phone readings passed, and their times."""
        with opened_store(self.lake) as store:
            told = rows(store, table("accelerometer_trusted"), ("user", "timestamp"))
            return {(row["user"], row["timestamp"]) for row in told}

    def steps(self) -> set[tuple[str, int]]:
        """Which devices' readings passed, and their times."""
        with opened_store(self.lake) as store:
            told = rows(store, table("step_trainer_trusted"), ("serialnumber", "sensorreadingtime"))
            return {(row["serialnumber"], row["sensorreadingtime"]) for row in told}

    def entries(self) -> list[LedgerEntry]:
        """What the ledger tells of files."""
        with opened_store(self.lake) as store:
            return Ledger.of(store).entries

    def requests(self) -> list[dict[str, Any]]:
        """The rows of `requests`."""
        with opened_store(self.lake) as store:
            return rows_of(store, requests.TABLE)
