"""What a model must show before it is promoted."""

from dataclasses import replace
from typing import Any

import pytest

from model_lakes import ANA, pinned, trained
from stedi.lake.config import Lake
from stedi.model import artifact
from stedi.model.evaluation import FROZEN, LEFT_OUT
from stedi.model.gates import gates
from stedi.model.registry import Registry
from stedi.model.retraining import kept


def judged(**changed: Any) -> dict[str, Any]:
    """Scores that pass every gate, but for what is changed."""
    of = {"mape": 0.9, "f1": 0.985, "latency": 80.0, "baseline": 2.0, **changed}

    def scores(mape: float | None) -> dict[str, Any]:
        return {
            "all": {
                "count_mape": {"value": mape},
                "f1": {"150": {"per_recording": {"value": of["f1"]}}},
                "latency_median_ms": {"value": of["latency"]},
            }
        }

    return {
        "protocol": of.get("protocol", LEFT_OUT),
        "snapshots": of.get("snapshots", {"machine_learning_curated": 1}),
        "seed": of.get("seed", 1),
        "detectors": {"fast": scores(of["mape"]), "baseline": scores(of["baseline"])},
    }


def failed(lake: Lake, scores: dict[str, Any] | None, **changed: Any) -> list[str]:
    registry = Registry(lake)
    version = kept(lake, registry, pinned({ANA: 5}), trained(), seed=1).version
    folder = registry.path(version)
    metadata = replace(artifact.read(folder), scores=scores, **changed)
    return [gate.name for gate in gates(folder, metadata) if not gate.passed]


def test_all_is_well(lake: Lake) -> None:
    assert failed(lake, judged()) == []


LEFT = "judged on people left out, by the same snapshot and seed"


@pytest.mark.parametrize(
    "changed, gate",
    [
        ({"mape": 1.51, "baseline": 3.0}, "count error, mean percent"),
        ({"mape": None}, "count error, mean percent"),
        ({"f1": 0.979}, "F1 at 150 ms, a lag per recording"),
        ({"f1": None}, "F1 at 150 ms, a lag per recording"),
        ({"latency": 101.0}, "latency, median ms"),
        ({"baseline": 0.8}, "count error beside the plain baseline's, mean percent"),
        ({"protocol": FROZEN}, LEFT),
        (
            {"snapshots": {"machine_learning_curated": 2}},
            LEFT,
        ),
        ({"seed": 2}, LEFT),
    ],
)
def test_one_thing_is_not(lake: Lake, changed: dict[str, Any], gate: str) -> None:
    assert gate in failed(lake, judged(**changed))


def test_a_model_that_was_not_judged_fails_whatever_asks_for_scores(lake: Lake) -> None:
    assert len(failed(lake, None)) == 5


def test_the_graph_is_looked_at(lake: Lake) -> None:
    assert failed(lake, judged(), sha256="other") == ["the graph is the one that was trained"]
    assert failed(lake, judged(), size_bytes=300_001) == ["size of the graph, bytes"]
    parity = failed(lake, judged(), training={"parity": 2e-5})
    assert parity == ["parity with LightGBM"]
    assert failed(lake, judged(), training={"parity": float("nan")}) == ["parity with LightGBM"]
