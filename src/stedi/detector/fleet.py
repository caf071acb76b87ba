"""Steps as they happen, from many phones on one core."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np

from stedi.detector.decoding import Decoder
from stedi.detector.model import FAST, Model
from stedi.detector.online import Step
from stedi.gait.lanes import Lanes
from stedi.gait.resampling import BIN_MS, Bin, Resampler

AT_ONCE = 512
"""Phones whose next bins are worked on together."""

MOST_WAITING = 8 * AT_ONCE
"""Bins that wait for others to be worked on with them."""

Reading = tuple[Hashable, float, float, float, float]
"""Which phone, time in ms, acceleration x, y, z in m/s2."""

_Waiting = tuple["_Phone", float, float, Bin]
"""A bin of a phone, its end, and the time of the reading that completed it."""


class _Phone:
    __slots__ = ("name", "lane", "resampler", "decoder", "waiting")

    def __init__(self, name: Hashable, lane: int, decoder: Decoder) -> None:
        self.name, self.lane = name, lane
        self.resampler, self.decoder = Resampler(), decoder
        self.waiting = 0


class Fleet:
    """Many phones, each with the steps that a `Detector` of its own would tell, exactly.

    What many phones have ready is worked on together: their first bins, then their second ones, and so on.
    Time is constant a reading, and memory a phone.
    """

    def __init__(self, model: Model, operating_point: str = FAST) -> None:
        """Begin with no phone; each joins with its first reading."""
        self._point = model.operating_point(operating_point)
        self._session: Any = model.session()
        self._phones: dict[Hashable, _Phone] = {}
        self._signals = Lanes()
        self._free: list[int] = []
        self._rounds: list[list[_Waiting]] = []
        self._count = 0

    def detect(self, readings: Iterable[Reading]) -> list[tuple[Hashable, Step]]:
        """Take readings of any phones, each phone's in order of time.

        Returns:
            The steps that they completed, each phone's in order.
        """
        steps: list[tuple[Hashable, Step]] = []
        phones = self._phones
        for name, t, x, y, z in readings:
            phone = phones.get(name) or self._join(name)
            bins = phone.resampler.add(t, x, y, z)
            if bins:
                self._wait(phone, bins, t)
                if self._count >= MOST_WAITING:
                    self._decide(steps)
            elif phone.resampler.restarted:
                self._decide(steps)
                steps += [(name, Step(moment, t)) for moment in phone.decoder.end()]
                self._signals.clear(phone.lane)
                phone.decoder.clear()
                phone.resampler.restarted = False
        self._decide(steps)
        return steps

    def leave(self, name: Hashable) -> list[Step]:
        """A phone's input has ended: forget it; return the steps that still waited for what follows."""
        phone = self._phones.pop(name, None)
        if phone is None:
            return []
        self._signals.clear(phone.lane)
        self._free.append(phone.lane)
        return [Step(moment, phone.resampler.last_ms) for moment in phone.decoder.end()]

    def _join(self, name: Hashable) -> _Phone:
        if not self._free:
            before = len(self._signals)
            self._signals.grow(max(16, 2 * before))
            self._free = list(range(before, len(self._signals)))
        phone = self._phones[name] = _Phone(name, self._free.pop(), Decoder(self._point))
        return phone

    def _wait(self, phone: _Phone, bins: Sequence[Bin], t: float) -> None:
        rounds, end = self._rounds, phone.resampler.end_ms
        for after, each in enumerate(bins, start=1 - len(bins)):
            if phone.waiting == len(rounds):
                rounds.append([])
            rounds[phone.waiting].append((phone, end + BIN_MS * after, t, each))
            phone.waiting += 1
        self._count += len(bins)

    def _decide(self, steps: list[tuple[Hashable, Step]]) -> None:
        """Work on all bins that wait."""
        for waiting in self._rounds:
            for begin in range(0, len(waiting), AT_ONCE):
                some = waiting[begin : begin + AT_ONCE]
                for (phone, at, t, _), score in zip(some, self._scores(some), strict=True):
                    phone.waiting = 0
                    for moment in phone.decoder.add(at, score):
                        steps.append((phone.name, Step(moment, t)))
        self._rounds.clear()
        self._count = 0

    def _scores(self, some: list[_Waiting]) -> list[float]:
        lanes = np.array([waiting[0].lane for waiting in some])
        rows, level = self._signals.add(lanes, np.array([waiting[3] for waiting in some]))
        scores = np.zeros(len(some), dtype=np.float32)
        walking = level > self._point.still_mps2
        if walking.any():
            (told,) = self._session.run(None, {"features": rows[walking]})
            scores[walking] = told[:, 0]
        found: list[float] = scores.tolist()
        return found
