"""The battery every detector passes: what may change about the input, and no step."""

import numpy as np
import pytest

from stedi.detector.model import EXACT, FAST, Model
from stedi.detector.online import Detector, Step
from stedi.ground.errors import UsageError
from walking import Walk, model, rotation, walk

WALK = walk(100, seconds=40.0)


def detected(walked: Walk, point: str = FAST) -> list[Step]:
    return Detector(model(), point).detect_many(walked.t_ms, walked.acceleration)


def moments(steps: list[Step]) -> list[float]:
    return [step.step_ms for step in steps]


@pytest.mark.parametrize("point", [FAST, EXACT])
def test_a_walk_of_somebody_unseen_is_counted(point: str) -> None:
    found = np.array(moments(detected(WALK, point)))
    assert abs(len(found) - len(WALK.steps_ms)) <= 1
    away = np.abs(found[:, None] - WALK.steps_ms[None, :]).min(axis=1)
    assert away.max() < 150.0


def test_steps_are_told_in_order_soon_after_they_happen() -> None:
    found = detected(WALK)
    assert moments(found) == sorted(moments(found))
    later = [step.emitted_ms - step.step_ms for step in found[3:]]
    assert min(later) > 0.0
    assert max(later) < 250.0
    assert {step.emitted_ms for step in found} <= set(WALK.t_ms.tolist())


def test_one_at_a_time_equals_many_at_once_and_a_prefix_gives_a_prefix() -> None:
    many = detected(WALK)
    detector = Detector(model())
    one: list[Step] = []
    for number, (t, (x, y, z)) in enumerate(zip(WALK.t_ms, WALK.acceleration, strict=True)):
        one += detector.detect_one(t, x, y, z)
        assert one == many[: len(one)]
        if number % 500 == 0:
            part = Detector(model()).detect_many(WALK.t_ms[: number + 1], WALK.acceleration[: number + 1])
            assert part == one
    assert one == many


def test_a_restart_changes_no_step() -> None:
    whole = detected(WALK)
    for restarts in (1, 7, 90):
        detector = Detector(model(), FAST)
        sizes = set()
        found: list[Step] = []
        for some in np.array_split(np.arange(len(WALK.t_ms)), restarts + 1):
            state = detector.state()
            sizes.add(len(state))
            detector = Detector.restore(model(), state)
            found += detector.detect_many(WALK.t_ms[some], WALK.acceleration[some])
        assert found == whole
        assert len(sizes) == 1


def test_turning_the_phone_changes_no_step() -> None:
    whole = detected(WALK)
    for seed in range(6):
        assert detected(WALK.turned(rotation(seed))) == whole


def test_a_shifted_clock_shifts_the_steps() -> None:
    shift = float(2**40)
    later = Walk(WALK.t_ms + shift, WALK.acceleration, WALK.steps_ms)
    assert [step.step_ms - shift for step in detected(later)] == moments(detected(WALK))


@pytest.mark.parametrize("rate_hz", [20.0, 25.0, 50.0, 200.0, 400.0])
def test_any_rate_gives_the_same_steps(rate_hz: float) -> None:
    t = np.arange(0.0, WALK.t_ms[-1], 1000.0 / rate_hz)
    axes = [np.interp(t, WALK.t_ms, axis) for axis in WALK.acceleration.T]
    found = moments(detected(Walk(t, np.stack(axes, axis=1), WALK.steps_ms)))
    expected = moments(detected(WALK))
    assert len(found) == len(expected)
    away = np.abs(np.subtract(found, expected))
    # The first step comes out of standing, where little is known yet.
    assert away[0] < 150.0
    assert away[1:].max() < 40.0


def test_a_still_phone_never_steps() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(0.0, 120_000.0, 10.0)
    for noise in (0.0, 0.02, 0.15):
        lying = np.array([1.0, -3.0, 9.2]) + noise * rng.normal(size=(len(t), 3))
        assert detected(Walk(t, lying, np.zeros(0))) == []


def test_readings_without_meaning_are_as_if_they_never_came() -> None:
    dirty_t, dirty = [0.0, 0.0, np.nan], [[0.0, 0.0, 0.0], [np.nan] * 3, [1.0, 1.0, 1.0]]
    for number, (t, reading) in enumerate(zip(WALK.t_ms, WALK.acceleration.tolist(), strict=True)):
        dirty_t.append(t)
        dirty.append(reading)
        if number % 50 == 25:
            dirty_t += [t, t - 30.0, t + 1.0, t + 2.0, np.inf]
            dirty += [
                [50.0, 0.0, 0.0],
                [9.0, 9.0, 9.0],
                [np.nan, 1.0, 1.0],
                [np.inf, 0.0, 0.0],
                [1.0, 2.0, 3.0],
            ]
    assert detected(Walk(np.array(dirty_t), np.array(dirty), WALK.steps_ms)) == detected(WALK)


def test_a_gap_begins_anew_and_invents_nothing() -> None:
    kept = (WALK.t_ms < 15_000.0) | (WALK.t_ms > 22_000.0)
    found = np.array(moments(detected(Walk(WALK.t_ms[kept], WALK.acceleration[kept], WALK.steps_ms))))
    assert not ((found > 15_100.0) & (found < 21_900.0)).any()
    assert (found > 22_000.0).sum() >= 0.8 * (WALK.steps_ms > 22_000.0).sum()


def test_a_clock_that_jumps_silences_nothing() -> None:
    for jump in (3_600_000.0, -3_600_000.0):
        t = np.where(WALK.t_ms < 15_000.0, WALK.t_ms, WALK.t_ms + jump)
        found = np.array(moments(detected(Walk(t, WALK.acceleration, WALK.steps_ms))))
        after = (found - jump > 15_000.0) & (found - jump < 40_000.0)
        assert after.sum() >= 0.9 * (WALK.steps_ms > 15_000.0).sum()


def test_what_still_waits_is_told_at_the_end() -> None:
    whole = moments(detected(WALK))
    for until in np.linspace(20_000.0, 21_000.0, 26):
        detector = Detector(model())
        some = WALK.t_ms < until
        told = moments(detector.detect_many(WALK.t_ms[some], WALK.acceleration[some]))
        waited = moments(detector.flush())
        assert told == whole[: len(told)]
        assert len(waited) <= 1
        assert detector.flush() == []


def test_a_state_of_another_model_is_refused() -> None:
    state = Detector(model()).state()
    points = {**model().detector["operating_points"]}
    points[FAST] = {**points[FAST], "threshold": 0.9}
    other = Model(model().onnx, {**model().detector, "operating_points": points})
    for wrong in (b"", state[:-1], state + b"\0"):
        with pytest.raises(UsageError, match="not restored"):
            Detector.restore(model(), wrong)
    with pytest.raises(UsageError, match="not restored"):
        Detector.restore(other, state)


def test_an_unknown_operating_point_and_other_features_are_refused() -> None:
    with pytest.raises(UsageError, match="exact, fast"):
        Detector(model(), "slow")
    with pytest.raises(UsageError, match="version 0 of the features"):
        Detector(Model(model().onnx, {**model().detector, "features": 0}))
