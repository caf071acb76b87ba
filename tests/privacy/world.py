"""What the consent table speaks of: people, the records told about them, their readings."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stedi.landing import accelerometer, customer, step_trainer
from stedi.privacy.window import Window
from tables.given import NOW_MS, accepted, built, staged

DAY_MS = 86_400_000
NOW = 100
"""The day on which the lake is run."""
MS = 1 / DAY_MS
"""One millisecond, in days."""
Day = float


def instant(day: Day) -> int:
    """UTC ms of a day."""
    return NOW_MS + round((day - NOW) * DAY_MS)


@dataclass(frozen=True)
class Told:
    """A customer record: the line, but for who it is about, and when it landed (a day)."""

    fields: tuple[tuple[str, Any], ...]
    landed: Day
    who: str
    device: str


def told(
    on: Day,
    *,
    consent: Any = ...,
    registered: Any = 1,
    landed: Day = NOW,
    who: str = "p",
    device: str = "",
    **more: Any,
) -> Told:
    """A record that was last updated on a day.

    Args:
        on: The day.
        consent: The day research use was agreed to, or any JSON; not in the line where left out.
        registered: The day of registration, or any JSON.
        landed: The day on which the line landed.
        who: Whose e-mail it gives, as it is written.
        device: Which device it names, the person's own where left out.
        more: Further fields.
    """
    fields = {"registrationDate": _time(registered), "lastUpdateDate": _time(on), **more}
    if consent is not ...:
        fields["shareWithResearchAsOfDate"] = _time(consent)
    return Told(tuple(fields.items()), landed, who, device or who.strip().lower())


def _time(value: Any) -> Any:
    is_day = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return instant(value) if is_day else value


@dataclass(frozen=True)
class Case:
    """Records, and the readings (phone or device, day) that pass and that stay out."""

    records: tuple[Told, ...]
    passes: tuple[tuple[str, Day], ...]
    out: tuple[tuple[str, Day], ...]


def case(*records: Told, passes: Sequence[Day] = (), out: Sequence[Day] = ()) -> Case:
    """What becomes of the readings that one person's phone and device both take on some days."""
    both = ("phone of p", "device p")
    return Case(
        records,
        tuple((sensor, day) for day in passes for sensor in both),
        tuple((sensor, day) for day in out for sensor in both),
    )


def device_case(
    *records: Told, passes: Mapping[str, Sequence[Day]], out: Mapping[str, Sequence[Day]]
) -> Case:
    """What becomes of the readings of some devices; p and q have a phone that read on day 99."""
    readings = [tuple((f"device {d}", at) for d in days for at in days[d]) for days in (passes, out)]
    return Case(records, *readings)


def verdicts(spark: Any, cases: Iterable[Case], window: Window) -> list[dict[tuple[str, Day], bool]]:
    """For each case, whether each reading passed: all are built together, each about its own people."""
    cases = list(cases)
    passed = _passed(spark, tuple(cases), window)
    return [
        {
            (sensor, day): (_identity(number, sensor), instant(day)) in passed
            for sensor, day in (*each.passes, *each.out)
        }
        for number, each in enumerate(cases)
    ]


@lru_cache
def _passed(spark: Any, cases: tuple[Case, ...], window: Window) -> set[tuple[str, int]]:
    """Who (as the reading says) and when, of every trusted reading."""
    records: dict[Day, list[bytes]] = defaultdict(list)
    phone, steps = [], []
    for number, each in enumerate(cases):
        for record in each.records:
            records[record.landed].append(_record(number, record))
        for sensor, day in {*each.passes, *each.out, ("phone of p", 99), ("phone of q", 99)}:
            whose, at = _identity(number, sensor), instant(day)
            if sensor.startswith("phone"):
                phone.append(_line(user=whose, timestamp=at, x=0.0, y=0.0, z=9.8))
            else:
                steps.append(_line(sensorReadingTime=at, serialNumber=whose, distanceFromObject=200))
    files = [
        accepted(customer.SOURCE, lines, landed_at=instant(day)) for day, lines in sorted(records.items())
    ]
    frames = built(
        spark,
        staged(spark, customer.SOURCE, *files),
        staged(spark, accelerometer.SOURCE, accepted(accelerometer.SOURCE, phone)),
        staged(spark, step_trainer.SOURCE, accepted(step_trainer.SOURCE, steps)),
        window=window,
    )
    by_phone = frames["accelerometer_trusted"].select("user", "timestamp")
    by_device = frames["step_trainer_trusted"].select("serialnumber", "sensorreadingtime")
    return {tuple(row.values()) for lazy in (by_phone, by_device) for row in lazy.toArrow().to_pylist()}


def _record(number: int, record: Told) -> bytes:
    spaces = len(record.who) - len(record.who.lstrip())
    email = " " * spaces + _identity(number, f"phone of {record.who.strip()}")
    person = {"customerName": "Person", "birthDay": "1960-01-01", "phone": "8015551212"}
    serial = _identity(number, f"device {record.device}")
    return _line(**person, email=email, serialNumber=serial, **dict(record.fields))


def _identity(number: int, sensor: str) -> str:
    kind, _, name = sensor.rpartition(" ")
    if kind.startswith("phone"):
        return f"{name}.{number}@example.org"
    return f"50f7b4f3-7af5-4b07-a421-{number:06d}{name.encode().hex().zfill(6)}"


def _line(**fields: Any) -> bytes:
    return json.dumps(fields).encode()
