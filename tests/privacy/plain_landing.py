"""What lands told again from the design, slowly and plainly: which lines count, as what, from when.

Nothing here asks the code under test. A line is refused, or a record from when it counts; nothing lands
before what had landed, and lines of times to come by the machine's clock are refused.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from privacy.courses import CONSENT, HOUR_MS, Course, Told
from privacy.histories import History, Record, Request
from privacy.plainly import TOLERANCE_MS

EARLIEST_MS, LATEST_MS = 1_420_070_400_000, 10**13
"""2015, and more than 13 digits."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NONE_OF_THESE = re.compile(r"""[\s"<>()\[\],;:\\]""")


class Refused(Exception):
    """A line is refused; `until`: the hour that it tells is over then, where it is of a time to come."""

    def __init__(self, until: int | None = None) -> None:
        super().__init__()
        self.until = until


def plain_histories(course: Course) -> list[History]:
    """What is known of each history of a course at its end."""
    return list(PlainLanding(course).histories())


@dataclass
class Counts:
    """At which time something landed as the lake knows, and what the clock said."""

    landed: int
    clock: int


class PlainLanding:
    """What becomes of all that lands in a course, and of requests."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.counts: list[Counts] = []
        latest = 0
        for clock in course.clocks:
            latest = max(latest, clock)
            self.counts.append(Counts(latest, clock))
        self.faults: set[tuple[int, int]] = set()
        self.records: dict[int, dict[tuple[Any, ...], Record]] = {}
        self.readings: dict[tuple[int, str], dict[tuple[Any, ...], tuple[str, int]]] = {}
        for each in sorted(course.told, key=lambda each: each.landing):
            self._take(each)

    def histories(self) -> Iterator[History]:
        """What is known of each history at the end."""
        for n in range(self.course.histories):
            requests = tuple(
                Request("withdraw", self.counts[each.landing].landed, each.parsed()["email"])
                for each in self.course.told
                if (each.history, each.source) == (n, "withdraw")
            )
            phone, steps = (
                tuple(self.readings.get((n, source), {}).values())
                for source in ("accelerometer", "step_trainer")
            )
            records = tuple(self.records.get(n, {}).values())
            yield History(records, requests, phone, steps, self.course.now, tuple(sorted(self.faults)))

    def record_of(self, each: Told) -> tuple[Record, int | None]:
        """The record that a customer line is, and the time that it tells of itself.

        Raises:
            Refused: It is none.
        """
        return _record(each.parsed(), self.counts[each.landing])

    def reading_of(self, each: Told) -> tuple[str, int]:
        """Whose a line says that a reading is, and of when.

        Raises:
            Refused: It is none.
        """
        return _reading(each.source, each.parsed(), self.counts[each.landing])

    def _take(self, each: Told) -> None:
        try:
            if each.source == "customer":
                record, updated = self.record_of(each)
                # A full row that landed twice is one row, from its first landing on.
                said = _form(each.parsed()[CONSENT]) if record.unreadable else record.consent
                row = (record.who, updated, said, record.serial, record.identity)
                self.records.setdefault(each.history, {}).setdefault(row, record)
            elif each.source != "withdraw":
                readings = self.readings.setdefault((each.history, each.source), {})
                readings.setdefault(tuple(each.parsed().values()), self.reading_of(each))
        except Refused as refused:
            if refused.until is not None:
                self.faults.add((self.counts[each.landing].landed, refused.until))


def _number(value: Any) -> Decimal | None:
    """A number that is one, exactly as it is written."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or abs(value) >= 2**63:
        return None
    return Decimal(value)


def _time(value: Any) -> int | None:
    """A time in ms, from a number or digits in quotes."""
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    number = _number(value)
    is_time = number is not None and number == int(number) and EARLIEST_MS <= number < LATEST_MS
    return int(value) if is_time else None


def _form(told: Any) -> str:
    """In which form a consent time cannot be read: records that differ in nothing else are one row."""
    if isinstance(told, str) and any(unicodedata.category(c) == "Cs" for c in told):
        return "half a character"
    if isinstance(told, bool) or not isinstance(told, int | float | Decimal):
        return "no number"
    number = _number(told)
    if number is None:
        return "not finite"
    if number >= LATEST_MS or EARLIEST_MS // 1000 <= int(number) < 10**10:
        return "another unit"
    if number != int(number):
        return "a fraction"
    return "too early"


def is_address(who: object) -> bool:
    """Whether a text is an address alone."""
    if not isinstance(who, str):
        return False
    hidden = any(unicodedata.category(c) in ("Cc", "Cf") for c in who)
    who = who.strip()
    local, _, domain = who.rpartition("@")
    labels = re.split("[.\uff0e\u3002]", domain)
    return bool(local) and all(labels) and not hidden and "@" not in local and not _NONE_OF_THESE.search(who)


def _record(fields: Mapping[str, Any], counts: Counts) -> tuple[Record, int | None]:
    if not is_address(fields.get("email")):
        raise Refused
    told = fields.get(CONSENT)
    gives_none = told is None or told is False or _number(told) == 0
    consent = None if isinstance(told, str) else _time(told)
    name, birthday, serial = (fields.get(key) for key in ("customerName", "birthDay", "serialNumber"))
    name = name if isinstance(name, str) else None
    birthday = birthday if isinstance(birthday, str) else None
    serial = serial.lower() if isinstance(serial, str) and _UUID.fullmatch(serial) else None
    registered, updated = (_time(fields.get(key)) for key in ("registrationDate", "lastUpdateDate"))
    if consent is not None:
        if registered is None or updated is None or name is None or serial is None:
            raise Refused
        if (latest := max(registered, updated)) > counts.clock + TOLERANCE_MS:
            raise Refused(latest // HOUR_MS * HOUR_MS + HOUR_MS)
        at = min(updated, counts.landed)
        return Record(fields["email"], at, consent, registered, birthday, name, serial), updated
    at = counts.landed if updated is None else min(updated, counts.landed)
    own = updated if updated is not None and updated > counts.landed else None
    told_by = (registered, birthday, name, serial)
    record = Record(fields["email"], at, None, *told_by, not gives_none, own, updated is None)
    return record, updated


def _reading(source: str, fields: Mapping[str, Any], counts: Counts) -> tuple[str, int]:
    whose, moment = (
        ("user", "timestamp") if source == "accelerometer" else ("serialNumber", "sensorReadingTime")
    )
    if source == "accelerometer" and not is_address(fields[whose]):
        raise Refused
    at = _time(fields[moment])
    if at is None or at > counts.clock + TOLERANCE_MS:
        raise Refused
    return fields[whose], at
