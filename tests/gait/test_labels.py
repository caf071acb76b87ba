"""Steps read from distance: as good as the sensor, and silent where it says nothing."""

import numpy as np
import pytest

from stedi.gait.labels import label, lag_ms
from stedi.gait.sessions import Session
from walking import distance

STEPS = 2000.0 + np.cumsum(np.random.default_rng(1).normal(540.0, 25.0, 200))
END = STEPS[-1] + 2000.0


@pytest.mark.parametrize(("rate_hz", "within_ms"), [(10.0, 45.0), (7.5, 70.0), (20.0, 30.0)])
def test_every_step_is_found(rate_hz: float, within_ms: float) -> None:
    found = label(*distance(STEPS, END, rate_hz=rate_hz))
    assert found.refused is None
    assert len(found.steps_ms) == len(STEPS)
    assert np.abs(found.steps_ms - STEPS).max() < within_ms


@pytest.mark.parametrize("noise_mm", [0.0, 1.0, 4.0, 12.0])
def test_noise_of_the_sensor_hides_no_step(noise_mm: float) -> None:
    assert len(label(*distance(STEPS, END, noise_mm=noise_mm)).steps_ms) == len(STEPS)


@pytest.mark.parametrize("rate_hz", [0.33, 1.0, 5.0, 6.9])
def test_a_slow_sensor_is_refused_with_its_rate(rate_hz: float) -> None:
    found = label(*distance(STEPS, END, rate_hz=rate_hz))
    assert len(found.steps_ms) == 0
    assert found.refused is not None
    assert f"{rate_hz:.2g} Hz" in found.refused
    assert "7 Hz" in found.refused


def test_no_reading_is_refused() -> None:
    assert label(np.zeros(0), np.zeros(0)).refused is not None
    assert label(np.arange(0.0, 900.0, 100.0), np.full(9, np.nan)).refused == "no distance was measured"


def test_standing_still_has_no_step() -> None:
    at = np.arange(0.0, 60_000.0, 100.0)
    noise = np.round(np.random.default_rng(2).normal(250.0, 8.0, len(at)))
    assert len(label(at, noise).steps_ms) == 0


def test_bounces_are_no_steps() -> None:
    bounces = STEPS[10::20] + 200.0
    found = label(*distance(np.sort(np.concatenate([STEPS, bounces])), END))
    assert len(found.steps_ms) == len(STEPS)


def test_a_missed_contact_is_masked_and_its_neighbours_are_not() -> None:
    kept = np.delete(STEPS, 50)
    found = label(*distance(kept, END))
    assert len(found.steps_ms) == len(kept)
    (missed,) = [s for s in found.masked if np.isfinite(s[0]) and np.isfinite(s[1])]
    assert missed[0] < STEPS[50] < missed[1]
    assert STEPS[49] < missed[0]
    assert missed[1] < STEPS[51]


def test_a_pause_is_not_masked() -> None:
    later = np.where(np.arange(len(STEPS)) < 100, STEPS, STEPS + 8000.0)
    found = label(*distance(later, END + 8000.0))
    assert all(not np.isfinite(begin) or not np.isfinite(end) for begin, end in found.masked)


def test_a_drop_out_and_a_stuck_sensor_are_masked() -> None:
    at, mm = distance(STEPS, END)
    gone = (at > 20_000.0) & (at < 25_000.0)
    mm[(at > 40_000.0) & (at < 43_000.0)] = 20.0
    found = label(at[~gone], mm[~gone])

    def covered(moment: float) -> bool:
        return any(begin <= moment < end for begin, end in found.masked)

    assert covered(22_000.0)
    assert covered(41_500.0)
    assert not covered(30_000.0)
    assert covered(-5.0)


def test_one_step_reading_beside_several_rows_comes_once() -> None:
    elapsed = np.array([40, 0, 20, 60, 80])
    made = Session.of_rows(
        "a", "b", elapsed, np.arange(15.0).reshape(5, 3),
        np.array([250.0, 250.0, 250.0, 120.0, np.nan]), np.array([-10.0, 30.0, 10.0, 40.0, np.nan]),
    )  # fmt: skip
    assert made.elapsed_ms.tolist() == [0, 20, 40, 60, 80]
    assert made.acceleration[:, 0].tolist() == [3.0, 6.0, 0.0, 9.0, 12.0]
    assert made.distance_ms.tolist() == [30.0, 100.0]
    assert made.distance_mm.tolist() == [250.0, 120.0]


@pytest.mark.parametrize("lag", [-80.0, 0.0, 120.0])
def test_the_lag_of_labels_is_told(lag: float) -> None:
    ends = np.arange(20.0, END, 20.0)
    away = np.abs(ends[:, None] - 10.0 - STEPS[None, :]).min(axis=1)
    bins = np.stack([np.zeros(len(ends)), np.zeros(len(ends)), 9.8 + 5.0 * np.exp(-((away / 60.0) ** 2))], 1)
    assert lag_ms(STEPS + lag, ends, bins) == pytest.approx(lag, abs=10.0)
    assert np.isnan(lag_ms(np.zeros(0), ends, bins))
