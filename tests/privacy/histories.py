"""Random histories of a few people and devices each: records, requests and readings.

Time goes in half days, so that ties are many and the day around a hand-over is four of them wide.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

HALF_DAY_MS = 12 * 3600 * 1000
NOW = 20 * HALF_DAY_MS
TICKS = range(1, 25)
DOMAIN = "@b\u00fccher.example"
DOMAINS = (
    DOMAIN, DOMAIN, "@xn--bcher-kva.example", "@XN--Bcher-KVA.example", "@bu\u0308cher.example",
    "@B\u00dcCHER\u3002example", "@b\u00fccher.\uff45xample ",
)  # fmt: skip
"""One domain, as people and programs write it."""

FAULTS = tuple(
    (landed * HALF_DAY_MS, told * HALF_DAY_MS) for landed, told in ((4, 6), (5, 9), (12, 14), (3, 30))
)
"""When records of others were refused, and up to when it may have been then; the last is yet to come."""


@dataclass(frozen=True)
class Record:
    """A customer record: from when it counts, since when it consents (None: it does not); times in ms.

    Attributes:
        unreadable: Whether it tells a consent time that nobody can read.
        timeless: Whether it tells no time of its own; it counts from its landing.
        own: Its own time where it landed before it; None: it is `at`.
    """

    who: str
    at: int
    consent: int | None
    registered: int | None
    birthday: str | None
    name: str | None
    serial: str | None
    unreadable: bool = False
    own: int | None = None
    timeless: bool = False

    @property
    def identity(self) -> tuple[int | None, str | None, str | None]:
        return (self.registered, self.birthday, self.name)


@dataclass(frozen=True)
class Request:
    """A request of whoever has that address, or (`who` None) that identity."""

    kind: str
    at: int
    who: str | None
    identity: tuple[int | None, str | None, str | None] = (None, None, None)


@dataclass(frozen=True)
class History:
    """Everything told about some people, and readings as (address or serial, time).

    Attributes:
        now: The time of the run.
        faults: When records of others were refused, and up to when it may have been then.
    """

    records: tuple[Record, ...]
    requests: tuple[Request, ...]
    phone: tuple[tuple[str, int], ...]
    steps: tuple[tuple[str, int], ...]
    now: int = NOW
    faults: tuple[tuple[int, int], ...] = FAULTS


def random_histories(seed: int, many: int) -> list[History]:
    """Short histories that share nothing with each other."""
    draw = random.Random(seed)
    return [_history(draw, number) for number in range(many)]


def _history(draw: random.Random, number: int) -> History:
    serials = [f"device{number}.{letter}" for letter in "ab"]
    records: list[Record] = []
    addresses = []
    # Some serial numbers went to a crowd.
    is_crowd = draw.random() < 0.1
    for member in range(draw.choice((4, 5, 6)) if is_crowd else draw.choice((1, 1, 2, 2, 3))):
        # A name that says its history, so that nobody is linked across histories.
        identities = [_identity(draw, f"{number}.{member}.{i}") for i in range(draw.choice((1, 1, 1, 2)))]
        own = [f"p{number}.{member}.{i}{DOMAIN}" for i in range(draw.choice((1, 1, 1, 2, 3)))]
        addresses += own
        mine = draw.choice((serials[:1], serials[:1], serials))
        for _ in range(draw.choice((1, 1, 2) if is_crowd else (1, 1, 2, 3, 4))):
            records.append(_record(draw, draw.choice(own), draw.choice(identities), mine))
    if draw.random() < 0.08:
        # An address that was passed on, or shared by a household.
        records.append(_record(draw, draw.choice(addresses), _identity(draw, f"{number}.new"), serials))
    phone = [(spelled(draw, who), _moment(draw)) for who in addresses for _ in range(draw.choice((0, 3, 4)))]
    steps = [(serial, _moment(draw)) for serial in serials for _ in range(6)]
    strangers = [(f"stranger{number}", _moment(draw))]
    asked = tuple(_request(draw, records) for _ in range(draw.choice((0, 0, 0, 0, 1, 2))))
    return History(tuple(records), asked, (*phone, *strangers), (*steps, *strangers))


def _identity(draw: random.Random, name: str) -> tuple[int | None, str | None, str | None]:
    shared = name.rpartition(".")[0] if draw.random() < 0.3 else name
    return _tick(draw, (1, 1, 3, 8)), draw.choice(("1960-01-01", "1970-01-01")), shared


def _record(
    draw: random.Random,
    who: str,
    identity: tuple[int | None, str | None, str | None],
    serials: Sequence[str],
) -> Record:
    consent = _tick(draw, TICKS) + draw.choice((0, 0, 1)) if draw.random() < 0.75 else None
    registered, birthday, name = identity
    serial: str | None = draw.choice(serials)
    # Only a record that withdraws may lack something.
    if consent is None and draw.random() < 0.4:
        lacking = draw.choice(("registered", "birthday", "name", "serial"))
        registered = None if lacking == "registered" else registered
        birthday = None if lacking == "birthday" else birthday
        name = None if lacking == "name" else name
        serial = None if lacking == "serial" else serial
    birthday = birthday and _spelled_name(draw, birthday)
    name = name and _spelled_name(draw, f"Jose\u0301 {name}" if draw.random() < 0.5 else f"jos\u00e9 {name}")
    at, own = _tick(draw, TICKS), None
    unreadable = consent is None and draw.random() < 0.35
    if consent is None and draw.random() < 0.15:
        # Up to a few days ahead, some beyond the run.
        own = at + _tick(draw, (1, 2, 4, 9)) + draw.choice((0, 1, -1))
    timeless = consent is None and own is None and draw.random() < 0.25
    return Record(
        spelled(draw, who), at, consent, registered, birthday, name, serial, unreadable, own, timeless
    )


def _request(draw: random.Random, records: Sequence[Record]) -> Request:
    about = draw.choice(records)
    kind, at = draw.choice(("withdraw", "erase")), _tick(draw, TICKS) + draw.choice((0, 1))
    if draw.random() < 0.3 and None not in about.identity:
        return Request(kind, at, None, about.identity)
    return Request(kind, at, about.who)


def spelled(draw: random.Random, who: str) -> str:
    """An address in one of its spellings."""
    return who.removesuffix(DOMAIN) + draw.choice(DOMAINS) if who.endswith(DOMAIN) else who


def _spelled_name(draw: random.Random, text: str) -> str:
    """A name or birthday in one of its spellings."""
    return draw.choice((text, text, f" {text}", f"{text}\u00a0", text.upper(), text.replace(" ", " \u2003")))


def _tick(draw: random.Random, among: Sequence[int]) -> int:
    return draw.choice(among) * HALF_DAY_MS


def _moment(draw: random.Random) -> int:
    return _tick(draw, range(26)) + draw.choice((0, 0, 1, -1)) + 1
