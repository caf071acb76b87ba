"""Which detected step is which true one."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Interval = tuple[float, float]
"""Half open, [from, until), ms."""

LAGS_MS: tuple[float, ...] = tuple(sorted((float(lag) for lag in range(-200, 201, 5)), key=abs))
"""Lags that are tried, the smallest first, so that of two equally good ones the smaller is taken.

None is as long as half a step of a quick walk, or a step would be taken for its neighbour.
"""


def matched(
    found_ms: Times, true_ms: Times, tolerance_ms: float, lag_ms: float = 0.0
) -> tuple[Places, Places]:
    """Pair detected with true steps, one to one, as many as there can be.

    A pair is no further apart than the tolerance, once the lag is taken off the detected one. Both
    sorted, giving each true step the first detected one that is left loses no pair: any that is
    later could be paired with all that the first could, of those still to come.

    Args:
        found_ms: Detected steps, ascending, shape (n_found,).
        true_ms: True steps, ascending, shape (n_true,).
        tolerance_ms: How far apart, the bound included.
        lag_ms: How much later detected steps are told.

    Returns:
        The places of the pairs in both, ascending, of the same shape.
    """
    found, true = (found_ms - lag_ms).tolist(), true_ms.tolist()
    pairs: list[tuple[int, int]] = []
    at = 0
    for place, moment in enumerate(true):
        while at < len(found) and found[at] < moment - tolerance_ms:
            at += 1
        if at == len(found):
            break
        if found[at] <= moment + tolerance_ms:
            pairs.append((at, place))
            at += 1
    both = np.array(pairs, np.intp).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def outside(times_ms: Times, stretches: Iterable[Interval]) -> npt.NDArray[np.bool_]:
    """Which times lie in none of some stretches, half open, in any order."""
    free = np.ones(len(times_ms), np.bool_)
    for begins, ends in stretches:
        free &= (times_ms < begins) | (times_ms >= ends)
    return free


def best_lag_ms(pairs: Sequence[tuple[Times, Times]], tolerance_ms: float) -> float:
    """The one lag under which the most steps of some recordings are paired, the smallest of equals.

    Args:
        pairs: Detected and true steps of each recording, ascending.
        tolerance_ms: As in `matched`.
    """

    def paired(lag_ms: float) -> int:
        return sum(len(matched(found, true, tolerance_ms, lag_ms)[0]) for found, true in pairs)

    return max(LAGS_MS, key=paired)


def still_stretches(
    true_ms: Times, begins_ms: float, ends_ms: float, masked: Sequence[Interval], margin_ms: float
) -> list[Interval]:
    """Where nobody walks: further than a margin from every true step, and not masked.

    Args:
        true_ms: True steps, ascending, masked ones too.
        begins_ms: First moment of the recording.
        ends_ms: Its last.
        masked: Stretches of which nothing is known.
        margin_ms: How far a step reaches; the ends of the recording reach nowhere.
    """
    edges = [
        begins_ms,
        *(t for step in true_ms.tolist() for t in (step - margin_ms, step + margin_ms)),
        ends_ms,
    ]
    found = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    for begins, ends in masked:
        found = [
            (max(a, low), min(b, high))
            for a, b in found
            for low, high in ((-np.inf, begins), (ends, np.inf))
            if max(a, low) < min(b, high)
        ]
    return found
