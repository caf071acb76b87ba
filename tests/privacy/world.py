"""What the consent table speaks of: people, the records told about them, their readings."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stedi.landing import accelerometer, customer, step_trainer
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import email_hash, record_hash
from stedi.privacy.window import Window
from tables.given import NOW_MS, SUPPRESSION_KEY, accepted, built, staged

DAY_MS = 86_400_000
NOW = 100
"""The day on which the lake is run."""
MS = 1 / DAY_MS
"""One millisecond, in days."""
MINUTE = 60_000 * MS
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
    name: str


@dataclass(frozen=True)
class Asked:
    """A request to withdraw or to be erased: when it was made (a day), and by which address or name."""

    kind: str
    on: Day
    who: str
    by_name: bool


def told(
    on: Day,
    *,
    consent: Any = ...,
    registered: Any = 1,
    landed: Day = NOW,
    who: str = "p",
    device: str = "",
    name: str = "",
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
        name: The customer's name, that of the address where left out.
        more: Further fields.
    """
    fields = {"registrationDate": _time(registered), "lastUpdateDate": _time(on), **more}
    if consent is not ...:
        fields["shareWithResearchAsOfDate"] = _time(consent)
    own = who.strip().lower()
    return Told(tuple(fields.items()), landed, who, device or own, name or own)


def withdraws(on: Day, who: str = "p", *, by_name: bool = False) -> Asked:
    """A request to withdraw, made on a day by an address, or by registration, birthday and name."""
    return Asked("withdraw", on, who, by_name)


def erases(on: Day, who: str = "p", *, by_name: bool = False) -> Asked:
    """A request to be erased, made on a day by an address, or by registration, birthday and name."""
    return Asked("erase", on, who, by_name)


def _time(value: Any) -> Any:
    is_day = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return instant(value) if is_day else value


@dataclass(frozen=True)
class Case:
    """Records and requests, and the readings (phone or device, day) that pass and that stay out."""

    told: tuple[Told | Asked, ...]
    passes: tuple[tuple[str, Day], ...]
    out: tuple[tuple[str, Day], ...]

    @property
    def records(self) -> list[Told]:
        """What records tell."""
        return [each for each in self.told if isinstance(each, Told)]

    @property
    def asked(self) -> list[Asked]:
        """What was asked for."""
        return [each for each in self.told if isinstance(each, Asked)]


def case(*told: Told | Asked, passes: Sequence[Day] = (), out: Sequence[Day] = ()) -> Case:
    """What becomes of the readings that one person's phone and device both take on some days."""
    both = ("phone of p", "device p")
    return Case(
        told,
        tuple((sensor, day) for day in passes for sensor in both),
        tuple((sensor, day) for day in out for sensor in both),
    )


def device_case(
    *told: Told | Asked, passes: Mapping[str, Sequence[Day]], out: Mapping[str, Sequence[Day]]
) -> Case:
    """What becomes of the readings of some devices, and of phones (by "phone of p"), by day."""
    readings = [tuple((_sensor(d), at) for d in days for at in days[d]) for days in (passes, out)]
    return Case(told, *readings)


def _sensor(name: str) -> str:
    return name if name.startswith("phone") else f"device {name}"


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


def verdict(spark: Any, cases: Mapping[str, Case], name: str, window: Window) -> dict[tuple[str, Day], bool]:
    """For one of several named cases, whether each reading passed; all of them are built together, once."""
    return dict(zip(cases, verdicts(spark, tuple(cases.values()), window), strict=True))[name]


def expected(each: Case) -> dict[tuple[str, Day], bool]:
    """Whether each reading should pass."""
    return {**dict.fromkeys(each.passes, True), **dict.fromkeys(each.out, False)}


@lru_cache
def _passed(spark: Any, cases: tuple[Case, ...], window: Window) -> set[tuple[str, int]]:
    """Who (as the reading says) and when, of every trusted reading."""
    records: dict[Day, list[bytes]] = defaultdict(list)
    phone, steps, asked = [], [], []
    for number, each in enumerate(cases):
        for record in each.records:
            records[record.landed].append(_record(number, record))
        asked += [_request(number, request) for request in each.asked]
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
        asked=asked,
    )
    by_phone = frames["accelerometer_trusted"].select("user", "timestamp")
    by_device = frames["step_trainer_trusted"].select("serialnumber", "sensorreadingtime")
    return {tuple(row.values()) for lazy in (by_phone, by_device) for row in lazy.toArrow().to_pylist()}


def _record(number: int, record: Told) -> bytes:
    spaces = len(record.who) - len(record.who.lstrip())
    email = " " * spaces + _identity(number, f"phone of {record.who.strip()}")
    person = {"customerName": _name(number, record.name), "birthDay": "1960-01-01", "phone": "8015551212"}
    serial = _identity(number, f"device {record.device}")
    return _line(**{**person, "email": email, "serialNumber": serial, **dict(record.fields)})


def _request(number: int, request: Asked) -> dict[str, Any]:
    if request.by_name:
        found = record_hash(instant(1), "1960-01-01", _name(number, request.who), SUPPRESSION_KEY)
    else:
        address = normalised_email(_identity(number, f"phone of {request.who}"))
        found = email_hash(address, SUPPRESSION_KEY)
    about = "record" if request.by_name else "email"
    return {
        "request": f"{number}", "kind": request.kind, "requested_at": instant(request.on),
        "about": about, "hash": found,
    }  # fmt: skip


def _name(number: int, name: str) -> str:
    return f"Person {name} of {number}"


def _identity(number: int, sensor: str) -> str:
    kind, _, name = sensor.rpartition(" ")
    if kind.startswith("phone"):
        return f"{name}.{number}@example.org"
    return f"50f7b4f3-7af5-4b07-a421-{number:06d}{name.encode().hex().zfill(6)}"


def _line(**fields: Any) -> bytes:
    return json.dumps(fields).encode()
