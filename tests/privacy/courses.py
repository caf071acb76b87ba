"""Random courses of a lake: what lands when, in which writing, and what the machine's clock says then.

A course is of several histories that share nothing but the clock. Lines are as an exporter writes them: one
address in many forms, consent times that nobody can read, whole exports of them, records sent again.
"""

import json
import random
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from privacy.courses_told import ADDRESSES, NO_ADDRESSES, NOTHING, UNREADABLE, spelled_name

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BEGIN_MS = 1_700_000_000_000
Line = dict[str, str]
"""The fields of a line, each as JSON."""


@dataclass(frozen=True)
class Told:
    """What comes about with a landing: a line of a source, or a request to withdraw.

    Attributes:
        history: Of which history it is.
        landing: With which landing it comes, from 0.
        source: customer, accelerometer or step_trainer; withdraw for a request.
        line: The line; of a request, its address.
    """

    history: int
    landing: int
    source: str
    line: Line

    def text(self) -> str:
        """The line as it lands."""
        return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in self.line.items()) + "}"

    def parsed(self) -> dict[str, Any]:
        """Its fields, numbers exactly as they are written."""
        return {key: json.loads(value, parse_float=Decimal) for key, value in self.line.items()}


@dataclass(frozen=True)
class Course:
    """What comes about in a lake.

    Attributes:
        clocks: What the machine's clock says at each landing, UTC ms; at the last one it is right.
        told: All that comes about; with one landing, requests come before lines.
        histories: How many histories there are.
    """

    clocks: tuple[int, ...]
    told: tuple[Told, ...]
    histories: int

    @property
    def now(self) -> int:
        """The time of the last run."""
        return self.clocks[-1]

    def of(self, landing: int, source: str) -> list[Told]:
        """What of a source comes with a landing."""
        return [each for each in self.told if (each.landing, each.source) == (landing, source)]


JUMPS_MS = (0, 0, 0, 0, -3 * MINUTE_MS, 4 * MINUTE_MS, -26 * HOUR_MS, -2 * DAY_MS, -9 * DAY_MS, DAY_MS)
BETWEEN_MS = (6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 8 * DAY_MS, 31 * DAY_MS)
APART_MS = (
    0, 1, 2 * MINUTE_MS, 12 * HOUR_MS, DAY_MS, DAY_MS + 1, 2 * DAY_MS, 7 * DAY_MS, 7 * DAY_MS + 1,
    10 * DAY_MS, 30 * DAY_MS, 30 * DAY_MS + 1,
)  # fmt: skip


def random_course(seed: int, histories: int, *, landings: int = 0) -> Course:
    """A course of some histories."""
    draw = random.Random(seed)
    right = [BEGIN_MS + 20 * DAY_MS]
    for _ in range((landings or draw.randint(3, 6)) - 1):
        right.append(right[-1] + draw.choice(BETWEEN_MS) + draw.choice((0, 1, 7)))
    jumps = [draw.choice(JUMPS_MS) if draw.random() < 0.96 else 40 * DAY_MS for _ in right[1:]]
    clocks = tuple(at + jump for at, jump in zip(right, [*jumps, 0], strict=True))
    told: list[Told] = []
    for number in range(histories):
        told += _History(draw, number, right, clocks).told()
    return Course(clocks, tuple(_with_whole_exports(draw, told, len(right))), histories)


def _with_whole_exports(draw: random.Random, told: Iterable[Told], landings: int) -> Iterable[Told]:
    """Now and then an exporter writes all consent times of a landing so that nobody can read them."""
    forms = {n: draw.choice(UNREADABLE) for n in range(landings) if draw.random() < 0.12}
    for each in told:
        form = forms.get(each.landing) if each.source == "customer" else None
        if form is None or CONSENT not in each.line or draw.random() < 0.05:
            yield each
            continue
        yield Told(each.history, each.landing, each.source, {**each.line, CONSENT: form})
        if draw.random() < 0.4:
            again = draw.randrange(each.landing, landings)
            if again not in forms:
                yield Told(each.history, again, each.source, each.line)


CONSENT = "shareWithResearchAsOfDate"


