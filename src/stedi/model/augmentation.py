"""Walks that nobody recorded: the same steps at another pace, held otherwise, louder, softer, blurred."""

from dataclasses import dataclass

import numpy as np

from stedi.gait.resampling import BIN_MS
from stedi.gait.sessions import Floats

SLOWEST, FASTEST = 0.72, 1.25
"""Factors on time: a person of another cadence."""

_GRAVITY_BINS, _BLUR_BINS = 75, 7


@dataclass(frozen=True)
class Change:
    """What is done to one walk.

    Attributes:
        pace: Factor on time.
        loudness: Factor on all but gravity.
        blur: From -0.5 (sharper, as a phone held tight) to 0.7 (softer, as one in a bag).
        noise_mps2: Standard deviation of added noise.
    """

    pace: float
    loudness: float
    blur: float
    noise_mps2: float


UNCHANGED = Change(1.0, 1.0, 0.0, 0.0)


def drawn(rng: np.random.Generator) -> Change:
    """Draw a change."""
    return Change(
        pace=_log_uniform(rng, SLOWEST, FASTEST),
        loudness=_log_uniform(rng, 0.35, 2.2),
        blur=rng.uniform(-0.5, 0.7),
        noise_mps2=rng.uniform(0.0, 0.3),
    )


def changed(bins: Floats, change: Change, rng: np.random.Generator) -> Floats:
    """A walk as it would have been.

    Args:
        bins: Acceleration in bins of 20 ms, m/s2, shape (n, 3).
        change: What to do.
        rng: For the noise.

    Returns:
        The same, of `pace` times as many bins.
    """
    if change == UNCHANGED:
        return bins
    bins = _paced(bins, change.pace)
    gravity = _mean_around(bins, _GRAVITY_BINS)
    moving = bins - gravity
    moving = (1.0 - change.blur) * moving + change.blur * _mean_around(moving, _BLUR_BINS)
    moving *= change.loudness
    result: Floats = gravity + moving + rng.normal(0.0, 1.0, bins.shape) * change.noise_mps2
    return result


def handled(count: int, rng: np.random.Generator) -> Floats:
    """A phone that is taken up, turned, tapped and laid down while nobody walks.

    Turning is a smooth wander of gravity's direction; on it come moves and taps without a rhythm.

    Args:
        count: Number of bins.
        rng: Draws all of it.

    Returns:
        Acceleration in bins of 20 ms, m/s2, shape (count, 3).
    """
    wander = _mean_around(np.cumsum(rng.normal(0.0, 1.0, (count, 3)), axis=0), 25)
    direction = wander * rng.uniform(0.01, 0.12) + _direction(rng) * 2.0
    gravity = 9.81 * direction / np.linalg.norm(direction, axis=1, keepdims=True)
    moves = np.zeros((count, 3))
    seconds = count * BIN_MS / 1000.0
    for _ in range(rng.poisson(seconds * rng.uniform(0.3, 2.0))):
        length = int(rng.integers(4, 60))
        begin = int(rng.integers(0, max(1, count - length)))
        shape = np.sin(np.linspace(0.0, np.pi * rng.integers(1, 4), length)) * np.hanning(length)
        moves[begin : begin + length] += (
            shape[: count - begin, None] * _direction(rng) * _log_uniform(rng, 0.3, 9.0)
        )
    active = np.clip(_mean_around(rng.normal(0.0, 1.0, (count, 1)), 100) * 12.0 + 0.7, 0.0, 1.0)
    result: Floats = gravity + moves * active + rng.normal(0.0, rng.uniform(0.01, 0.15), (count, 3))
    return result


def _paced(bins: Floats, pace: float) -> Floats:
    """Means over the bins of a walk that takes `pace` times as long."""
    until = np.concatenate([np.zeros((1, 3)), np.cumsum(bins, axis=0)])
    edges = np.arange(int(len(bins) * pace) + 1) / pace
    whole = np.arange(len(until))
    paced: Floats = np.diff([np.interp(edges, whole, axis) for axis in until.T], axis=1).T * pace
    return paced


def _log_uniform(rng: np.random.Generator, least: float, greatest: float) -> float:
    return float(np.exp(rng.uniform(np.log(least), np.log(greatest))))


def _direction(rng: np.random.Generator) -> Floats:
    drawn_direction = rng.normal(0.0, 1.0, 3)
    unit: Floats = drawn_direction / np.linalg.norm(drawn_direction)
    return unit


def _mean_around(signal: Floats, width: int) -> Floats:
    """Means over windows centred on each bin, cut at the ends."""
    total = np.concatenate([np.zeros((1, signal.shape[1])), np.cumsum(signal, axis=0)])
    at = np.arange(len(signal))
    begin = np.maximum(at - width // 2, 0)
    end = np.minimum(at + width // 2 + 1, len(signal))
    mean: Floats = (total[end] - total[begin]) / (end - begin)[:, None]
    return mean
