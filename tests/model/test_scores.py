"""The numbers of a scoring, worked out by hand."""

import numpy as np
import pytest

from stedi.model.bootstrap import Draws
from stedi.model.scores import Scores, scored
from stedi.model.scoring import Answer

TRUE = np.arange(20) * 500.0 + 5000.0


def answer(
    found: object,
    *,
    delay: float = 60.0,
    true: object = TRUE,
    masked: tuple[tuple[float, float], ...] = (),
    name: str = "one",
    person: str = "A",
) -> Answer:
    steps = np.asarray(found, np.float64)
    return Answer(
        name, {"person": person}, steps, steps + delay, np.asarray(true, np.float64), masked, 0.0, 20000.0
    )


def f1(scores: Scores, tolerance: int, lag: str) -> float | None:
    return scores.f1[str(tolerance)][lag].value


def test_a_perfect_answer() -> None:
    scores = scored([answer(TRUE)])
    assert (scores.recordings, scores.people, scores.seconds) == (1, 1, 20.0)
    assert (scores.true_steps, scores.found_steps) == (20, 20)
    assert scores.count_mape.value == 0 and scores.count_worst == 0
    assert {f1(scores, t, lag) for t in (150, 100) for lag in ("none", "constant", "per_recording")} == {1.0}
    assert scores.latency_median_ms.value == pytest.approx(60)
    # Steps from 5.0 to 14.5 s: 3 s before and 3.5 s after are further than 2 s from all of them.
    assert (scores.still_seconds, scores.still_steps) == (6.5, 0)
    assert scores.false_steps_per_minute.value == 0


def test_a_late_answer_is_good_only_with_a_lag() -> None:
    scores = scored([answer(TRUE + 170)])
    assert [f1(scores, 150, lag) for lag in ("none", "constant", "per_recording")] == [0.0, 1.0, 1.0]
    # The smallest of those that serve as well.
    assert scores.constant_lag_ms == {"150": 20.0, "100": 70.0}


def test_one_lag_cannot_serve_recordings_that_differ() -> None:
    some = [answer(TRUE + 150, name="late"), answer(TRUE - 150, name="early")]
    scores = scored(some)
    assert f1(scores, 100, "per_recording") == 1.0
    assert f1(scores, 100, "constant") == 0.5


def test_missed_and_invented_steps() -> None:
    # 2 of 20 missed, 3 invented while nobody walks: 18 pairs, 21 detected, 20 true.
    scores = scored([answer([*TRUE[2:], 17500.0, 18000.0, 18500.0])])
    assert scores.count_mape.value == pytest.approx(5.0)
    assert f1(scores, 150, "none") == pytest.approx(2 * 18 / 41)
    assert scores.still_steps == 3
    assert scores.false_steps_per_minute.value == pytest.approx(3 * 60 / 6.5)


def test_masked_stretches_are_left_out_on_both_sides() -> None:
    found = [*TRUE[:5], 7600.0, 7700.0, 7800.0, *TRUE[10:]]
    scores = scored([answer(found, masked=((7500.0, 10000.0),))])
    assert (scores.true_steps, scores.found_steps, scores.masked_seconds) == (15, 15, 2.5)
    assert scores.count_mape.value == 0 and f1(scores, 150, "none") == 1.0


def test_a_recording_without_a_step_counts_for_false_steps_alone() -> None:
    scores = scored([answer(TRUE), answer([1000.0, 2000.0], true=[], name="still", person="B")])
    assert scores.count_mape.value == 0 and scores.count_worst_recording == "one"
    assert scores.people == 2
    assert scores.false_steps_per_minute.value == pytest.approx(2 * 60 / 26.5)
    alone = scored([answer([], true=[])])
    assert alone.count_mape.value is None and alone.count_worst is None
    assert f1(alone, 150, "none") is None and alone.latency_median_ms.value is None


def test_the_worst_recording_is_named() -> None:
    scores = scored([answer(TRUE), answer(TRUE[:10], name="half"), answer(TRUE[:19], name="most")])
    assert (scores.count_worst, scores.count_worst_recording) == (50.0, "half")
    assert scores.count_mape.value == pytest.approx((0 + 50 + 5) / 3)


def test_latency_is_from_the_true_step_and_once_walking_leaves_out_beginnings() -> None:
    told = TRUE + np.where(np.arange(20) < 3, 1000.0, 80.0)
    walk = Answer("one", {}, TRUE - 30, told, TRUE, (), 0.0, 20000.0)
    scores = scored([walk])
    assert scores.latency_median_ms.value == pytest.approx(80)
    assert scores.latency_p95_ms.value == pytest.approx(1000)
    assert scores.walking_latency_p95_ms.value == pytest.approx(80)


def test_intervals_hold_the_value_and_are_the_same_each_time() -> None:
    some = [answer(TRUE[: 20 - n], name=str(n)) for n in range(8)]
    first, again = scored(some), scored(some)
    assert first == again
    mape = first.count_mape
    assert mape.value == pytest.approx(17.5)
    assert mape.low is not None and mape.high is not None and 8 < mape.low < 17.5 < mape.high < 27
    assert scored(some, resamples=0).count_mape.low is None


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    within = 0
    for _ in range(200):
        told = np.column_stack([random.normal(3, 1, 40), np.ones(40)])
        interval = Draws(40, 400).interval(told, lambda sums: sums[:, 0] / sums[:, 1])
        assert interval.low is not None and interval.high is not None
        within += interval.low <= 3 <= interval.high
    assert 0.90 <= within / 200 <= 0.98
