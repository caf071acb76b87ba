"""Steps as they happen, from many phones on one core."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stedi.detector.decoding import Decoder
from stedi.detector.model import FAST, Model
from stedi.detector.online import Step
from stedi.gait.features import NAMES, Features
from stedi.gait.resampling import BIN_MS, Resampler

BATCH = 512
"""Moments that are scored in one run."""

Reading = tuple[Hashable, float, float, float, float]
"""Which phone, time in ms, acceleration x, y, z in m/s2."""


class _Phone:
    __slots__ = ("name", "resampler", "signal", "decoder")

    def __init__(self, name: Hashable, decoder: Decoder) -> None:
        self.name = name
        self.resampler, self.signal, self.decoder = Resampler(), Features(), decoder


class Fleet:
    """Many phones, each with the steps that a `Detector` of its own would tell, exactly.

    Every phone keeps its own signal; what they all have ready is scored in one run. Time and memory are
    constant a reading and a phone.
    """

    def __init__(self, model: Model, operating_point: str = FAST) -> None:
        """Begin with no phone; each joins with its first reading."""
        self._point = model.operating_point(operating_point)
        self._session: Any = model.session()
        self._phones: dict[Hashable, _Phone] = {}
        self._rows: NDArray[np.float32] = np.zeros((BATCH, len(NAMES)), dtype=np.float32)
        self._waiting: list[tuple[_Phone, float, float, int]] = []
        self._count = 0

    def detect(self, readings: Iterable[Reading]) -> list[tuple[Hashable, Step]]:
        """Take readings of any phones, each phone's in order of time; return the steps they completed."""
        steps: list[tuple[Hashable, Step]] = []
        phones = self._phones
        for name, t, x, y, z in readings:
            phone = phones.get(name)
            if phone is None:
                phone = phones[name] = _Phone(name, Decoder(self._point))
            bins = phone.resampler.add(t, x, y, z)
            if bins:
                at = phone.resampler.end_ms - BIN_MS * (len(bins) - 1)
                for ax, ay, az in bins:
                    phone.signal.add(ax, ay, az)
                    self._wait(phone, at, t, steps)
                    at += BIN_MS
            elif phone.resampler.restarted:
                self._score(steps)
                steps += [(name, Step(moment, t)) for moment in phone.decoder.end()]
                phone.signal.clear()
                phone.decoder.clear()
                phone.resampler.restarted = False
        self._score(steps)
        return steps

    def leave(self, name: Hashable) -> list[Step]:
        """A phone's input has ended: forget it; return the steps that still waited for what follows."""
        phone = self._phones.pop(name, None)
        if phone is None:
            return []
        return [Step(moment, phone.resampler.last_ms) for moment in phone.decoder.end()]

    def _wait(self, phone: _Phone, at: float, t: float, steps: list[tuple[Hashable, Step]]) -> None:
        row = -1
        if phone.signal.level > self._point.still_mps2:
            row = self._count
            self._rows[row] = phone.signal.row
            self._count += 1
        self._waiting.append((phone, at, t, row))
        if self._count == BATCH:
            self._score(steps)

    def _score(self, steps: list[tuple[Hashable, Step]]) -> None:
        scores: list[float] = []
        if self._count:
            (told,) = self._session.run(None, {"features": self._rows[: self._count]})
            scores = told[:, 0].tolist()
        for phone, at, t, row in self._waiting:
            for moment in phone.decoder.add(at, scores[row] if row >= 0 else 0.0):
                steps.append((phone.name, Step(moment, t)))
        self._waiting.clear()
        self._count = 0
