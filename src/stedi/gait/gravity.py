"""In which unit a phone's acceleration is, told by the gravity in it.

The rule and its bounds are ours: at rest a phone shows 9.81 m/s2, or 1 g, or nothing where gravity was taken
out; the bounds leave room for sensors that are off by a quarter.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW = 128
"""Readings whose mean is taken: over so many, walking cancels out and gravity stays."""
LEAST_READINGS = 32

_G = (0.75, 1.25)
_G_MAGNITUDE = (0.6, 1.6)
_NO_GRAVITY = 0.7
_WEAK = 4.0
_WHOLE_SHARE = 0.5


class Unit(StrEnum):
    """What the axes of a phone are in."""

    PLAUSIBLE = "m/s2, or nothing speaks against it"
    G = "acceleration in g, not m/s2"
    NO_GRAVITY = "acceleration without gravity"
    WHOLE_NUMBERS = "acceleration in whole numbers, of no known unit"


def window_means(acceleration: Floats) -> tuple[Floats, Floats]:
    """Of each `WINDOW` readings: the size of their mean, and their median size.

    Args:
        acceleration: x, y, z in the order of time, shape (n, 3); of more than a window, a rest is left out.
    """
    width = min(WINDOW, len(acceleration))
    windows = acceleration[: len(acceleration) // width * width].reshape(-1, width, 3)
    sizes = np.linalg.norm(windows, axis=2)
    return np.linalg.norm(windows.mean(axis=1), axis=1), np.median(sizes, axis=1)


def unit_of_windows(levels: Floats, sizes: Floats) -> Unit:
    """The unit, from what `window_means` gives for one phone, of one window at least."""
    level, size = float(np.median(levels)), float(np.median(sizes))
    if _G[0] <= level <= _G[1] and _G_MAGNITUDE[0] <= size <= _G_MAGNITUDE[1]:
        return Unit.G
    return Unit.NO_GRAVITY if level < _NO_GRAVITY and size < _WEAK else Unit.PLAUSIBLE


def unit_of(acceleration: Floats) -> Unit:
    """The unit of one phone's readings, in the order of time, shape (n, 3); fewer than 32 tell nothing.

    The starter data has only -1, 0 and 1 on each axis, in which no gravity stands: it is told apart.
    """
    if len(acceleration) < LEAST_READINGS:
        return Unit.PLAUSIBLE
    if whole_numbers(acceleration).mean() > _WHOLE_SHARE:
        small = float(np.median(np.linalg.norm(acceleration, axis=1))) < _WEAK
        return Unit.WHOLE_NUMBERS if small else Unit.PLAUSIBLE
    return unit_of_windows(*window_means(acceleration))


def whole_numbers(acceleration: Floats) -> NDArray[np.bool_]:
    """Which readings have whole numbers on all axes."""
    whole: NDArray[np.bool_] = (acceleration == np.rint(acceleration)).all(axis=1)
    return whole
