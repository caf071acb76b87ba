"""From scores to steps."""

import numpy as np

from stedi.detector.decoding import Decoder, OperatingPoint

POINT = OperatingPoint(look_ahead_ms=40.0, threshold=0.3, fall=0.7, evidence=2.2)


def scores(steps_ms: list[float], end_ms: float, height: float = 0.8) -> list[tuple[float, float]]:
    at = np.arange(20.0, end_ms, 20.0)
    away = np.abs(at[:, None] - 40.0 - np.array(steps_ms)[None, :]).min(axis=1)
    return list(zip(at.tolist(), (height * np.exp(-0.5 * (away / 40.0) ** 2)).tolist(), strict=True))


def decoded(told: list[tuple[float, float]], point: OperatingPoint = POINT) -> list[tuple[float, float]]:
    decoder = Decoder(point)
    return [(at, step) for at, score in told for step in decoder.add(at, score)]


def test_the_first_steps_are_told_when_the_third_arrives() -> None:
    found = decoded(scores([1000.0, 1500.0, 2000.0, 2500.0], 3000.0))
    assert [step for _, step in found] == [step for step in sorted(s for _, s in found)]
    assert np.abs(np.array([step for _, step in found]) - [1000, 1500, 2000, 2500]).max() < 20
    assert len({at for at, _ in found[:3]}) == 1
    assert found[0][0] < 2150.0


def test_doubtful_steps_are_told_when_more_of_them_came() -> None:
    steps = [1000.0 + 500.0 * i for i in range(8)]
    found = decoded(scores(steps, 6000.0, height=0.4))
    assert len(found) == 8
    # Six peaks of 0.4 are the first to sum to 2.2.
    assert len({at for at, _ in found[:6]}) == 1
    assert len({at for at, _ in found[5:]}) == 3


def test_two_steps_are_no_walk() -> None:
    assert decoded(scores([1000.0, 1500.0, 5000.0, 5500.0], 9000.0)) == []


def test_an_irregular_beginning_is_no_walk() -> None:
    assert decoded(scores([1000.0, 1300.0, 2500.0], 3000.0)) == []


def test_a_second_peak_within_a_step_is_none() -> None:
    steps = [1000.0 + 500.0 * i for i in range(10)]
    told = dict(scores(steps, 6500.0))
    for at, score in scores([step + 180.0 for step in steps], 6500.0, height=0.35):
        told[at] = max(told[at], score)
    assert len(decoded(list(told.items()))) == 10


def test_the_lag_is_added_and_a_low_score_is_no_step() -> None:
    steps = [1000.0 + 500.0 * i for i in range(5)]
    plain = [step for _, step in decoded(scores(steps, 4000.0))]
    shifted = decoded(scores(steps, 4000.0), OperatingPoint(**{**POINT.__dict__, "lag_ms": 30.0}))
    assert [step - 30.0 for _, step in shifted] == plain
    assert decoded(scores(steps, 4000.0, height=0.25)) == []
