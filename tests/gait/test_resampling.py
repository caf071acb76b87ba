"""Readings at any rate become the same 50 bins a second."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stedi.gait.resampling import Resampler


def bins_of(times: list[float], values: list[float]) -> list[float]:
    resampler = Resampler()
    return [x for t, v in zip(times, values, strict=True) for x, _, _ in resampler.add(t, v, 1.0, 1.0)]


@given(st.lists(st.floats(0.1, 60.0), min_size=3, max_size=60), st.floats(-5, 5), st.floats(-0.1, 0.1))
def test_a_line_becomes_its_means_whatever_the_times(passed: list[float], start: float, slope: float) -> None:
    times = np.cumsum([1000.0, *passed]).tolist()
    found = bins_of(times, [start + slope * t for t in times])
    assert len(found) in {int((times[-1] - times[0] + e) // 20.0) for e in (-1e-6, 1e-6)}
    for number, mean in enumerate(found):
        assert mean == pytest.approx(start + slope * (1000.0 + 20.0 * number + 10.0), abs=1e-6)


@pytest.mark.parametrize("rate", [20.0, 33.0, 50.0, 100.0, 201.0, 400.0])
def test_a_walk_is_nearly_the_same_at_every_rate(rate: float) -> None:
    times = np.arange(0.0, 5000.0, 1000.0 / rate)
    found = bins_of(times.tolist(), np.sin(2 * np.pi * 2.0 * times / 1000).tolist())
    ends = 20.0 * (np.arange(len(found)) + 1)
    omega = 2 * np.pi * 2.0 / 1000
    means = (np.cos(omega * (ends - 20.0)) - np.cos(omega * ends)) / (omega * 20.0)
    # At 20 Hz the line between readings cuts the tops of a 2 Hz wave by a twentieth.
    assert np.abs(found - means).max() < (0.06 if rate < 30 else 0.025)


WITHOUT_MEANING = [
    (30.0, math.nan, 1.0, 1.0),
    (30.0, 1.0, math.inf, 1.0),
    (math.nan, 1.0, 1.0, 1.0),
    (math.inf, 1.0, 1.0, 1.0),
    (30.0, 1e200, 1.0, 1.0),
    (30.0, 1.0, -5000.0, 1.0),
    (30.0, 0.0, 0.0, 0.0),
    (25.0, 7.0, 7.0, 7.0),
    (-math.inf, 1.0, 1.0, 1.0),
]


@pytest.mark.parametrize("reading", WITHOUT_MEANING)
def test_a_reading_without_meaning_is_as_if_it_never_came(reading: tuple[float, ...]) -> None:
    plain, spoilt = Resampler(), Resampler()
    for resampler in (plain, spoilt):
        for t in (0.0, 10.0, 25.0):
            resampler.add(t, 1.0, 2.0, 3.0)
    assert list(spoilt.add(*reading)) == []
    assert list(plain.add(60.0, 4.0, 4.0, 4.0)) == list(spoilt.add(60.0, 4.0, 4.0, 4.0))


def test_after_a_long_gap_bins_are_counted_anew() -> None:
    resampler = Resampler()
    resampler.add(0.0, 1.0, 1.0, 1.0)
    assert list(resampler.add(1000.5, 5.0, 5.0, 5.0)) == []
    assert resampler.restarted
    assert list(resampler.add(1020.5, 5.0, 5.0, 5.0)) == [(5.0, 5.0, 5.0)]
    assert not resampler.restarted
