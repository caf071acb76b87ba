"""The nearest step reading of the same person: on random streams equal to trying every pair."""

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from stedi.curated import customers, machine_learning
from stedi.privacy.pseudonyms import subject_key
from stedi.trusted import accelerometer, step_trainer
from tables.given import PSEUDONYM_KEY, built_one, frame
from tables.streams import START_MS, Steps, Streams, expected, random_streams

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

COLUMNS = ("subject_key", "session", "elapsed_ms", "x", "distancefromobject", "distance_offset_ms", "bucket")


def curated(spark: Any, streams: Streams, without_customer: str = "") -> Counter[tuple[Any, ...]]:
    """The rows of the table; `x` is the number of the phone reading in its stream."""
    phone = (
        {"person": who, "user": who, "timestamp": at, "x": float(number), "y": 0.0, "z": 9.8}
        for who, (times, _) in streams.items() for number, at in enumerate(times)
    )  # fmt: skip
    steps = (
        {"person": who, "sensorreadingtime": at, "distancefromobject": distance}
        for who, (_, read) in streams.items() for at, distance in read
    )  # fmt: skip
    known = ({"subject_key": subject_key(who, PSEUDONYM_KEY)} for who in streams if who != without_customer)
    frames = {
        accelerometer.TABLE.name: frame(spark, accelerometer.TABLE, phone),
        step_trainer.TABLE.name: frame(spark, step_trainer.TABLE, steps),
        customers.TABLE.name: frame(spark, customers.TABLE, known),
    }
    return counted(built_one(machine_learning.TABLE, frames))


def counted(lazy: "DataFrame") -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row[name] for name in COLUMNS) for row in lazy.toArrow().to_pylist())


def test_random_streams(spark: Any) -> None:
    streams = random_streams(7, 60)
    found = curated(spark, streams)
    assert found == expected(streams)
    assert found.total() > 10_000
    offsets = Counter(offset for *_, offset, _ in found.elements())
    assert {-50, 0, 50} <= set(offsets)
    assert offsets[None] > 100
    assert len({session for _, session, *_ in found}) > len(streams)


def at(*moments: int) -> list[int]:
    return [START_MS + moment for moment in moments]


def steps_at(*moments: int, distance: float = 200.0) -> Steps:
    return [(START_MS + moment, distance) for moment in moments]


CASES: dict[str, tuple[list[int], Steps, dict[int, int | None]]] = {
    # phone readings, step readings, offset by elapsed time of each row
    "the nearest": (at(0, 40, 60, 100), steps_at(0, 100), {0: 0, 40: -40, 60: 40, 100: 0}),
    "as near to both: the earlier": (at(0, 50, 100), steps_at(0, 100), {0: 0, 50: -50, 100: 0}),
    "an odd interval has no middle": (at(0, 50, 51), steps_at(0, 101), {0: 0, 50: -50, 51: 50}),
    "a single step reading: 50 ms either way": (
        at(0, 49, 50, 100, 150, 151), steps_at(100), {0: None, 49: None, 50: 50, 100: 0, 150: -50, 151: None}
    ),
    "steps every 20 ms: never less than 50 ms": (
        at(0, 70, 71), steps_at(0, 20), {0: 0, 70: -50, 71: None}
    ),
    "steps every 400 ms: never more than 100 ms": (
        at(0, 100, 101, 299, 300), steps_at(0, 400), {0: 0, 100: -100, 101: None, 299: None, 300: 100}
    ),
    "steps every 125 ms: 75 ms": (
        at(0, 325, 326, 700), steps_at(0, 125, 250, 625, 750), {0: 0, 325: -75, 326: None, 700: 50}
    ),
    "the median interval, not the mean": (at(0, 260), steps_at(0, 100, 200, 5200), {0: 0, 260: -60}),
    "the middle of an even number of intervals": (
        at(0, 375, 376), steps_at(0, 100, 300), {0: 0, 375: -75, 376: -76}
    ),
    "a gap of exactly 30 s is no gap": (at(0, 30_000), steps_at(0), {0: 0, 30_000: None}),
    "a gap of a millisecond more is one": (at(0, 30_001), steps_at(0), {0: 0}),
    "a step reading bridges two walks": (
        at(0, 60_000), steps_at(30_000), {0: None, 60_000: None}
    ),
    "a step reading begins a session": (at(500), steps_at(0), {500: None}),
    "a session without step readings gives none": (at(0, 20), [], {}),
    "a step reading of another session does not count": (
        at(0, 40_000), steps_at(40_000), {0: 0}
    ),
    "a phone silent: no row": ([], steps_at(0, 100), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_offsets(found_cases: dict[str, dict[int, int | None]], name: str) -> None:
    assert found_cases[name] == CASES[name][2]


@pytest.fixture(scope="module")
def found_cases(spark: Any) -> dict[str, dict[int, int | None]]:
    """All cases built together, each a person of its own."""
    streams = {name: (phone, steps) for name, (phone, steps, _) in CASES.items()}
    names = {subject_key(name, PSEUDONYM_KEY): name for name in CASES}
    found: dict[str, dict[int, int | None]] = defaultdict(dict)
    for subject, _, elapsed, _, _, offset, _ in curated(spark, streams).elements():
        assert elapsed not in found[names[subject]], "a reading became two rows"
        found[names[subject]][elapsed] = offset
    return found


def test_of_one_instant_the_smallest_distance(spark: Any) -> None:
    steps = [*steps_at(0, distance=300.0), *steps_at(0, distance=100.0), *steps_at(0, distance=200.0)]
    rows = curated(spark, {"ana": (at(0, 10), steps)})
    assert [row[4] for row in rows.elements()] == [100.0, 100.0]


def test_equal_phone_readings_stay(spark: Any) -> None:
    rows = curated(spark, {"ana": (at(0, 0, 20), steps_at(0))})
    assert rows.total() == 3


def test_nobody_has_anothers_step_reading(spark: Any) -> None:
    together = {"ana": (at(0, 20), steps_at(0)), "ben": (at(0, 20), [])}
    rows = curated(spark, together)
    assert {row[0] for row in rows} == {subject_key("ana", PSEUDONYM_KEY)}


def test_a_person_who_is_no_curated_customer_has_no_row(spark: Any) -> None:
    streams = {"ana": (at(0, 20), steps_at(0)), "ben": (at(0, 20), steps_at(0))}
    rows = curated(spark, streams, without_customer="ben")
    assert {row[0] for row in rows} == {subject_key("ana", PSEUDONYM_KEY)}


def test_an_empty_lake_has_no_row(spark: Any) -> None:
    assert curated(spark, {}) == Counter()
