"""From scores to steps: peaks, judged by when the next step is due, told once somebody walks."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_NONE: tuple[float, ...] = ()
_USUAL_MS = 540.0
_LEAST_MS, _GREATEST_MS = 250.0, 1300.0
_LEAST_RISE = 0.1
_MOST_WAITING = 8
_STATE = struct.Struct("<26d")


@dataclass(frozen=True)
class OperatingPoint:
    """How scores become steps; kept with the model.

    Attributes:
        look_ahead_ms: How long after a step its score peaks.
        threshold: Score above which a peak may be a step.
        fall: A peak is over when the score falls below this share of it; the sooner, the sooner it is told.
        early: Share of the usual step time before which a higher score is asked.
        early_slope: By how much higher, for each step time that it is early.
        refractory: Share of the usual step time within which no other step is told.
        pause_ms: After it, walking begins anew.
        confirmed_by: With how many steps walking begins at least; all are told when the last arrives.
        evidence: What their peaks sum to at least: clear steps begin a walk sooner than doubtful ones.
        irregular: Greatest ratio of two successive intervals while walking begins.
        still_mps2: Below this level of the signal nobody walks.
        lag_ms: Added to the moment of each step.
    """

    look_ahead_ms: float = 30.0
    threshold: float = 0.26
    fall: float = 0.7
    early: float = 0.8
    early_slope: float = 0.5
    refractory: float = 0.45
    pause_ms: float = 2200.0
    confirmed_by: int = 3
    evidence: float = 2.2
    irregular: float = 2.2
    still_mps2: float = 0.25
    lag_ms: float = 0.0


class Decoder:
    """Find steps in one score every 20 ms; constant time and memory a score."""

    __slots__ = (
        "_point", "_rising", "_peak", "_low", "_weight", "_moment", "_begun_at", "_last", "_usual", "_told",
        "_waiting", "_peaks",
    )  # fmt: skip

    def __init__(self, point: OperatingPoint) -> None:
        self._point = point
        self.clear()

    def clear(self) -> None:
        """Forget everything, as after a long gap."""
        self._rising = False
        self._peak = self._low = self._weight = self._moment = self._begun_at = 0.0
        self._last = -1e15
        self._usual = _USUAL_MS
        self._told = False
        self._waiting: list[float] = []
        self._peaks: list[float] = []

    def add(self, at_ms: float, score: float) -> Sequence[float]:
        """Take the score at a moment; return moments of the steps that are now certain."""
        if not self._rising and (score < self._low or score < _LEAST_RISE):
            self._low = min(score, self._low)
            self._weight = 0.0
            return _NONE
        # The centre of a peak is told better by its whole rise than by its one highest score.
        if self._weight == 0.0:
            self._begun_at, self._moment = at_ms, 0.0
        square = score * score
        self._weight += square
        self._moment += square * (at_ms - self._begun_at)
        if self._rising:
            if score > self._peak:
                self._peak = score
            elif score < self._point.fall * self._peak:
                self._rising = False
                self._low = score
                return self._completed()
            return _NONE
        point = self._point
        if score > point.threshold and score > self._low + _LEAST_RISE:
            early = point.early - (at_ms - point.look_ahead_ms - self._last) / self._usual
            if early <= 0.0 or score > point.threshold + point.early_slope * early:
                self._rising = True
                self._peak = score
        return _NONE

    def end(self) -> Sequence[float]:
        """Nothing follows: the steps that still waited for the score to fall."""
        if not self._rising:
            return _NONE
        self._rising = False
        return self._completed()

    def _completed(self) -> Sequence[float]:
        point = self._point
        # Whole milliseconds: the last bits of a score depend on how the phone is held.
        step = float(round(self._begun_at + self._moment / self._weight - point.look_ahead_ms + point.lag_ms))
        self._weight = 0.0
        passed = step - self._last
        if passed < max(200.0, point.refractory * self._usual):
            return _NONE
        if passed > point.pause_ms:
            self._told = False
            self._waiting, self._peaks = [], []
        elif _LEAST_MS < passed < _GREATEST_MS:
            self._usual += 0.1 * (passed - self._usual)
        self._last = step
        if self._told:
            return (step,)
        self._waiting.append(step)
        self._peaks.append(self._peak)
        if len(self._waiting) < point.confirmed_by:
            return _NONE
        if self._is_regular() and sum(self._peaks) >= point.evidence:
            self._told = True
            begun, self._waiting, self._peaks = self._waiting, [], []
            return begun
        if len(self._waiting) == _MOST_WAITING or not self._is_regular():
            del self._waiting[0], self._peaks[0]
        return _NONE

    def _is_regular(self) -> bool:
        waiting = self._waiting
        intervals = [later - earlier for earlier, later in zip(waiting, waiting[1:], strict=False)]
        return max(intervals) <= self._point.irregular * min(intervals)

    def state(self) -> bytes:
        """All it remembers, of constant size."""
        room = [0.0] * (_MOST_WAITING - len(self._waiting))
        return _STATE.pack(
            self._rising, self._peak, self._low, self._weight, self._moment, self._begun_at, self._last,
            self._usual, self._told, len(self._waiting), *self._waiting, *room, *self._peaks, *room,
        )  # fmt: skip

    def restore(self, state: bytes) -> None:
        """Go on from a state."""
        values = _STATE.unpack(state)
        rising, self._peak, self._low, self._weight, self._moment, self._begun_at = values[:6]
        self._last, self._usual, told, count, *waiting = values[6:]
        self._rising, self._told = bool(rising), bool(told)
        self._waiting = list(waiting[: int(count)])
        self._peaks = list(waiting[_MOST_WAITING : _MOST_WAITING + int(count)])


STATE_BYTES = _STATE.size