class _History:
    """Draws what is told about a few people and devices."""

    def __init__(self, draw: random.Random, number: int, right: Sequence[int], clocks: Sequence[int]) -> None:
        self.draw, self.number, self.right, self.clocks = draw, number, right, clocks
        at = draw.randint(0, 40) * 12 * HOUR_MS
        self.moments = [at := at + draw.choice(APART_MS) for _ in range(7)]
        self.moments = [BEGIN_MS + each % (right[-1] - BEGIN_MS) for each in self.moments]
        self.edges = {*self.moments, *right, *clocks}
        self.serials = [
            str(uuid.UUID(int=(number << 8) + n, version=4)) for n in range(draw.choice((1, 2, 2, 3)))
        ]
        self.updates: set[int] = set()

    def told(self) -> list[Told]:
        draw = self.draw
        found: list[Told] = []
        addresses: list[str] = []
        is_crowd = draw.random() < 0.2
        for member in range(draw.choice((3, 4, 5)) if is_crowd else draw.choice((1, 1, 2, 2, 3))):
            identities = [self._identity(f"{member}.{i}") for i in range(draw.choice((1, 1, 1, 2)))]
            own = [self._address(f"{member}.{i}") for i in range(draw.choice((1, 1, 1, 2)))]
            addresses += own
            mine = self.serials[:1] if is_crowd or draw.random() < 0.5 else self.serials
            for _ in range(draw.choice((1, 1, 2) if is_crowd else (1, 2, 2, 3, 4))):
                found += self._landed(self._record(draw.choice(own), draw.choice(identities), mine))
        if draw.random() < 0.05:
            found += self._landed(self._record(draw.choice(addresses), self._identity("new"), self.serials))
        asked = [self._request(addresses) for _ in range(draw.choice((0, 0, 0, 1, 2)))]
        found += [each for each in asked for _ in range(1)]
        found += [
            Told(e.history, self._later(e.landing), e.source, e.line) for e in asked if draw.random() < 0.4
        ]
        return [*found, *self._phones(addresses), *self._steps()]

    def _identity(self, name: str) -> dict[str, Any]:
        draw = self.draw
        shared = name.partition(".")[0] if draw.random() < 0.3 else name
        registered = draw.choice((BEGIN_MS - 30 * DAY_MS, BEGIN_MS, self.moments[0], self.moments[2]))
        return {
            "customerName": f"José {self.number}.{shared} Müller",
            "birthDay": draw.choice(("1960-01-01", "1970-01-01")),
            "registrationDate": registered,
        }

    def _address(self, name: str) -> str:
        local = f"{self.draw.choice(('ana', 'josé'))}{self.number}.{name}"
        return f"{local}@{self.draw.choice(('test.com', 'bücher.example'))}"

    def _record(self, who: str, identity: Mapping[str, Any], serials: Sequence[str]) -> tuple[Line, int]:
        """A line, and when it was written in truth."""
        draw = self.draw
        at = draw.choice(self.moments) + draw.choice((0, 0, 0, 1, -1))
        self.updates.add(at)
        told: dict[str, Any] = dict(identity)
        told["customerName"] = spelled_name(draw, told["customerName"])
        serial = draw.choice(serials)
        told |= {"email": self._spelled(who), "serialNumber": draw.choice((serial, serial, serial.upper()))}
        # Its own clock may be ahead, or behind.
        own = at + (draw.choice((4 * MINUTE_MS, DAY_MS, 9 * DAY_MS, -DAY_MS)) if draw.random() < 0.12 else 0)
        told["lastUpdateDate"] = draw.choice((own, own, str(own), float(own)))
        line = {key: json.dumps(value, ensure_ascii=draw.random() < 0.5) for key, value in told.items()}
        kind = draw.random()
        if kind < 0.66:
            # Agreed to when it was written, or long before: a copy.
            given = draw.choice((at, at, *self.moments, told["registrationDate"] - 1))
            given += draw.choice((0, 0, 1)) + (
                draw.choice((DAY_MS, 60 * DAY_MS)) if draw.random() < 0.05 else 0
            )
            self.edges.add(given)
            line[CONSENT] = draw.choice((f"{given}", f"{given}", f"{given}.0"))
        else:
            line |= draw.choice(NOTHING) if kind < 0.85 else {CONSENT: draw.choice(UNREADABLE)}
            line = self._lacking(line)
        keys = list(line)
        draw.shuffle(keys)
        return {key: line[key] for key in keys}, at

    def _lacking(self, line: Line) -> Line:
        """A line that gives no consent may lack whatever but the address."""
        draw = self.draw
        for key in ("lastUpdateDate", "registrationDate", "customerName", "birthDay", "serialNumber"):
            if draw.random() < (0.3 if key == "lastUpdateDate" else 0.12):
                bad = draw.choice(("", "null", "[]", '"soon"' if key.endswith("Date") else "7"))
                line = {k: v for k, v in line.items() if k != key} | ({key: bad} if bad else {})
        return line

    def _landed(self, written: tuple[Line, int]) -> list[Told]:
        line, at = written
        landing = self._from(at)
        if self.draw.random() < 0.12:
            landing = max(0, landing - 1)
        elif self.draw.random() < 0.25:
            landing = self._later(landing)
        found = [Told(self.number, landing, "customer", line)]
        # Sent again, as it was: what was refused as of the future comes in then.
        while self.draw.random() < 0.3:
            found.append(Told(self.number, self._later(landing), "customer", line))
        return found

    def _from(self, at: int) -> int:
        """The first landing after a time."""
        return next((n for n, right in enumerate(self.right) if right >= at), len(self.right) - 1)

    def _later(self, landing: int) -> int:
        return self.draw.randrange(landing, len(self.right))

    def _request(self, addresses: Sequence[str]) -> Told:
        who = self._spelled(self.draw.choice(addresses), odd=0)
        landing = self.draw.randrange(1, len(self.right))
        return Told(self.number, landing, "withdraw", {"email": json.dumps(who)})

    def _spelled(self, who: str, *, odd: float = 0.04) -> str:
        """An address in one of its forms, or in one of those that are none."""
        draw = self.draw
        if draw.random() < odd:
            return draw.choice(NO_ADDRESSES).format(who)
        local, _, domain = who.partition("@")
        local = draw.choice((local, local, local.upper(), unicodedata.normalize("NFD", local)))
        return draw.choice(("{}", "{}", " {}", "{}\u00a0", "  {} ")).format(
            f"{local}@{draw.choice(ADDRESSES[domain])}"
        )

    def _phones(self, addresses: Iterable[str]) -> list[Told]:
        found = []
        for who in addresses:
            for n, at in enumerate(self._moments(self.draw.choice((0, 4, 5)), (-1, 0, 1))):
                line = {
                    "user": json.dumps(self._spelled(who)),
                    "timestamp": f"{at}",
                    "x": f"{n}.5",
                    "y": "0",
                    "z": "9",
                }
                found += self._measured("accelerometer", line, at)
        return found

    def _steps(self) -> list[Told]:
        found = []
        around = (-1, 0, 1, -DAY_MS - 1, -DAY_MS, DAY_MS, DAY_MS + 1)
        for serial in (*self.serials, str(uuid.UUID(int=(self.number << 8) + 255, version=4))):
            for n, at in enumerate(self._moments(9, around)):
                line = {
                    "sensorReadingTime": f"{at}",
                    "serialNumber": json.dumps(serial),
                    "distanceFromObject": f"{n}",
                }
                found += self._measured("step_trainer", line, at)
        return found

    def _moments(self, many: int, around: Sequence[int]) -> list[int]:
        """Times next to those that decide."""
        edges = sorted({*self.edges, *self.updates})
        found = [self.draw.choice(edges) + self.draw.choice(around) for _ in range(many)]
        return [at for at in found if at <= self.right[-1] + 5 * MINUTE_MS]

    def _measured(self, source: str, line: Line, at: int) -> list[Told]:
        """A reading lands once its time has come by the machine's clock; it may come before, and again."""
        last = len(self.clocks) - 1
        landing = next((n for n, clock in enumerate(self.clocks) if clock >= at), last)
        found = [Told(self.number, self.draw.choice((landing, last)), source, line)]
        if self.draw.random() < 0.1:
            found.append(Told(self.number, self.draw.randrange(last + 1), source, line))
        return found
