"""95 % intervals: a set of recordings is drawn from itself again and again, whole recordings at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RESAMPLES = 2000
SEED = 20261124
LATENCY_BIN_MS = 2.0
LATENCY_MS = (-1000.0, 4000.0)


@dataclass(frozen=True)
class Interval:
    """A value and its 95 % interval; None where nothing can be said.

    Attributes:
        value: Of the set.
        low: 2.5th percentile of the sets drawn from it.
        high: 97.5th percentile.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


class Draws:
    """The sets that are drawn from one, the same each time.

    Args:
        recordings: How many the set has, at least one.
        resamples: How many sets are drawn; 0 gives values without intervals.
    """

    def __init__(self, recordings: int, resamples: int = RESAMPLES) -> None:
        drawn = np.random.default_rng(SEED).integers(0, recordings, (resamples, recordings))
        self._times = np.zeros((resamples, recordings))
        np.add.at(self._times, (np.arange(resamples)[:, None], drawn), 1.0)

    def interval(self, told: Floats, statistic: Callable[[Floats], Floats]) -> Interval:
        """The interval of a statistic of sums over recordings.

        Args:
            told: What each recording adds, shape (n_recordings, n_sums).
            statistic: Takes sums of shape (n_sets, n_sums); NaN where nothing can be said.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(statistic(told.sum(axis=0)[None, :])[0])
            return _between(value, statistic(self._times @ told))

    def percentiles(self, told: Sequence[Floats], percents: Sequence[float]) -> list[Interval]:
        """The intervals of percentiles over what all recordings tell, the bounds to 2 ms."""
        everything = np.concatenate([*told, np.array([])])
        if not len(everything):
            return [Interval(None) for _ in percents]
        bins = np.arange(LATENCY_MS[0], LATENCY_MS[1] + LATENCY_BIN_MS, LATENCY_BIN_MS)
        counts = np.array([np.histogram(np.clip(each, *LATENCY_MS), bins)[0] for each in told], np.float32)
        drawn = np.cumsum(self._times.astype(np.float32) @ counts, axis=1)
        found = []
        for percent in percents:
            wanted = np.maximum(drawn[:, -1:] * percent / 100, 0.5)
            places = np.argmax(drawn >= wanted, axis=1)
            sets = np.where(drawn[:, -1] > 0, bins[places] + LATENCY_BIN_MS / 2, np.nan)
            found.append(_between(float(np.percentile(everything, percent)), sets))
        return found


def _between(value: float, sets: Floats) -> Interval:
    sets = sets[np.isfinite(sets)]
    if not np.isfinite(value):
        return Interval(None)
    if not len(sets):
        return Interval(value)
    low, high = np.percentile(sets, (2.5, 97.5))
    return Interval(value, float(low), float(high))
