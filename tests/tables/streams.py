"""Random streams of both sensors, and the nearest step reading told plainly: every pair is tried."""

import random
from collections import Counter
from fractions import Fraction
from statistics import median
from typing import Any

from stedi.privacy.buckets import bucket_of
from stedi.privacy.pseudonyms import session_key, subject_key
from tables.given import BUCKETS, PSEUDONYM_KEY

START_MS = 1_750_000_000_000
Steps = list[tuple[int, float]]
Streams = dict[str, tuple[list[int], Steps]]
"""By person: the times of the phone readings, and time and distance of the step readings (ms, mm)."""


def expected(streams: Streams) -> Counter[tuple[Any, ...]]:
    """The same, told plainly: each reading looks at every step reading of its session."""
    rows: Counter[tuple[Any, ...]] = Counter()
    for who, (times, steps) in streams.items():
        subject = subject_key(who, PSEUDONYM_KEY)
        for begin, end in sessions(times, steps):
            near = sorted({at for at, _ in steps if begin <= at <= end})
            if not near:
                continue
            intervals = [Fraction(b - a) for a, b in zip(near, near[1:], strict=False)]
            tolerance = max(50, min(100, Fraction(3, 5) * median(intervals))) if intervals else 50
            for number, at in enumerate(times):
                if begin <= at <= end:
                    distance, offset = nearest(at, near, steps, tolerance)
                    session = session_key(who, begin, PSEUDONYM_KEY)
                    bucket = bucket_of(subject, BUCKETS)
                    rows[(subject, session, at - begin, float(number), distance, offset, bucket)] += 1
    return rows


def sessions(times: list[int], steps: Steps) -> list[tuple[int, int]]:
    """First and last moment of each session."""
    found: list[tuple[int, int]] = []
    for at in sorted([*times, *(at for at, _ in steps)]):
        if found and at - found[-1][1] <= 30_000:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found


def nearest(
    at: int, near: list[int], steps: Steps, tolerance: float | Fraction
) -> tuple[float | None, int | None]:
    """Distance and offset: the earlier of two as near, the smallest distance of one instant."""
    best = min(near, key=lambda step: (abs(step - at), step))
    if abs(best - at) > tolerance:
        return None, None
    return min(distance for step, distance in steps if step == best), best - at


def random_streams(seed: int, people: int) -> Streams:
    draw = random.Random(seed)
    streams: Streams = {}
    for number in range(people):
        at = START_MS + draw.randrange(10**9)
        phone: list[int] = []
        steps: Steps = []
        for _ in range(draw.randint(1, 4)):
            seconds = draw.choice((1, 4, 8))
            phone += _ticks(draw, at, seconds, draw.choice((10, 20, 33, 250, 1000)), draw.choice((0, 1, 9)))
            interval = draw.choice((50, 83, 100, 125, 166, 167, 400))
            ticks = _ticks(draw, at, seconds, interval, draw.choice((0, 4, 20)))
            ticks = draw.choice((ticks, ticks, ticks, ticks[:1], []))
            steps += [(step, float(draw.randrange(20, 400))) for step in ticks]
            last = max([at, *phone, *(step for step, _ in steps)])
            at = last + draw.choice((29_999, 30_000, 30_001, 90_000))
        # Equal instants: of both sensors, and of one more than once.
        steps += [(step, float(draw.randrange(20, 400))) for step, _ in steps if draw.random() < 0.1]
        phone += [step for step, _ in steps if draw.random() < 0.1]
        draw.shuffle(phone)
        draw.shuffle(steps)
        streams[f"person{number}@example.org"] = phone, steps
    return streams


def _ticks(draw: random.Random, begin: int, seconds: int, interval: int, jitter: int) -> list[int]:
    """Ticks with jitter and now and then a drop-out."""
    ticks = [at + draw.randint(0, jitter) for at in range(begin, begin + seconds * 1000, interval)]
    lost = draw.randrange(len(ticks)) if draw.random() < 0.5 else len(ticks)
    return ticks[:lost] + ticks[lost + len(ticks) // 4 :]
