"""Steps as they happen, from one phone."""

from typing import NamedTuple

from stedi.detector.model import FAST, Model
from stedi.gait.sessions import Floats


class Step(NamedTuple):
    """One step, in ms on the clock of the input: when the foot met the ground, and when that was told."""

    step_ms: float
    emitted_ms: float


class Detector:
    """Report each step as it happens, in constant time and memory a sample.

    Samples come in order of time, at 20 to 400 Hz, in m/s2. A sample with a NaN or an infinite value, or not
    later than the one before, is skipped and never a step. After a gap of over a second it begins anew.
    """

    def __init__(self, model: Model, operating_point: str = FAST) -> None:
        raise NotImplementedError

    def detect_one(self, t_ms: float, x: float, y: float, z: float) -> list[Step]:
        """Take the next sample; return the steps that it completed, mostly none."""
        raise NotImplementedError

    def detect_many(self, t_ms: Floats, acceleration: Floats) -> list[Step]:
        """Take samples in order, shapes (n,) and (n, 3); the same steps as one by one, exactly."""
        raise NotImplementedError

    def flush(self) -> list[Step]:
        """The input has ended: return the steps that still waited for what follows."""
        raise NotImplementedError

    def state(self) -> bytes:
        """All it remembers, for `restore`; of constant size."""
        raise NotImplementedError

    @classmethod
    def restore(cls, model: Model, state: bytes) -> "Detector":
        """Go on where a detector with the same model was; no step differs.

        Raises:
            UsageError: The state is of another model, or is none.
        """
        raise NotImplementedError
