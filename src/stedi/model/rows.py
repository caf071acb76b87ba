"""Rows to learn from: features of moments, many walks in step, by the code that the detector runs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stedi.gait.features import NAMES
from stedi.gait.labels import Labels
from stedi.gait.lanes import Lanes
from stedi.gait.resampling import BIN_MS, Resampler
from stedi.gait.sessions import Floats, Session

SPREAD_MS = 40.0
"""Standard deviation of the bell around each step; the labels of a 10 Hz sensor are no sharper."""

MOST_BINS = 10_000
"""Of a stretch: a longer walk is cut, so that memory is bounded."""

_NEAR_MS = 1500.0
_WARM_UP_BINS = 20
_STILL_SHARE = 0.4


@dataclass(frozen=True)
class SignalPiece:
    """Bins of 20 ms without a gap: ends on the session's clock, shape (n,), and means, shape (n, 3)."""

    ends_ms: Floats
    bins: Floats


@dataclass(frozen=True)
class Rows:
    """Moments of one stretch that were drawn.

    Attributes:
        features: One row a moment, float32, shape (n, n_features).
        ends_ms: When, on the session's clock, shape (n,).
        level: Level of the signal in m/s2, shape (n,).
    """

    features: NDArray[np.float32]
    ends_ms: Floats
    level: Floats


def digest(session: Session) -> bytes:
    """Of the readings alone, so that neither names nor order decide what is drawn for a session."""
    told = hashlib.sha256()
    for array in (session.elapsed_ms, session.acceleration, session.distance_ms, session.distance_mm):
        told.update(np.ascontiguousarray(array).tobytes())
    return told.digest()


def stretches(session: Session) -> list[SignalPiece]:
    """A session's bins, cut where the detector begins anew and after `MOST_BINS`."""
    resampler = Resampler()
    ends: list[float] = []
    means: list[tuple[float, float, float]] = []
    times = session.elapsed_ms.astype(np.float64).tolist()
    for t, (x, y, z) in zip(times, session.acceleration.tolist(), strict=True):
        bins = resampler.add(t, x, y, z)
        if bins:
            means += bins
            last = len(bins) - 1
            ends += [resampler.end_ms - BIN_MS * (last - i) for i in range(last + 1)]
    at, signal = np.array(ends), np.array(means).reshape(-1, 3)
    gaps = np.flatnonzero(np.diff(at) > 1.5 * BIN_MS) + 1
    cuts = sorted({0, len(at), *gaps.tolist()})
    pieces = (range(begin, end, MOST_BINS) for begin, end in zip(cuts, cuts[1:], strict=False))
    bounds = [*(begin for piece in pieces for begin in piece), len(at)]
    return [
        SignalPiece(at[begin:end], signal[begin:end]) for begin, end in zip(bounds, bounds[1:], strict=False)
    ]


def rows_in_step(walks: Sequence[SignalPiece], drawn: Sequence[NDArray[np.bool_]]) -> list[Rows]:
    """Features of the moments drawn from each stretch, all followed at once.

    Args:
        walks: The stretches.
        drawn: For each, which of its moments are wanted, shape (n,).
    """
    lanes, length = len(walks), max(len(walk.bins) for walk in walks)
    signal = np.zeros((length, lanes, 3))
    wanted = np.zeros((length, lanes), dtype=np.bool_)
    for lane, (walk, some) in enumerate(zip(walks, drawn, strict=True)):
        signal[: len(walk.bins), lane] = walk.bins
        wanted[: len(some), lane] = some
    first = np.cumsum([0, *wanted.sum(axis=0)])
    place = first[:-1] + np.cumsum(wanted, axis=0) - 1
    rows = np.empty((first[-1], len(NAMES)), dtype=np.float32)
    level = np.empty(first[-1])
    followed, every = Lanes(lanes), np.arange(lanes)
    for moment in range(length):
        found, levels = followed.add(every, signal[moment])
        told = np.flatnonzero(wanted[moment])
        if len(told):
            at = place[moment, told]
            rows[at] = found[told]
            level[at] = levels[told]
    return [
        Rows(rows[begin:end], walk.ends_ms[some], level[begin:end])
        for walk, some, begin, end in zip(walks, drawn, first, first[1:], strict=False)
    ]


def nearness(ends_ms: Floats, steps_ms: Floats, look_ahead_ms: float) -> NDArray[np.float32]:
    """How near each moment is to `look_ahead_ms` after a step: 1 at it, falling as a bell to 0."""
    if not len(steps_ms):
        return np.zeros(len(ends_ms), dtype=np.float32)
    away = _to_nearest(ends_ms - look_ahead_ms, steps_ms)
    return np.exp(-0.5 * (away / SPREAD_MS) ** 2).astype(np.float32)


def is_known(rows: Rows, labels: Labels, look_ahead_ms: float) -> NDArray[np.bool_]:
    """Which moments the labels say something about.

    Far from every step nobody may be walking, or a sensor may have missed all: only where the signal is
    much weaker than near steps it is taken for no walking.
    """
    moment = rows.ends_ms - look_ahead_ms
    known = np.ones(len(moment), dtype=np.bool_)
    for begin, end in labels.masked:
        known &= (moment < begin) | (moment >= end)
    if len(labels.steps_ms):
        near = _to_nearest(moment, labels.steps_ms) < _NEAR_MS
        usual = float(np.median(rows.level[near])) if near.any() else np.inf
        known &= near | (rows.level < _STILL_SHARE * usual)
    return known


def draw(count: int, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Moments of a stretch to learn from; none of its first, before the features have settled."""
    drawn: NDArray[np.bool_] = rng.random(count) < share
    drawn[:_WARM_UP_BINS] = False
    return drawn


def _to_nearest(moment: Floats, steps_ms: Floats) -> Floats:
    after = np.clip(np.searchsorted(steps_ms, moment), 0, len(steps_ms) - 1)
    before = np.maximum(after - 1, 0)
    nearest: Floats = np.minimum(np.abs(moment - steps_ms[after]), np.abs(moment - steps_ms[before]))
    return nearest
