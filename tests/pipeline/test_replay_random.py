"""Random files with lines of times to come, clocks that move: what is read again is as if read first then.

Compared with a lake that read the same files once, at the later time: every reading and record, and whom it
lets pass. What is told of where a row stands, and when it landed, may differ.
"""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from contents import contents
from killed import lake_with_keys
from refused_lake import at, entries, kept, put, record, replay_at, require_closed, run_at
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.tables import SOURCES

LAST = 200.0
PEOPLE = [f"p{n}@example.com" for n in range(4)]
JUNK = [
    b"{",
    b"[]",
    b'{"user":5}',
    b"\xff\xfe",
    b'{"user":"a@b.example","timestamp":1e999,"x":1,"y":1,"z":1}',
    b"",
]


def reading(rng: random.Random, source: str, who: int, hour: float) -> dict[str, object]:
    if source == "accelerometer":
        return {
            "user": rng.choice([PEOPLE[who], PEOPLE[who].upper(), f" {PEOPLE[who]}"]),
            "timestamp": at(hour), "x": rng.choice([1, 1.0, -0.5]), "y": 0.5, "z": 9.8,
        }  # fmt: skip
    serial = json.loads(record(0, serial=who))["serialNumber"]
    return {
        "sensorReadingTime": at(hour),
        "serialNumber": serial,
        "distanceFromObject": rng.choice([200, 201]),
    }


def lines(rng: random.Random, source: str) -> list[bytes]:
    """Lines of one file; some are envelopes, some no lines at all, some repeat others."""
    found: list[bytes] = []
    identity = "user" if source == "accelerometer" else "serialNumber"
    for _ in range(rng.randrange(1, 12)):
        who = rng.randrange(4)
        hours = [rng.choice([-5, -1, 1, 3, 3.0001, 20, 60, 150, 300]) for _ in range(rng.randrange(1, 4))]
        told = [reading(rng, source, who, hour) for hour in hours]
        if rng.random() < 0.3:
            whose = told[0][identity]
            items = [{k: v for k, v in each.items() if k != identity} for each in told]
            junk = rng.choice([[], [None], [5], [{"x": 1}]])
            found.append(json.dumps({identity: whose, "readings": [*items, *junk]}).encode())
        else:
            found += [json.dumps(each).encode() for each in told]
        if rng.random() < 0.2:
            found.append(rng.choice(JUNK))
        if rng.random() < 0.2:
            found.append(rng.choice(found))
    return found


def records(rng: random.Random) -> list[bytes]:
    """Those that give no consent are of times that have come: others count when they land, too."""
    found = []
    for _ in range(rng.randrange(1, 6)):
        email = rng.choice(PEOPLE)
        is_grant = rng.random() < 0.7
        u = rng.choice([-9, -2, 2, 4, 50, 50, 170, 300] if is_grant else [-9, -5, -2])
        consent = rng.choice([-9, u, u - 1, u + 2]) if is_grant else None
        unreadable = not is_grant and rng.random() < 0.3
        registered = rng.choice([-20, -20, -20, 3]) if is_grant else -20
        serial = PEOPLE.index(email)
        found.append(
            record(u, consent, registered=registered, email=email, unreadable=unreadable, serial=serial)
        )
    return found


def landed(lake: Lake) -> dict[str, Counter[tuple[object, ...]]]:
    """The rows as they landed, and whom the lake lets pass since when."""
    told = contents(lake)
    found = {
        source.name: Counter({row[: len(source.landed.names)]: 0 for row in told[source.staged.name]})
        for source in SOURCES
    }
    for source in SOURCES:
        for row, count in told[source.staged.name].items():
            found[source.name][row[: len(source.landed.names)]] += count
    for name in ("accelerometer_trusted", "step_trainer_trusted", "consent", "devices"):
        found[name] = told[name]
    return found


def verdicts(lake: Lake) -> Counter[str]:
    """Lines by what became of them: which of two equal ones counts may differ."""
    found = Counter[str]()
    for entry in entries(lake).values():
        rows = entry.accepted + entry.duplicate if entry.verdict.value == "read" else 0
        found.update(rows=rows, quarantined=entry.quarantined, blank=entry.blank, erased=entry.erased)
        found.update(lines=entry.lines, plain=entry.plain, readings=entry.readings)
    return found


SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 60))]


@pytest.mark.parametrize("seed", SEEDS)
def test_read_again_as_if_read_first_then(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    once, often = lake_with_keys(tmp_path / "once"), lake_with_keys(tmp_path / "often")
    hour = 0.0
    for number in range(rng.randrange(1, 4)):
        for source in ("customer", "accelerometer", "step_trainer"):
            if source == "customer" and (number == 0 or rng.random() < 0.5):
                some = records(rng)
            elif source != "customer" and rng.random() < 0.9:
                some = lines(rng, source)
            else:
                continue
            for lake in (once, often):
                put(lake, f"{source}/{number}.json", *some)
        if number == 0 or rng.random() < 0.8:
            run_at(often, hour)
        if rng.random() < 0.4:
            replay_at(often, hour + 1)
        # Now and then the clock is put back.
        hour = max(0.0, hour + rng.choice([-2, 0, 2, 30, 80]))
    run(often, clock=lambda: at(LAST))
    told = replay_at(often, LAST)
    assert told.accepted.total() <= told.lines
    assert replay_at(often, LAST).entries == []
    run(once, clock=lambda: at(LAST))
    require_closed(once)
    assert verdicts(often) == verdicts(once)
    assert kept(often) == kept(once)
    mine, theirs = landed(often), landed(once)
    for source in ("customer", "accelerometer", "step_trainer"):
        assert mine[source] == theirs[source], source
    for name in mine:
        assert mine[name] == theirs[name], name
