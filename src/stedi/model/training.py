"""Training: sessions in, a graph out; nothing of a lake, a path or a clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stedi.detector.decoding import OperatingPoint
from stedi.detector.model import EXACT, FAST
from stedi.gait import features
from stedi.gait.sessions import Session
from stedi.ground.errors import DependencyError, install_hint
from stedi.model.drawing import Block, blocks
from stedi.model.export import onnx_bytes
from stedi.model.parity import largest_difference
from stedi.model.survey import Survey, survey

Sessions = Callable[[], Iterable[Session]]
"""Gives all sessions, in any order and as often as asked; one is held at a time."""

TrainingProgress = Callable[[str, int, int], None]
"""Hears of progress: what is done, how far, of how much."""

COPIES = 3
"""Augmented copies of each session, beside itself."""

MOST_ROWS = 500_000
"""Of more, as many are drawn: memory does not grow with the data."""

GREATEST_SHARE = 0.5
"""Neighbouring moments tell nearly the same."""

TREES = 110
PARAMETERS: Mapping[str, Any] = {
    "objective": "regression",
    "num_leaves": 31,
    "learning_rate": 0.1,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.5,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 127,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
"""Of LightGBM. One thread: sums in another order would be other bytes."""

LOOK_AHEAD_MS = 30.0
"""How long after a step its score peaks: what follows the contact tells more than what comes before."""

OPERATING_POINTS: Mapping[str, OperatingPoint] = {
    FAST: OperatingPoint(LOOK_AHEAD_MS, fall=0.7),
    EXACT: OperatingPoint(LOOK_AHEAD_MS, fall=0.45),
}
"""One score for both: the exact one waits until more of the peak is seen."""


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
        people_refused: Reason -> number of people whose sessions those are.
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
    people_refused: Mapping[str, int]
    rows: int
    steps: int
    parity: float
    parameters: Mapping[str, Any]


def train(sessions: Sessions, *, seed: int, told: TrainingProgress | None = None) -> Trained:
    """Learn to find steps.

    Args:
        sessions: All that may be learnt from; asked twice, so that memory is bounded.
        seed: Of augmentation and of the trees.
        told: Hears of progress.

    Raises:
        QualityGateError: No session can show steps; says the measured rate and what is needed.
        DependencyError: LightGBM is not installed.
    """
    _require_libraries()
    tell = told or _nobody_hears
    found = survey(sessions())
    drawn, lags = _drawn(sessions(), found, seed, tell)
    booster = _booster(drawn, seed, tell)
    onnx = onnx_bytes(booster.dump_model(), len(features.NAMES))
    tell("exported", 1, 1)
    parity = largest_difference(booster, onnx, (block.features for block in drawn))
    return Trained(
        onnx=onnx,
        detector={
            "features": features.VERSION,
            "operating_points": {name: asdict(point) for name, point in OPERATING_POINTS.items()},
        },
        feature_names=features.NAMES,
        label_lag_ms=float(np.nanmedian(lags)),
        label_rate_hz=round(float(np.median(found.label_rates_hz)), 3),
        people=len(found.subjects),
        sessions=found.sessions,
        refused=dict(sorted(found.refused.items())),
        people_refused={why: len(people) for why, people in sorted(found.people_refused.items())},
        rows=sum(len(block.features) for block in drawn),
        steps=found.steps,
        parity=parity,
        parameters={**PARAMETERS, "trees": TREES, "copies": COPIES, "seed": seed},
    )


def _drawn(
    sessions: Iterable[Session], found: Survey, seed: int, tell: TrainingProgress
) -> tuple[list[Block], list[float]]:
    lags: list[float] = []

    def one_more(lag: float) -> None:
        lags.append(lag)
        tell("features", len(lags), found.sessions)

    share = min(GREATEST_SHARE, MOST_ROWS / (found.bins * (COPIES + 1)))
    drawn = blocks(sessions, LOOK_AHEAD_MS, share=share, copies=COPIES, seed=seed, done=one_more)
    ordered = sorted((block for block in drawn if len(block.features)), key=lambda block: block.key)
    return ordered, lags


def _booster(drawn: list[Block], seed: int, tell: TrainingProgress) -> Any:
    import lightgbm

    class Part(lightgbm.Sequence):
        """A block, from which LightGBM takes rows as it needs them, with no copy of all."""

        def __init__(self, rows: NDArray[np.float32]) -> None:
            self._rows = rows

        def __getitem__(self, which: Any) -> NDArray[np.float64]:
            return np.asarray(self._rows[which], dtype=np.float64)

        def __len__(self) -> int:
            return len(self._rows)

    parameters = {**PARAMETERS, "seed": seed}
    near = np.concatenate([block.nearness for block in drawn])
    rows = lightgbm.Dataset([Part(block.features) for block in drawn], near, params=parameters)

    def one_more(state: Any) -> None:
        tell("trees", state.iteration + 1, TREES)

    return lightgbm.train(parameters, rows, TREES, callbacks=[one_more])


def _nobody_hears(_what: str, _done: int, _of: int) -> None:
    pass


def _require_libraries() -> None:
    try:
        import lightgbm  # noqa: F401
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as missing:
        raise DependencyError(
            f"No model was trained: {missing.name} is not installed.\n{install_hint('train', 'detect')}"
        ) from missing
