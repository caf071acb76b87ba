"""The simulated signal: physics a walk must show, whoever walks."""

import numpy as np
import pytest

from stedi_fleet.simulator.gait import Recording, Walker, recording, walker

START_MS = 1_740_960_000_000
SECONDS = 90.0
WALKERS = range(8)


@pytest.fixture(scope="module", params=WALKERS)
def walk(request: pytest.FixtureRequest) -> tuple[Walker, Recording]:
    rng = np.random.default_rng(request.param)
    person = walker(rng)
    return person, recording(person, START_MS, SECONDS, rng)


def magnitude(walked: Recording) -> np.ndarray:
    return np.linalg.norm(walked.acceleration_mps2, axis=1)


def test_clocks_tick_at_their_rate(walk: tuple[Walker, Recording]) -> None:
    for at, interval in ((walk[1].phone_ms, 20), (walk[1].trainer_ms, 100)):
        steps = np.diff(at)
        assert steps.min() > 0
        assert np.median(steps) == pytest.approx(interval, abs=1)
        assert len(set(steps.tolist())) > 5, "jitter"
        assert START_MS <= at[0] < START_MS + 200
        assert START_MS + 1000 * SECONDS - 300 <= at[-1] < START_MS + 1000 * SECONDS


def test_each_sensor_drops_out_for_a_second_or_more(walk: tuple[Walker, Recording]) -> None:
    for at in (walk[1].phone_ms, walk[1].trainer_ms):
        gaps = np.diff(at)
        assert 1000 <= gaps.max() < 10_000


def test_gravity_is_there(walk: tuple[Walker, Recording]) -> None:
    nearest = np.abs(walk[1].phone_ms[:, None] - walk[1].steps_ms).min(axis=1)
    assert magnitude(walk[1])[nearest > 1000].mean() == pytest.approx(9.81, abs=0.05)
    # Walking adds a little: what swings sideways lengthens the vector, whichever way it swings.
    assert 9.8 < magnitude(walk[1]).mean() < 10.2
    assert np.abs(walk[1].acceleration_mps2).max() < 40


def test_the_phone_lies_differently_each_time() -> None:
    rng = np.random.default_rng(0)
    person = walker(rng)
    down = [recording(person, 0, 20, rng).acceleration_mps2.mean(axis=0) for _ in range(30)]
    mean = np.mean([d / np.linalg.norm(d) for d in down], axis=0)
    assert np.linalg.norm(mean) < 0.4


def test_standing_is_still_and_walking_is_not(walk: tuple[Walker, Recording]) -> None:
    walked = walk[1]
    nearest = np.abs(walked.phone_ms[:, None] - walked.steps_ms).min(axis=1)
    assert magnitude(walked)[nearest > 1000].std() < 0.15
    assert magnitude(walked)[nearest < 150].std() > 0.8


def test_the_spectrum_peaks_at_the_cadence(walk: tuple[Walker, Recording]) -> None:
    person, walked = walk
    first, last = max(walked.bouts, key=lambda bout: bout[1] - bout[0])
    begin, end = walked.steps_ms[first], walked.steps_ms[last]
    grid = np.arange(begin, end, 20)
    signal = np.interp(grid, walked.phone_ms, magnitude(walked))
    power = np.abs(np.fft.rfft((signal - signal.mean()) * np.hanning(len(signal)), 8192)) ** 2
    peak_spm = 60 * np.fft.rfftfreq(8192, 0.02)[power.argmax()]
    assert peak_spm == pytest.approx(60_000 * (last - first) / (end - begin), rel=0.06)
    assert peak_spm == pytest.approx(person.cadence_spm, rel=0.08)


def test_steps_are_as_regular_as_people(walk: tuple[Walker, Recording]) -> None:
    person, walked = walk
    for first, last in walked.bouts:
        intervals = np.diff(walked.steps_ms[first : last + 1])
        assert (intervals > 0.75 * 60_000 / person.cadence_spm).all()
        assert (intervals < 1.35 * 60_000 / person.cadence_spm).all()
        assert len(intervals) < 8 or 0.005 < intervals[2:-2].std() / intervals.mean() < 0.08


def dips(walked: Recording) -> np.ndarray:
    """Events where the distance falls clearly below the usual, placed at their centre of depth."""
    depth = np.median(walked.distance_mm[walked.distance_mm > 200]) - 45 - walked.distance_mm
    low = np.flatnonzero(depth > 0)
    groups = np.split(low, np.flatnonzero(np.diff(walked.trainer_ms[low]) > 150) + 1)
    return np.array([np.average(walked.trainer_ms[group], weights=depth[group]) for group in groups])


def test_footfalls_can_be_read_from_the_distance() -> None:
    found = missed = invented = 0
    for seed in WALKERS:
        rng = np.random.default_rng(seed)
        walked = recording(walker(rng), START_MS, SECONDS, rng)
        gaps = np.flatnonzero(np.diff(walked.trainer_ms) > 300)
        dropped = np.zeros(len(walked.steps_ms), bool)
        for begin, end in zip(walked.trainer_ms[gaps], walked.trainer_ms[gaps + 1], strict=True):
            dropped |= (walked.steps_ms > begin - 150) & (walked.steps_ms < end + 150)
        near = np.abs(dips(walked)[:, None] - walked.steps_ms) <= 150
        assert (near.sum(axis=0) <= 1).all(), "one dip a step"
        found += near.any(axis=0)[~dropped].sum()
        missed += (~near.any(axis=0))[~dropped].sum()
        invented += (~near.any(axis=1)).sum()
    assert found > 500
    assert 2 * found / (2 * found + missed + invented) > 0.98


def test_distance_stays_in_the_range_of_the_sensor(walk: tuple[Walker, Recording]) -> None:
    distance = walk[1].distance_mm
    assert 20 <= distance.min() < 150
    assert np.median(distance) == pytest.approx(245, abs=20)
    assert distance.max() < 310
