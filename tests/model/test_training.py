"""Training: the same bytes from the same readings, refused where nothing can be learnt."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from stedi.detector.model import EXACT, FAST
from stedi.gait.features import NAMES
from stedi.gait.sessions import Floats, Session
from stedi.ground.errors import QualityGateError
from stedi.model.training import train
from walking import session, sessions, trained


def test_the_order_and_names_of_sessions_change_no_byte() -> None:
    def renamed() -> Iterator[Session]:
        return iter([replace(one, subject=f"z{one.subject}", session="0") for one in sessions()][::-1])

    assert train(renamed, seed=7).onnx == trained().onnx


def test_another_seed_makes_another_model_and_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    other = train(sessions, seed=8, told=lambda *what: told.append(what))
    assert other.onnx != trained().onnx
    assert ("features", 6, 6) in told
    assert told[-1] == ("exported", 1, 1)


def test_what_was_learnt_from_is_told() -> None:
    made = trained()
    assert (made.people, made.sessions, made.refused) == (4, 6, {})
    assert made.label_rate_hz == 10.0
    assert abs(made.label_lag_ms) <= 100.0
    assert made.feature_names == NAMES
    assert 500 < made.steps < 800
    assert made.rows > 10_000
    assert set(made.detector["operating_points"]) == {FAST, EXACT}
    json.dumps([made.detector, made.parameters, made.refused], allow_nan=False)


def test_the_graph_is_small_and_says_what_the_trees_say() -> None:
    assert len(trained().onnx) <= 300_000
    assert trained().parity <= 1e-5


def test_slow_data_is_refused_with_its_rates() -> None:
    def slow() -> Iterator[Session]:
        return (session(seed, rate_hz=0.33, phone_hz=0.5) for seed in range(3))

    with pytest.raises(QualityGateError) as refused:
        train(slow, seed=1)
    told = str(refused.value)
    assert "cannot show steps" in told
    assert "0.33 Hz" in told
    assert "0.50 Hz" in told
    assert "at least 7 Hz" in told
    assert "3 sessions were refused: distance below 7 Hz" in told


def test_no_session_is_refused() -> None:
    with pytest.raises(QualityGateError, match="no session"):
        train(lambda: iter(()), seed=1)


def test_a_slow_session_among_others_is_left_out_and_counted() -> None:
    def mixed() -> Iterator[Session]:
        return iter([session(2, rate_hz=4.0), *sessions(), session(3, phone_hz=10.0)])

    made = train(mixed, seed=7)
    assert made.refused == {"acceleration below 20 Hz": 1, "distance below 7 Hz": 1}
    assert made.sessions == 6
    assert made.onnx == trained().onnx


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda a: a / 9.80665, "acceleration in g, not m/s2"),
        (lambda a: a - a.mean(axis=0), "acceleration without gravity"),
        (lambda a: (a - a.mean(axis=0)) / 9.80665, "acceleration without gravity"),
        (lambda a: np.sign(np.rint(a)), "acceleration in whole numbers, of no known unit"),
    ],
)
def test_phones_of_another_unit_are_left_out_by_name(change: Callable[[Floats], Floats], why: str) -> None:
    def mixed() -> Iterator[Session]:
        others = [replace(session(seed), subject=f"g{seed % 2}") for seed in (6, 7, 8)]
        return iter([*(replace(s, acceleration=change(s.acceleration)) for s in others), *sessions()])

    made = train(mixed, seed=7)
    assert made.refused == {why: 3}
    assert made.people_refused == {why: 2}
    assert (made.people, made.sessions) == (4, 6)
    assert made.onnx == trained().onnx


def test_a_session_without_a_phone_reading_is_refused() -> None:
    nothing = Session("a", "b", np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros(0), np.zeros(0))
    with pytest.raises(QualityGateError, match="cannot show steps"):
        train(lambda: iter([nothing]), seed=1)
