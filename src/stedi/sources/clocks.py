"""Clocks that count from when a device was switched on, told by all its readings in a file.

Nanoseconds since then pass for dates after 24 minutes, microseconds after 16 days: the times are of some year
since 2015, and neighbours lie hours or seconds apart. One reading cannot tell that.
"""

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

LEAST_READINGS = 20
"""Of fewer different times of a device, a file tells nothing about its clock."""
LEAST_MICROSECONDS = 200

NANOSECOND_STEPS = (8e5, 1e9)
"""Median ms between neighbours, 13 minutes to 12 days: 1 to 1,250 readings a second if they are ns."""
MICROSECOND_STEPS = (5e3, 1e6)
"""From 5 s: 1 to 200 readings a second if they are microseconds. Trainers send one every 2 to 4 s."""

_TIME_BITS = 44
"""Enough for any time that a reading may have, ms; the devices that a file tells of fit beside it."""
_NEAR = 0.25
_REGULAR_SHARE = 0.7
_DAY_MS = 86_400_000
_PER_DAY = (1, 2, 3, 4, 6, 8, 12, 24, 48, 96)
_PER_DAY_IF_NEAR = (16, 32, 36, 72)
_KEEPS_HOURS = 0.45
_MOVING_MPS2 = 0.3
_FOLLOWS = 0.5


def with_long_steps(devices: npt.NDArray[np.int64], times: Times, *, moving: bool) -> npt.NDArray[np.int64]:
    """Devices of which half the steps between times are long: only they need `is_wrong_clock`.

    Args:
        devices: The number of each reading's device.
        times: As they were read, ms.
        moving: Whether the acceleration of their readings is known.
    """
    is_enough = np.bincount(devices) >= LEAST_READINGS
    number = np.cumsum(is_enough) - 1
    asked = is_enough[devices]
    # Whose and when as one number, for one sort.
    instants = np.sort((number[devices[asked]] << _TIME_BITS) + times[asked])
    of, steps = instants[1:] >> _TIME_BITS, np.diff(instants)
    is_step = (of == instants[:-1] >> _TIME_BITS) & (steps > 0)
    is_long = is_step & (steps >= (MICROSECOND_STEPS if moving else NANOSECOND_STEPS)[0])
    count, of_long = (np.bincount(of[some], minlength=int(is_enough.sum())) for some in (is_step, is_long))
    return np.flatnonzero(is_enough)[(2 * of_long >= count) & (count >= LEAST_READINGS - 1)]


def is_wrong_clock(times: Times, magnitudes: Reals | None = None) -> bool:
    """Whether the times of a device, taken for ms, are counts of a finer clock.

    Nanoseconds are told by steps of hours that are as regular as a sensor's and keep no hours of the day, as
    one reading a day, or every three hours, would. Microseconds are told by steps of 5 s and more between
    which the size of a moving phone's acceleration still follows from the one before, as it does for a tenth
    of a second.

    Args:
        times: As they were read, ms, in any order, shape (n,).
        magnitudes: The size of the acceleration, shape (n,), where that is measured.
    """
    moments, first = np.unique(times, return_index=True)
    if len(moments) < LEAST_READINGS:
        return False
    steps = np.diff(moments)
    step = float(np.median(steps))
    regular = np.abs(steps - step) <= _NEAR * step
    if regular.mean() < _REGULAR_SHARE:
        return False
    if NANOSECOND_STEPS[0] <= step <= NANOSECOND_STEPS[1]:
        return not _keeps_hours(moments, step)
    if magnitudes is None or len(moments) < LEAST_MICROSECONDS:
        return False
    is_micro = MICROSECOND_STEPS[0] <= step <= MICROSECOND_STEPS[1]
    return is_micro and _follows(magnitudes[first], regular)


def _keeps_hours(moments: Times, step: float) -> bool:
    """Whether readings stand at the same hours of the day, or at parts of hours as a schedule has them."""
    near = [times for times in _PER_DAY_IF_NEAR if abs(step * times / _DAY_MS - 1) < _NEAR]
    turns = np.outer((*_PER_DAY, *near), (moments % _DAY_MS) / _DAY_MS)
    return bool(np.abs(np.exp(2j * np.pi * turns).mean(axis=1)).max() > _KEEPS_HOURS)


def _follows(magnitudes: Reals, regular: npt.NDArray[np.bool_]) -> bool:
    """Whether the acceleration of a moving phone follows from one reading to the next."""
    before, after = magnitudes[:-1][regular], magnitudes[1:][regular]
    if min(before.std(), after.std()) < _MOVING_MPS2:
        return False
    return bool(np.corrcoef(before, after)[0, 1] > _FOLLOWS)
