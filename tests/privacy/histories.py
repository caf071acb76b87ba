"""Random histories of people and their devices, and the rules of consent told again, slowly and plainly.

Nothing here asks the code under test. Times are small whole numbers, so that ties are many.
"""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

NOW = 10
TIMES = range(1, 13)


@dataclass(frozen=True)
class Record:
    """A customer record: when it counts from, since when it consents (None: it does not)."""

    who: str
    at: int
    consent: int | None
    registered: int
    serial: str | None


@dataclass(frozen=True)
class History:
    """Everything told about some people, and readings as (who or serial, time)."""

    records: tuple[Record, ...]
    phone: tuple[tuple[str, int], ...]
    steps: tuple[tuple[str, int], ...]

    def of(self, who: str) -> list[Record]:
        """The records of a person, oldest first."""
        return sorted((r for r in self._by_person.get(who, ())), key=lambda r: r.at)

    @cached_property
    def _by_person(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.who, []).append(record)
        return found

    @cached_property
    def people(self) -> list[str]:
        """Everybody a record tells of."""
        return sorted(self._by_person)

    def claimants(self, serial: str) -> list[str]:
        """Everybody whose records ever named a device."""
        return sorted({r.who for r in self.records_naming.get(serial, ())})

    @cached_property
    def records_naming(self) -> dict[str, list[Record]]:
        """The records by the device they name."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            if record.serial:
                found.setdefault(record.serial, []).append(record)
        return found


def random_history(seed: int, neighbours: int = 150) -> History:
    """People in groups of one to three who share a few devices; each history is short and full of ties."""
    draw = random.Random(seed)
    records, phone, steps = [], [], []
    for group in range(neighbours):
        serials = [f"device{group}.{letter}" for letter in "abc"]
        for member in range(draw.randint(1, 3)):
            who = f"person{group}.{member}"
            own = draw.choices(serials, k=draw.randint(1, 2)) if draw.random() < 0.4 else [serials[member]]
            told = draw.choice((1, 1, 2, 2, 3, 4, 5))
            records += [_record(draw, who, own) for _ in range(told)]
            if draw.random() < 0.9:
                phone += [(who, at) for at in draw.sample(TIMES, 6)]
        steps += [(serial, at) for serial in serials for at in draw.sample(TIMES, 6)]
    strangers = [("stranger", at) for at in TIMES]
    return History(tuple(records), (*phone, *strangers), (*steps, *strangers))


def _record(draw: random.Random, who: str, serials: Sequence[str]) -> Record:
    consent = draw.choice(TIMES) if draw.random() < 0.75 else None
    # Only a record that withdraws may name no device.
    serial = None if consent is None and draw.random() < 0.3 else draw.choice(serials)
    return Record(who, draw.choice(TIMES), consent, draw.choice((1, 1, 5, 9)), serial)


def state_and_start(records: Iterable[Record]) -> tuple[str, int | None]:
    """The state of a person at `NOW` and from when it holds, from all their records."""
    records = list(records)
    grants = [r for r in records if r.consent is not None]
    if not grants:
        return "NEVER", None
    withdrawals = [r.at for r in records if r.consent is None]
    if withdrawals:
        last = max(withdrawals)
        told_before = [r.consent or 0 for r in grants if r.at <= last]
        anew = [
            r for r in grants
            if r.at > last and (r.consent or 0) > last and all((r.consent or 0) > c for c in told_before)
        ]  # fmt: skip
        if not anew:
            return "WITHDRAWN", None
    newest = max(r.at for r in records)
    if len({(r.consent, r.registered) for r in records if r.at == newest}) > 1:
        return "HOLD", None
    start = max(max(r.consent or 0, r.registered) for r in grants)
    return ("SCHEDULED" if start > NOW else "GIVEN"), start


def owner(history: History, serial: str, at: int) -> str:
    """Whose a device was at a time: a person, or `no_owner`, or `ambiguous`."""
    claimants = history.claimants(serial)
    if not claimants:
        return "no_owner"
    if len(claimants) > 1:
        return "ambiguous"
    records = history.of(claimants[0])
    newest = _devices(records, records[-1].at)
    if serial not in newest:
        return "no_owner"
    if len(newest) > 1:
        return "ambiguous"
    since = records[-1].at
    for record in reversed(records):
        if _devices(records, record.at) - {serial}:
            break
        if record.serial == serial:
            since = record.at
    return claimants[0] if since == records[0].at or at >= since else "no_owner"


def _devices(records: Iterable[Record], at: int) -> set[str]:
    return {r.serial for r in records if r.at == at and r.serial}


def verdict(history: History, who: str, at: int, *, whole_history: bool) -> str:
    """What becomes of a reading of a person at a time."""
    if who not in history.people:
        return "no_owner"
    state, start = state_and_start(history.of(who))
    if state == "GIVEN":
        return "passed" if whole_history or at >= (start or 0) else "before_start"
    return {"HOLD": "held", "WITHDRAWN": "withdrawn"}.get(state, "not_consented")


def step_verdict(history: History, serial: str, at: int, *, whole_history: bool) -> str:
    """What becomes of a step reading of a device at a time."""
    claimants = history.claimants(serial)
    who = owner(history, serial, at)
    if who in ("no_owner", "ambiguous"):
        # Of a device that is theirs now, a person who is held is told first.
        held = len(claimants) == 1 and who == "no_owner" and owner(history, serial, NOW * 10) == claimants[0]
        if held and state_and_start(history.of(claimants[0]))[0] == "HOLD":
            return "held"
        return who
    told = verdict(history, who, at, whole_history=whole_history)
    with_phone = any(
        verdict(history, p, t, whole_history=whole_history) == "passed" for p, t in history.phone if p == who
    )
    return "no_accelerometer" if told == "passed" and not with_phone else told


def customer_verdicts(history: History) -> Counter[str]:
    """What becomes of the customer records, by how many."""
    counts: Counter[str] = Counter()
    for who in history.people:
        records = history.of(who)
        counts["superseded"] += len(records) - 1
        state = state_and_start(records)[0]
        counts[{"GIVEN": "passed", "HOLD": "held", "WITHDRAWN": "withdrawn"}.get(state, "not_consented")] += 1
    return counts
