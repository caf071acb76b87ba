"""Models for the registry: what training gives, without training."""

from stedi.model.lake import Pinned
from stedi.model.training import Trained

ANA, BEN, EVA = ("a" * 64, "b" * 64, "e" * 64)


def trained(content: bytes = b"graph") -> Trained:
    """What training might give; the registry does not look into the graph."""
    return Trained(
        onnx=content,
        detector={"operating_points": {}},
        feature_names=("one",),
        label_lag_ms=40.0,
        label_rate_hz=10.0,
        people=3,
        sessions=4,
        refused={},
        people_refused={},
        rows=100,
        steps=50,
        parity=1e-7,
        parameters={"seed": 1},
    )


def pinned(
    readings: dict[str, int], *, provenance: str = "recordings of a test", snapshot: int = 1
) -> Pinned:
    """A release of some people."""
    return Pinned(provenance, 1, {"machine_learning_curated": snapshot}, (), readings)
