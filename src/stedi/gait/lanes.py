"""Features of many phones at once, each as if it were alone."""

import numpy as np
from numpy.typing import NDArray

from stedi.gait import features
from stedi.gait.features import KEPT, N_MEANS, N_PERIODS, NAMES, NOW, ROOM, SIGNALS, TAKEN, TOTAL, VERTICAL

Floats = NDArray[np.float64]


class Lanes:
    """Many phones, a lane each, of which any take their next bin together; bit for bit as by `Features`.

    Numpy serves a thousand phones in a call, where `Features` makes one for each.
    """

    def __init__(self, count: int = 0) -> None:
        self._offsets = features.offsets()
        self._count = 0
        self._bins = self._at = np.zeros(0, dtype=np.intp)
        self._means = np.zeros((N_MEANS, 0))
        self._past = np.zeros((0, ROOM, SIGNALS), dtype=np.float32)
        self._periods = np.zeros((0, N_PERIODS), dtype=np.float32)
        self.grow(count)

    def __len__(self) -> int:
        return self._count

    def grow(self, count: int) -> None:
        """Have room for that many lanes; those that are new remember nothing."""
        new = count - self._count
        self._bins = np.concatenate([self._bins, np.zeros(new, dtype=np.intp)])
        self._at = np.concatenate([self._at, np.full(new, KEPT - 1, dtype=np.intp)])
        self._means = np.concatenate([self._means, np.zeros((N_MEANS, new))], axis=1)
        self._past = np.concatenate([self._past, np.zeros((new, ROOM, SIGNALS), dtype=np.float32)])
        self._periods = np.concatenate([self._periods, np.zeros((new, N_PERIODS), dtype=np.float32)])
        self._count = count

    def clear(self, lane: int) -> None:
        """Forget everything of a lane, as after a long gap."""
        self._bins[lane] = 0
        self._at[lane] = KEPT - 1
        self._means[:, lane] = 0.0
        self._past[lane, :KEPT] = 0.0
        self._periods[lane] = 0.0

    def add(self, lanes: NDArray[np.intp], bins: Floats) -> tuple[NDArray[np.float32], Floats]:
        """Take the next bin of some lanes.

        Args:
            lanes: Which, each once, shape (n,).
            bins: Mean acceleration in m/s2, shape (n, 3).

        Returns:
            Their rows, shape (n, n_features), and the levels of their signals in m/s2, shape (n,).
        """
        self._bins[lanes] = number = self._bins[lanes] + 1
        x, y, z = bins.T.copy()
        means, signals, scales, shape = features.moment(
            tuple(self._means[:, lanes]), np.maximum(1.0 / number, features.GRAVITY), x, y, z, np.sqrt
        )
        self._means[:, lanes] = means
        self._at[lanes] = at = self._room(lanes)
        self._past[lanes, at] = np.stack(signals, axis=1)

        rows = np.empty((len(lanes), len(NAMES)), dtype=np.float32)
        first = (lanes * ROOM + at + 1 - KEPT) * SIGNALS
        rows[:, :TAKEN] = self._past.reshape(-1).take(first[:, np.newaxis] + self._offsets)
        inverse, by_total, by_vertical, over_total, over_vertical = (
            each.astype(np.float32)[:, np.newaxis] for each in scales
        )
        rows[:, :NOW] *= inverse
        autocorrelations = rows[:, NOW:TAKEN]
        autocorrelations[:, TOTAL] *= by_total
        autocorrelations[:, VERTICAL] *= by_vertical
        periods = self._periods[lanes]
        periods *= np.float32(features.REST)
        periods += autocorrelations
        self._periods[lanes] = periods
        autocorrelations[:, TOTAL] = periods[:, TOTAL] * over_total
        autocorrelations[:, VERTICAL] = periods[:, VERTICAL] * over_vertical
        rows[:, TAKEN:] = np.stack(shape, axis=1)
        return rows, shape[0]

    def _room(self, lanes: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where the next signals of lanes are kept."""
        at: NDArray[np.intp] = self._at[lanes] + 1
        full = at == ROOM
        if full.any():
            some = lanes[full]
            self._past[some, : KEPT - 1] = self._past[some, ROOM - KEPT + 1 :]
            at[full] = KEPT - 1
        return at
