"""What a correct lake must hold, from what the simulator knows and without asking the pipeline."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from stedi.sources.records import ACCELEROMETER, CUSTOMER, SOURCES, STEP_TRAINER, Instants
from stedi_fleet.simulator.people import Customer

FROM_CONSENT = "from_consent"
WHOLE_HISTORY = "whole_history"
SESSION_GAP_MS = 30_000


def _counters(*names: str) -> dict[str, Counter[str]]:
    return {name: Counter() for name in names}


@dataclass
class Expectation:
    """Counts gathered while a fleet is written.

    Attributes:
        customers: Customers by kind.
        files: By source: `files` listed, and of them `read`, `quarantined`, `duplicate`.
        lines: By source, of files that are read: `lines`, and of them `envelopes` of so many `readings`; and
            by verdict, of all other lines and of readings: `accepted`, `quarantined`, `duplicate`, `blank`.
        reasons: By source: refused lines by reason code.
        lake: By consent window: rows of each table, and `sessions` of machine_learning_curated.
        fate: By consent window and source: what becomes of accepted rows.
        walked: `steps` and `bouts` that truly happened.
    """

    customers: Counter[str] = field(default_factory=Counter)
    files: dict[str, Counter[str]] = field(default_factory=lambda: _counters(*SOURCES))
    lines: dict[str, Counter[str]] = field(default_factory=lambda: _counters(*SOURCES))
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: _counters(*SOURCES))
    lake: dict[str, Counter[str]] = field(default_factory=lambda: _counters(FROM_CONSENT, WHOLE_HISTORY))
    fate: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {w: _counters(*SOURCES) for w in (FROM_CONSENT, WHOLE_HISTORY)}
    )
    walked: Counter[str] = field(default_factory=Counter)

    def add_customer(self, customer: Customer, phone_ms: Instants, trainer_ms: Instants) -> None:
        """Count one customer with all the times of their readings."""
        self.customers[customer.kind] += 1
        self.add_record(customer.consented_ms is not None)
        if customer.registration:
            self.add_superseded()
        for window, lake in self.lake.items():
            phone = self._passing(window, ACCELEROMETER, customer, phone_ms)
            trainer = self._passing(window, STEP_TRAINER, customer, trainer_ms, len(phone) > 0)
            joined, sessions = _beside(phone, trainer)
            lake["accelerometer_trusted"] += len(phone)
            lake["step_trainer_trusted"] += len(trainer)
            lake["customers_curated"] += len(phone) > 0
            lake["machine_learning_curated"] += joined
            lake["sessions"] += sessions

    def add_record(self, consents: bool) -> None:
        """Count the record that counts of a customer."""
        for window, lake in self.lake.items():
            lake["customer_trusted"] += consents
            self.fate[window][CUSTOMER]["passed" if consents else "not_consented"] += 1

    def add_superseded(self) -> None:
        """Count a record that another one of the same customer replaces."""
        for fate in self.fate.values():
            fate[CUSTOMER]["superseded"] += 1

    def add_reading(self, source: str, customer: Customer | None, at_ms: int) -> None:
        """Count one more accepted reading, amid others of the same customer; None: nobody known."""
        for window, lake in self.lake.items():
            if customer is None:
                self.fate[window][source]["no_owner"] += 1
                continue
            passing = self._passing(window, source, customer, np.array([at_ms]), customer.has_phone)
            lake[f"{source}_trusted"] += len(passing)
            if source == ACCELEROMETER and customer.has_step_trainer:
                lake["machine_learning_curated"] += len(passing)

    def _passing(
        self, window: str, source: str, customer: Customer, at: Instants, has_phone_rows: bool = True
    ) -> Instants:
        """The times of the readings that may be used; the others are counted by their fate."""
        fate = self.fate[window][source]
        start = customer.consented_ms
        if start is None:
            fate["not_consented"] += len(at)
            return at[:0]
        passing = at[at >= start] if window == FROM_CONSENT else at
        fate["before_start"] += len(at) - len(passing)
        if not has_phone_rows:
            fate["no_accelerometer"] += len(passing)
            return at[:0]
        fate["passed"] += len(passing)
        return passing

    def as_json(self) -> dict[str, Any]:
        """The counts as they stand in `truth/expected.json`."""
        return {
            "customers": {"total": self.customers.total(), "by_kind": _sorted(self.customers)},
            "walked": _sorted(self.walked),
            "files": {source: _sorted(self.files[source]) for source in SOURCES},
            "lines": {
                source: {**_sorted(self.lines[source]), "reasons": _sorted(self.reasons[source])}
                for source in SOURCES
            },
            "lake": {window: _sorted(counts) for window, counts in self.lake.items()},
            "accepted": {
                window: {source: _sorted(counts) for source, counts in fate.items()}
                for window, fate in self.fate.items()
            },
        }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(name): int(counts[name]) for name in sorted(counts) if counts[name]}


def _beside(phone: Instants, trainer: Instants) -> tuple[int, int]:
    """Phone readings in sessions in which the Step Trainer was on too, and the number of those."""
    if not len(phone) or not len(trainer):
        return 0, 0
    sessions = np.split(phone, np.flatnonzero(np.diff(phone) > SESSION_GAP_MS) + 1)
    covered = [s for s in sessions if ((trainer >= s[0]) & (trainer <= s[-1])).any()]
    return sum(map(len, covered)), len(covered)
