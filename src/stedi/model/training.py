"""Training: sessions in, a graph out; nothing of a lake, a path or a clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stedi.gait.sessions import Session

Sessions = Callable[[], Iterable[Session]]
"""Gives all sessions, in any order and as often as asked; one is held at a time."""

Told = Callable[[str, int, int], None]
"""Hears of progress: what is done, how far, of how much."""


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Attributes:
        onnx: The bytes of `model.onnx`; the same for the same readings and seed, whatever their order.
        detector: Goes into `metadata.json` under `detector`: features, operating points; JSON-ready.
        feature_names: One a column of the graph's input.
        label_lag_ms: By how much contacts come after the phone's signal: median over the sessions.
        label_rate_hz: Median rate of the distance.
        people: How many people were learnt from.
        sessions: How many sessions were learnt from.
        refused: Reason -> number of sessions that it kept out.
        rows: How many moments were learnt from, augmented ones included.
        steps: How many labelled steps.
        parity: Largest difference between LightGBM and the graph on the rows learnt from.
        parameters: Of training, the seed included; JSON-ready.
    """

    onnx: bytes
    detector: Mapping[str, Any]
    feature_names: tuple[str, ...]
    label_lag_ms: float
    label_rate_hz: float
    people: int
    sessions: int
    refused: Mapping[str, int]
    rows: int
    steps: int
    parity: float
    parameters: Mapping[str, Any]


def train(sessions: Sessions, *, seed: int, told: Told | None = None) -> Trained:
    """Learn to find steps.

    Args:
        sessions: All that may be learnt from; asked twice, so that memory is bounded.
        seed: Of augmentation and of the trees.
        told: Hears of progress.

    Raises:
        QualityGateError: No session can show steps; says the measured rate and what is needed.
        DependencyError: LightGBM is not installed.
    """
    raise NotImplementedError
