"""Random histories of deliveries: people who consent, withdraw, move and swap devices, and their readings.

Times are few and close together, so that readings tie, sessions touch and bridge, records disagree.
"""

import json
import random
import uuid
from dataclasses import dataclass, field
from pathlib import Path

DAY_MS = 86_400_000
BEGIN_MS = 1_700_000_000_000
SOURCES = ("customer", "accelerometer", "step_trainer")

Line = dict[str, object]


@dataclass
class Delivery:
    """Lines by source that land together, and when.

    Attributes:
        landed_at: UTC ms.
        lines: By source.
        withdrawn: E-mails of people who asked to withdraw before it landed.
    """

    landed_at: int
    withdrawn: list[str] = field(default_factory=list)
    lines: dict[str, list[Line]] = field(default_factory=lambda: {source: [] for source in SOURCES})

    def write(self, landing: Path, name: str) -> None:
        """Land it, a file a source."""
        for source, lines in self.lines.items():
            if lines:
                folder = landing / source
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{name}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


@dataclass
class _Person:
    email: str
    serial: str
    registered_at: int
    name: str
    birthday: str
    record: Line = field(default_factory=dict)


def deliveries(seed: int, *, people: int = 5, count: int = 4) -> list[Delivery]:
    """A history: late, reordered, duplicated, corrected, withdrawn and granted again."""
    rng = random.Random(seed)
    serials = [str(uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(people)]
    known = [
        _Person(
            f"p{n}.{seed}@example.com",
            serials[n],
            BEGIN_MS + rng.randrange(3) * DAY_MS,
            f"Person {n}",
            f"19{50 + n}-01-01",
        )
        for n in range(people)
    ]
    told = [Delivery(BEGIN_MS + (20 + 2 * n) * DAY_MS) for n in range(count)]
    said: list[tuple[str, Line]] = []
    for at, delivery in enumerate(told):
        for person in known:
            if at == 0 or rng.random() < 0.4:
                delivery.lines["customer"].append(_record(rng, person, serials, delivery.landed_at))
            if rng.random() < 0.8:
                for source, line in _readings(rng, person, delivery.landed_at):
                    delivery.lines[source].append(line)
                    said.append((source, line))
        if at and rng.random() < 0.25:
            delivery.withdrawn.append(rng.choice(known).email)
        for source, line in rng.sample(said, min(len(said), 3)):
            delivery.lines[source].append(line)
        for lines in delivery.lines.values():
            rng.shuffle(lines)
    # What was sent first may land last.
    contents = [delivery.lines for delivery in told]
    if rng.random() < 0.5:
        rng.shuffle(contents)
    for delivery, lines in zip(told, contents, strict=True):
        delivery.lines = lines
    return told


def _record(rng: random.Random, person: _Person, serials: list[str], landed_at: int) -> Line:
    if rng.random() < 0.1:
        person.email = f"new.{person.email}"
    if rng.random() < 0.15:
        person.serial = rng.choice(serials)
    updated_at = landed_at - rng.randrange(8) * DAY_MS
    record: Line = {
        "customerName": person.name,
        "email": person.email,
        "phone": "5555555555",
        "birthDay": person.birthday,
        "serialNumber": person.serial,
        "registrationDate": person.registered_at,
        "lastUpdateDate": max(updated_at, person.registered_at),
    }
    if rng.random() < 0.75:
        # Now and then from a day to come: the clock alone changes a state.
        record["shareWithResearchAsOfDate"] = person.registered_at + rng.randrange(26) * DAY_MS
    return record


def _readings(rng: random.Random, person: _Person, landed_at: int) -> list[tuple[str, Line]]:
    begin = BEGIN_MS + rng.randrange(1, 20) * DAY_MS + rng.choice((0, 0, 20_000, 45_000))
    lines: list[tuple[str, Line]] = []
    at = begin
    for _ in range(rng.randrange(1, 12)):
        at += rng.choice((100, 100, 5_000, 29_000, 31_000))
        if at < landed_at:
            axes = {axis: float(rng.randrange(-2, 3)) for axis in ("x", "y", "z")}
            lines.append(("accelerometer", {"user": person.email, "timestamp": at, **axes}))
            if rng.random() < 0.7:
                moment = at + rng.choice((0, 0, 40, -60, 150))
                step = {"sensorReadingTime": moment, "serialNumber": person.serial}
                lines.append(("step_trainer", {**step, "distanceFromObject": rng.randrange(300)}))
    return lines


def together(histories: list[list[Delivery]]) -> list[Delivery]:
    """Several histories as one: what is delivered first of each lands together, and so on."""
    return [
        Delivery(
            parts[0].landed_at,
            [email for part in parts for email in part.withdrawn],
            {source: [line for part in parts for line in part.lines[source]] for source in SOURCES},
        )
        for parts in zip(*histories, strict=True)
    ]
