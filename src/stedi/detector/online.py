"""Steps as they happen, from one phone."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stedi.detector import decoding
from stedi.detector.decoding import Decoder
from stedi.detector.model import FAST, Model
from stedi.gait import features, resampling
from stedi.gait.features import Features
from stedi.gait.resampling import BIN_MS, Bin, Resampler
from stedi.gait.sessions import Floats
from stedi.ground.errors import UsageError


class Step(NamedTuple):
    """One step, in ms on the clock of the input: when the foot met the ground, and when that was told."""

    step_ms: float
    emitted_ms: float


class Detector:
    """Report each step as it happens, in constant time and memory a sample.

    Samples come in order of time, at 20 to 400 Hz, in m/s2. A sample with a NaN or an infinite value, with
    exactly zero on all axes, or not later than the one before is skipped and never a step. After a gap of
    over a second, or when the clock was set back by as much, it begins anew.
    """

    def __init__(self, model: Model, operating_point: str = FAST) -> None:
        """Begin.

        Raises:
            UsageError: The model has no such operating point, or was trained on other features.
            DependencyError: onnxruntime is not installed.
        """
        self._model, self._name = model, operating_point
        self._point = model.operating_point(operating_point)
        self._resampler = Resampler()
        self._features = Features()
        self._decoder = Decoder(self._point)
        self._binding, self._run, self._scores = _bound(model.session(), self._features.row.reshape(1, -1))

    def detect_one(self, t_ms: float, x: float, y: float, z: float) -> list[Step]:
        """Take the next sample; return the steps that it completed, mostly none."""
        bins = self._resampler.add(t_ms, x, y, z)
        if bins:
            return self._decoded(bins, t_ms)
        if self._resampler.restarted:
            steps = [Step(moment, t_ms) for moment in self._decoder.end()]
            self._features.clear()
            self._decoder.clear()
            self._resampler.restarted = False
            return steps
        return []

    def detect_many(self, t_ms: Floats, acceleration: Floats) -> list[Step]:
        """Take samples in order, shapes (n,) and (n, 3); the same steps as one by one, exactly."""
        steps: list[Step] = []
        times = np.asarray(t_ms, np.float64).tolist()
        for t, (x, y, z) in zip(times, np.asarray(acceleration, np.float64).tolist(), strict=True):
            steps += self.detect_one(t, x, y, z)
        return steps

    def flush(self) -> list[Step]:
        """The input has ended: return the steps that still waited for what follows."""
        end = self._resampler.last_ms
        return [Step(moment, end) for moment in self._decoder.end()]

    def _decoded(self, bins: tuple[Bin, ...] | list[Bin], t_ms: float) -> list[Step]:
        signal, decoder, end = self._features, self._decoder, self._resampler.end_ms
        add, still = signal.add, self._point.still_mps2
        steps: list[Step] = []
        for after, (x, y, z) in enumerate(bins, start=1 - len(bins)):
            add(x, y, z)
            score = 0.0
            if signal.level > still:
                self._run(self._binding)
                score = self._scores.item()
            for moment in decoder.add(end + BIN_MS * after, score):
                steps.append(Step(moment, t_ms))
        return steps

    def state(self) -> bytes:
        """All it remembers, for `restore`; of constant size."""
        head = bytes.fromhex(self._model.sha256) + self._name.encode().ljust(16, b"\0")
        return head + self._resampler.state() + self._decoder.state() + self._features.state()

    @classmethod
    def restore(cls, model: Model, state: bytes) -> "Detector":
        """Go on where a detector with the same model was; no step differs.

        Raises:
            UsageError: The state is of another model, or is none.
        """
        parts = _parts(state)
        if parts is None or parts[0].hex() != model.sha256:
            raise UsageError(
                "The detector was not restored: the state is none of this model.\n"
                "Restore it with the model that it was saved with, or begin anew."
            )
        detector = cls(model, parts[1].rstrip(b"\0").decode())
        detector._resampler.restore(parts[2])
        detector._decoder.restore(parts[3])
        detector._features.restore(parts[4])
        return detector


def _parts(state: bytes) -> list[bytes] | None:
    sizes = (32, 16, resampling.STATE_BYTES, decoding.STATE_BYTES, features.STATE_BYTES)
    if len(state) != sum(sizes):
        return None
    bounds = np.cumsum((0, *sizes)).tolist()
    return [state[begin:end] for begin, end in zip(bounds, bounds[1:], strict=False)]


def _bound(session: Any, row: NDArray[np.float32]) -> tuple[Any, Any, NDArray[np.float32]]:
    """The graph bound to a row in memory and to its scores, so that a run copies nothing."""
    import onnxruntime

    scores = np.zeros((1, 1), dtype=np.float32)
    binding = session.io_binding()
    binding.bind_ortvalue_input(session.get_inputs()[0].name, onnxruntime.OrtValue.ortvalue_from_numpy(row))
    binding.bind_ortvalue_output(
        session.get_outputs()[0].name, onnxruntime.OrtValue.ortvalue_from_numpy(scores)
    )
    return binding, session.run_with_iobinding, scores
