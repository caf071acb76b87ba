"""Steps pair as many as can, whatever the order of their times."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stedi.model.matching import LAGS_MS, best_lag_ms, matched, outside, still_stretches

times = st.lists(st.integers(0, 1200), max_size=6).map(lambda some: np.array(sorted(some), np.float64))


def most_pairs(found: list[float], true: list[float], tolerance: float) -> int:
    """The greatest one-to-one pairing, by trying all of them."""
    few, many = sorted((found, true), key=len)
    for size in range(len(few), 0, -1):
        for some in combinations(few, size):
            for others in permutations(many, size):
                if all(abs(a - b) <= tolerance for a, b in zip(some, others, strict=True)):
                    return size
    return 0


@given(times, times, st.sampled_from([0, 50, 100, 150, 400]), st.sampled_from([-60, 0, 35]))
def test_as_many_pairs_as_there_can_be(found: object, true: object, tolerance: int, lag: int) -> None:
    at_found, at_true = matched(found, true, tolerance, lag)  # type: ignore[arg-type]
    assert len(at_found) == most_pairs([t - lag for t in found], list(true), tolerance)  # type: ignore[attr-defined, call-overload]
    assert len(set(at_found)) == len(at_found) and len(set(at_true)) == len(at_true)
    assert (abs(found[at_found] - lag - true[at_true]) <= tolerance).all()  # type: ignore[index]


def test_the_bound_is_included_and_nothing_beyond_it() -> None:
    true = np.array([1000.0])
    assert len(matched(np.array([850.0]), true, 150)[0]) == 1
    assert len(matched(np.array([1150.0]), true, 150)[0]) == 1
    assert len(matched(np.array([849.9, 1150.1]), true, 150)[0]) == 0


def test_a_pair_taken_at_first_sight_would_lose_one() -> None:
    # The nearest to the first true step is the only one that the second can have.
    at_found, at_true = matched(np.array([900.0, 1040.0]), np.array([1000.0, 1180.0]), 150)
    assert at_found.tolist() == [0, 1] and at_true.tolist() == [0, 1]


@given(times, st.sampled_from([-150.0, -40.0, 0.0, 75.0, 200.0]))
def test_a_constant_delay_is_found_and_the_smallest_of_equals(true: object, lag: float) -> None:
    assert best_lag_ms([(true + lag, true)], 0.0) == (lag if len(true) else 0.0)  # type: ignore[arg-type, operator]


def test_one_lag_for_several_recordings_serves_most_steps() -> None:
    true = np.arange(10) * 600.0
    assert best_lag_ms([(true + 100, true), (true[:3] - 100, true[:3])], 20) == 80.0
    assert LAGS_MS[0] == 0.0 and max(map(abs, LAGS_MS)) == 200.0


@pytest.mark.parametrize(
    "masked, kept",
    [([], [0, 10, 20, 30]), ([(10, 20)], [0, 20, 30]), ([(25, 31), (0, 1)], [10, 20]), ([(0, 99)], [])],
)
def test_masks_are_half_open(masked: list[tuple[float, float]], kept: list[float]) -> None:
    moments = np.array([0.0, 10.0, 20.0, 30.0])
    assert moments[outside(moments, masked)].tolist() == kept


def test_where_nobody_walks() -> None:
    true = np.array([5000.0, 5600.0, 12000.0])
    assert still_stretches(true, 0.0, 20000.0, [], 2000.0) == [(0, 3000), (7600, 10000), (14000, 20000)]
    masked = [(1000.0, 2000.0), (9000.0, 15000.0)]
    assert still_stretches(true, 0.0, 20000.0, masked, 2000.0) == [
        (0, 1000), (2000, 3000), (7600, 9000), (15000, 20000)
    ]  # fmt: skip
    assert still_stretches(np.array([]), 0.0, 1000.0, [], 2000.0) == [(0, 1000)]
