"""On a fleet with drop-outs, nothing of the distance stream is lost on the way to the curated table."""

from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from stedi.asking.reconcile import step_story
from stedi.curated import machine_learning
from stedi.curated.machine_learning import met_by_phone
from stedi.privacy.pseudonyms import session_key, subject_key
from stedi.tables import SOURCES
from stedi.trusted import accelerometer, step_trainer
from stedi_fleet.simulator import simulate
from tables.given import PSEUDONYM_KEY, accepted, built, staged
from tables.streams import sessions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Stream = list[tuple[int, float]]
"""Time and distance, ms and mm."""


@pytest.fixture(scope="module")
def fleet(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> "dict[str, DataFrame]":
    folder = tmp_path_factory.mktemp("fleet")
    simulate(folder, customers=7, minutes=1.0, seed=11)
    lines = {
        source: b"\n".join(p.read_bytes() for p in sorted((folder / source.name).glob("*.json"))).split(b"\n")
        for source in SOURCES
    }
    return built(spark, *(staged(spark, source, accepted(source, lines[source])) for source in SOURCES))


@pytest.fixture(scope="module")
def trusted(fleet: "dict[str, DataFrame]") -> dict[str, tuple[list[int], Stream]]:
    """By person, the times of the phone and the distance stream, in order."""
    streams: dict[str, tuple[list[int], Stream]] = defaultdict(lambda: ([], []))
    phone, steps = fleet[accelerometer.TABLE.name], fleet[step_trainer.TABLE.name]
    for row in phone.select("person", "timestamp").toArrow().to_pylist():
        streams[row["person"]][0].append(row["timestamp"])
    for row in steps.toArrow().to_pylist():
        streams[row["person"]][1].append((row["sensorreadingtime"], row["distancefromobject"]))
    return {who: (sorted(times), sorted(read)) for who, (times, read) in streams.items()}


@pytest.fixture(scope="module")
def curated(fleet: "dict[str, DataFrame]") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fleet[machine_learning.TABLE.name].toArrow().to_pylist()
    return found


@pytest.fixture(scope="module")
def rebuilt(curated: list[dict[str, Any]]) -> dict[str, Stream]:
    """By session, the distance stream from the curated table alone, in ms of the session."""
    streams = defaultdict(set)
    for row in curated:
        if row["distancefromobject"] is not None:
            at = row["elapsed_ms"] + row["distance_offset_ms"]
            streams[row["session"]].add((at, row["distancefromobject"]))
    return {session: sorted(stream) for session, stream in streams.items()}


@pytest.fixture(scope="module")
def original(trusted: dict[str, tuple[list[int], Stream]]) -> dict[str, tuple[str, list[int], Stream]]:
    """By session: the subject, the phone's times and the distance stream, in ms of the session."""
    found = {}
    for who, (times, steps) in trusted.items():
        for begin, end in sessions(times, steps):
            found[session_key(who, begin, PSEUDONYM_KEY)] = (
                subject_key(who, PSEUDONYM_KEY),
                [at - begin for at in times if begin <= at <= end],
                [(at - begin, distance) for at, distance in steps if begin <= at <= end],
            )
    return found


def test_the_fleet_has_drop_outs(original: dict[str, tuple[str, list[int], Stream]]) -> None:
    gaps = [b - a for _, times, _ in original.values() for a, b in pairwise(times)]
    assert sum(gap > 1000 for gap in gaps) > 5
    gaps = [b - a for _, _, stream in original.values() for (a, _), (b, _) in pairwise(stream)]
    assert sum(gap > 1000 for gap in gaps) > 5


def test_the_distance_stream_is_rebuilt(
    rebuilt: dict[str, Stream], original: dict[str, tuple[str, list[int], Stream]]
) -> None:
    assert set(rebuilt) == {session for session, (_, times, stream) in original.items() if times and stream}
    for session, stream in rebuilt.items():
        _, times, whole = original[session]
        # Nothing stands at another millisecond, and what is missing came while the phone was silent.
        assert set(stream) <= set(whole)
        assert [at for at, _ in set(whole) - set(stream) if _heard(at, times)] == []


def _heard(at: int, times: list[int]) -> bool:
    """Whether the phone read about then; it reads every 20 ms, and drop-outs last a second."""
    return any(abs(at - other) <= 20 for other in times)


def test_every_step_reading_has_its_reason(
    fleet: "dict[str, DataFrame]", rebuilt: dict[str, Stream],
    trusted: dict[str, tuple[list[int], Stream]]
) -> None:  # fmt: skip
    phone, steps = (fleet[table.name].toArrow() for table in (accelerometer.TABLE, step_trainer.TABLE))
    whole = sum(len(steps) for _, steps in trusted.values())
    told = {step.kind: step.rows for step in step_story(steps.num_rows, *met_by_phone(phone, steps))}
    assert told["step_trainer_trusted"] == whole > 1000
    assert told["in_a_row"] == sum(map(len, rebuilt.values()))
    assert told["same_instant"] == 0
    assert told["no_phone_reading"] == told["in_a_row"] - whole < 0


def test_no_phone_reading_is_lost_or_doubled(
    curated: list[dict[str, Any]], original: dict[str, tuple[str, list[int], Stream]]
) -> None:
    found = Counter((row["subject_key"], row["session"], row["elapsed_ms"]) for row in curated)
    assert found == Counter(
        (subject, session, at)
        for session, (subject, times, stream) in original.items() if stream for at in times
    )  # fmt: skip
    assert found.total() > 10_000
