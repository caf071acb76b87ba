"""Lifelike walks: repeatable, of every kind, and true to what they say of themselves."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from stedi.ground.errors import UsageError
from stedi.sources.records import ACCELEROMETER
from stedi_fleet.simulator import simulate
from stedi_fleet.simulator.carrying import Position
from stedi_fleet.simulator.lifelike import SimulatedWalk, walks
from stedi_fleet.simulator.outing import ON_FOOT, Doing

GRAVITY_MPS2 = 9.81


@pytest.fixture(scope="module")
def fourteen() -> list[SimulatedWalk]:
    return list(walks(people=14, minutes=2, seed=3))


def upward(walk: SimulatedWalk) -> tuple[np.ndarray, np.ndarray]:
    """Moments at 50 Hz and the acceleration along slow gravity, shape (n,)."""
    at_ms = np.arange(0, walk.t_ms[-1], 20.0)
    axes = np.stack([np.interp(at_ms, walk.t_ms, axis) for axis in walk.acceleration.T], axis=1)
    window = np.hanning(151) / np.hanning(151).sum()
    slow = np.stack([np.convolve(np.pad(a, 75, "edge"), window, "valid") for a in axes.T], axis=1)
    length = np.linalg.norm(slow, axis=1)
    return at_ms, np.sum(axes * slow, axis=1) / length - length


def during(walk: SimulatedWalk, at_ms: np.ndarray, *doings: Doing, apart_ms: float = 1500) -> np.ndarray:
    stretches = walk.during(*doings)
    return np.any(
        [(at_ms > b + apart_ms) & (at_ms < e - apart_ms) for b, e in stretches] or [at_ms < 0], axis=0
    )


def test_the_same_seed_gives_the_same_walks() -> None:
    one, other, third = (list(walks(people=2, minutes=0.5, seed=seed)) for seed in (1, 1, 2))
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a.t_ms, b.t_ms)
        assert np.array_equal(a.acceleration, b.acceleration)
        assert np.array_equal(a.distance_mm, b.distance_mm)
    assert not np.array_equal(one[0].true_steps_ms, third[0].true_steps_ms)


def test_more_people_change_nobody() -> None:
    (few,), (first, *_) = (list(walks(people=n, minutes=0.5)) for n in (1, 3))
    assert np.array_equal(few.acceleration, first.acceleration)


def test_phones_are_carried_in_every_way_and_everything_is_done(fourteen: list[SimulatedWalk]) -> None:
    assert {walk.position for walk in fourteen} == set(Position)
    assert {spell.doing for walk in fourteen for spell in walk.activities} == set(Doing)
    assert len({round(walk.rate_hz, -1) for walk in fourteen}) >= 4


@pytest.mark.parametrize("rate_hz", [20.0, 33.0, 400.0])
def test_phones_are_read_at_the_rate_that_was_asked_for(rate_hz: float) -> None:
    for walk in walks(people=3, minutes=0.5, rate_hz=rate_hz):
        intervals = np.diff(walk.t_ms)
        assert intervals.min() > 0
        assert 1000 / intervals.mean() == pytest.approx(rate_hz, rel=0.12)
        assert intervals.std() > 0


def test_activities_follow_one_another_and_steps_lie_where_somebody_is_on_foot(
    fourteen: list[SimulatedWalk],
) -> None:
    for walk in fourteen:
        ends = [spell.end_ms for spell in walk.activities]
        assert [spell.begin_ms for spell in walk.activities[1:]] == ends[:-1]
        inside = np.zeros(len(walk.true_steps_ms), bool)
        for begin, end in walk.during(*ON_FOOT):
            inside |= (walk.true_steps_ms >= begin) & (walk.true_steps_ms <= end)
        assert inside.all()
        assert np.diff(walk.true_steps_ms).min() > 300


def test_cadence_is_of_people(fourteen: list[SimulatedWalk]) -> None:
    for walk in fourteen:
        intervals = np.diff(walk.true_steps_ms)
        assert 70 < 60_000 / np.median(intervals) < 140
        steady = intervals[np.abs(intervals / np.median(intervals) - 1) < 0.25]
        assert 0.01 < steady.std() / steady.mean() < 0.1


def test_gravity_is_there_and_the_phone_lies_differently(fourteen: list[SimulatedWalk]) -> None:
    down = []
    for walk in fourteen:
        standing = during(walk, walk.t_ms, Doing.STANDING, apart_ms=500)
        lengths = np.linalg.norm(walk.acceleration[standing], axis=1)
        assert lengths.mean() == pytest.approx(GRAVITY_MPS2, abs=0.35)
        assert lengths.std() < 0.5
        down.append(walk.acceleration[:200].mean(axis=0) / GRAVITY_MPS2)
    assert np.linalg.norm(np.mean(down, axis=0)) < 0.6


def test_the_spectrum_peaks_at_the_step_or_its_half(fourteen: list[SimulatedWalk]) -> None:
    for walk in fourteen:
        at_ms, signal = upward(walk)
        begin, end = max(walk.during(Doing.WALKING), key=lambda stretch: stretch[1] - stretch[0])
        part = signal[(at_ms > begin + 1500) & (at_ms < end - 1500)]
        power = np.abs(np.fft.rfft((part - part.mean()) * np.hanning(len(part)), 8192)) ** 2
        hertz = np.fft.rfftfreq(8192, 0.02)
        peak = hertz[np.where((hertz > 1.3) & (hertz < 2.7), power, 0).argmax()]
        steps = walk.true_steps_ms[(walk.true_steps_ms > begin) & (walk.true_steps_ms < end)]
        assert peak == pytest.approx(1000 / np.diff(steps).mean(), rel=0.1), walk.name


def test_handling_has_no_rhythm_shaking_has_and_still_is_still() -> None:
    strength = {}
    for doing in (Doing.HANDLED, Doing.WAVED, Doing.SHAKEN, Doing.STILL, Doing.STANDING):
        found = [walk for walk in walks(people=7, minutes=1, seed=5, only=doing)]
        assert all(len(walk.true_steps_ms) == 0 for walk in found)
        signals = [upward(walk)[1][100:-100] for walk in found]
        strength[doing] = np.median([signal.std() for signal in signals])
        if doing in (Doing.HANDLED, Doing.WAVED, Doing.SHAKEN):
            turned = np.median([regularity(walk) for walk in found])
            assert bool(turned > 0.5) == (doing is Doing.SHAKEN)
    assert strength[Doing.STILL] < 0.06 < strength[Doing.STANDING] * 3
    assert 0.2 < strength[Doing.HANDLED] < strength[Doing.WAVED] < 3
    assert strength[Doing.SHAKEN] > 1


def regularity(walk: SimulatedWalk) -> float:
    """The highest autocorrelation of |a| at 0.15 to 1 s."""
    at_ms = np.arange(0, walk.t_ms[-1], 20.0)
    length = np.interp(at_ms, walk.t_ms, np.linalg.norm(walk.acceleration, axis=1))
    part = length[100:600] - length[100:600].mean()
    return max(float(np.dot(part[:-lag], part[lag:]) / np.dot(part, part)) for lag in range(8, 50))


def test_distance_dips_at_most_steps_and_some_are_missed(fourteen: list[SimulatedWalk]) -> None:
    seen = total = 0
    for walk in fourteen:
        base = np.median(walk.distance_mm)
        for step in walk.true_steps_ms:
            near = walk.distance_mm[np.abs(walk.distance_ms - step) < 75]
            total += len(near) > 0
            seen += len(near) > 0 and near.min() < base - 40
    assert 0.93 < seen / total < 0.999


@pytest.mark.parametrize(
    "wrong", [{"people": 0}, {"minutes": 0.1}, {"positions": ()}, {"rate_hz": 19.0}, {"rate_hz": 401.0}]
)
def test_arguments_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="No walk was simulated"):
        next(walks(**wrong))  # type: ignore[arg-type]


def test_a_lifelike_fleet_lands_like_the_other(tmp_path: Path) -> None:
    fleet = simulate(tmp_path / "one", customers=7, minutes=0.5, lifelike=True)
    simulate(tmp_path / "two", customers=7, minutes=0.5, lifelike=True)
    for file in (tmp_path / "one").rglob("*.json"):
        assert file.read_bytes() == (tmp_path / "two" / file.relative_to(tmp_path / "one")).read_bytes()
    with pytest.raises(UsageError, match="other parameters"):
        simulate(tmp_path / "one", customers=7, minutes=0.5)
    with (fleet.folder / "truth/activities.csv").open() as file:
        told = list(csv.DictReader(file))
    assert {row["position"] for row in told} == set(Position)
    assert Counter(row["doing"] for row in told)[Doing.WALKING] >= 7
    readings = [
        json.loads(line)
        for file in (fleet.folder / ACCELEROMETER).iterdir()
        for line in file.read_text().splitlines()
    ]
    by_user: dict[str, list[int]] = {}
    for row in readings:
        by_user.setdefault(row["user"], []).append(row["timestamp"])
    assert all(np.all(np.diff(times) > 0) for times in by_user.values())
    assert max(abs(row[axis]) for row in readings for axis in "xyz") < 160
