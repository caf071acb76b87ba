"""What a model must show before it is promoted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stedi.detector.model import FAST
from stedi.model.artifact import Metadata, is_whole
from stedi.model.evaluation import BASELINE, LEFT_OUT

LARGEST_BYTES = 300_000
GREATEST_PARITY = 1e-5
COUNT_MAPE_PERCENT = 1.5
F1_150 = 0.98
LATENCY_MEDIAN_MS = 100.0


@dataclass(frozen=True)
class Gate:
    """One thing that a model must show.

    Attributes:
        name: What.
        found: What the model shows; None where it shows nothing.
        limit: What it has to keep to.
        passed: Whether it does.
    """

    name: str
    found: float | str | None
    limit: str
    passed: bool


def gates(folder: Path, metadata: Metadata) -> list[Gate]:
    """Every gate, asked of a model in its folder. That it is not stale is asked by the registry."""
    parity = float(metadata.training["parity"])
    size = metadata.size_bytes
    whole = is_whole(folder, metadata)
    scores = metadata.scores or {}
    protocol = scores.get("protocol")
    same = scores.get("snapshots") == metadata.source.snapshots and scores.get("seed") == metadata.seed
    left_out = protocol == LEFT_OUT and same
    asked = [
        Gate("the graph is the one that was trained", str(whole).lower(), "true", whole),
        Gate("size of the graph, bytes", size, f"<= {LARGEST_BYTES:,}", size <= LARGEST_BYTES),
        Gate("parity with LightGBM", parity, f"<= {GREATEST_PARITY:g}", parity <= GREATEST_PARITY),
        Gate("judged on people left out, by the same snapshot and seed", protocol, LEFT_OUT, left_out),
    ]
    detectors = scores.get("detectors", {})
    fast, baseline = (_all(detectors, name) for name in (FAST, BASELINE))
    error, f1, latency = _mape(fast), _f1(fast), _value(fast, "latency_median_ms")
    plain = _mape(baseline)
    asked += [
        _most("count error, mean percent", error, COUNT_MAPE_PERCENT),
        _most("count error beside the plain baseline's, mean percent", error, plain),
        Gate("F1 at 150 ms, a lag per recording", f1, f">= {F1_150:g}", f1 is not None and f1 >= F1_150),
        _most("latency, median ms", latency, LATENCY_MEDIAN_MS),
    ]
    return asked


def _most(name: str, found: float | None, most: float | None) -> Gate:
    limit = "known" if most is None else f"<= {most:g}"
    return Gate(name, found, limit, found is not None and most is not None and found <= most)


def _all(detectors: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = detectors.get(name, {}).get("all", {})
    return found


def _value(scores: Mapping[str, Any], name: str) -> float | None:
    found: float | None = scores.get(name, {}).get("value")
    return found


def _mape(scores: Mapping[str, Any]) -> float | None:
    return _value(scores, "count_mape")


def _f1(scores: Mapping[str, Any]) -> float | None:
    return _value(scores.get("f1", {}).get("150", {}), "per_recording")
