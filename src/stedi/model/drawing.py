"""What is learnt from: rows drawn from sessions, from changed copies of them, and from handled phones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stedi.gait.labels import Labels, label, lag_ms
from stedi.gait.resampling import BIN_MS
from stedi.gait.sessions import Floats, Session
from stedi.model import augmentation
from stedi.model.augmentation import UNCHANGED, Change
from stedi.model.rows import SignalPiece, digest, draw, is_known, nearness, rows_in_step, stretches
from stedi.model.survey import refusal

LANES = 48
"""Stretches that are followed at once."""

HANDLED_BINS, MOST_HANDLED, HANDLED_SHARE = 3000, 20, 0.04
"""Of a stretch of handling; of such stretches; of all that is learnt from, as long as there are fewer."""
_NOTHING = Labels(np.zeros(0), (), 0.0, None)


@dataclass(frozen=True)
class Block:
    """Rows of one stretch, with how near each is to a step.

    Attributes:
        key: By which blocks are ordered: what it was drawn from, not whose or when.
        features: Float32, shape (n, n_features).
        nearness: Float32, shape (n,).
    """

    key: tuple[bytes, int, int]
    features: NDArray[np.float32]
    nearness: NDArray[np.float32]


@dataclass(frozen=True)
class _Lane:
    key: tuple[bytes, int, int]
    labels: Labels
    stretch: SignalPiece
    drawn: NDArray[np.bool_]


def blocks(
    sessions: Iterable[Session],
    look_ahead_ms: float,
    *,
    share: float,
    copies: int,
    seed: int,
    done: Callable[[float], None],
) -> Iterator[Block]:
    """Rows from every session that can show steps, and from phones that are handled.

    Args:
        sessions: One is held at a time, and `LANES` stretches of them.
        look_ahead_ms: How long after a step the score peaks.
        share: Of the moments, how many are drawn.
        copies: Changed copies of each session, beside itself.
        seed: Of all that is drawn; for a session together with its readings.
        done: Called after each session with the lag of its labels in ms.
    """
    held: list[_Lane] = []
    count = 0
    for session in sessions:
        if refusal(session) is None:
            labels, walks = label(session.distance_ms, session.distance_mm), stretches(session)
            for lane in _lanes(digest(session), labels, walks, share, copies, seed):
                held.append(lane)
                count += len(lane.drawn)
                if len(held) == LANES:
                    yield from _followed(held, look_ahead_ms)
                    held = []
            done(_lag_ms(labels, walks))
    held += _handled(min(MOST_HANDLED, 1 + int(count * HANDLED_SHARE / HANDLED_BINS)), share, seed)
    yield from _followed(held, look_ahead_ms)


def _lanes(
    key: bytes, labels: Labels, walks: Sequence[SignalPiece], share: float, copies: int, seed: int
) -> Iterator[_Lane]:
    rng = np.random.default_rng([seed, *key])
    for number, stretch in enumerate(walks):
        for copy in range(copies + 1):
            change = augmentation.drawn(rng) if copy else UNCHANGED
            walk = _changed(stretch, change, rng)
            if len(walk.bins):
                yield _Lane((key, number, copy), labels, walk, draw(len(walk.bins), share, rng))


def _lag_ms(labels: Labels, walks: Sequence[SignalPiece]) -> float:
    longest = max(walks, key=lambda stretch: len(stretch.bins), default=None)
    return float("nan") if longest is None else lag_ms(labels.steps_ms, longest.ends_ms, longest.bins)


def _changed(stretch: SignalPiece, change: Change, rng: np.random.Generator) -> SignalPiece:
    """A stretch as it would have been; its ends stay on the session's clock, so that labels fit."""
    if change == UNCHANGED:
        return stretch
    bins = augmentation.changed(stretch.bins, change, rng)
    passed: Floats = np.arange(1.0, len(bins) + 1.0) * (BIN_MS / change.pace)
    return SignalPiece(stretch.ends_ms[0] - BIN_MS + passed, bins)


def _handled(stretches_of_it: int, share: float, seed: int) -> Iterator[_Lane]:
    rng = np.random.default_rng(seed)
    ends: Floats = np.arange(1.0, HANDLED_BINS + 1.0) * BIN_MS
    for number in range(stretches_of_it):
        bins = augmentation.handled(HANDLED_BINS, rng)
        drawn = draw(HANDLED_BINS, share, rng)
        yield _Lane((b"", number, 0), _NOTHING, SignalPiece(ends, bins), drawn)


def _followed(lanes: Sequence[_Lane], look_ahead_ms: float) -> Iterator[Block]:
    if not lanes:
        return
    followed = rows_in_step([lane.stretch for lane in lanes], [lane.drawn for lane in lanes])
    for lane, rows in zip(lanes, followed, strict=True):
        known = is_known(rows, lane.labels, look_ahead_ms)
        near = nearness(rows.ends_ms[known], lane.labels.steps_ms, look_ahead_ms)
        yield Block(lane.key, rows.features[known], near)
