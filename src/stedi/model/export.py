"""From trees to a graph that onnxruntime runs: exact, small, and always the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

IR_VERSION = 10
OPSETS = {"": 21, "ai.onnx.ml": 5}
_LEQ, _SUM, _NO_TRANSFORM = 0, 1, 0


def onnx_bytes(dump: Mapping[str, Any], n_features: int) -> bytes:
    """Write trees as one ONNX graph.

    Splits are rounded down to float32, never across a value: a float32 that goes left in the library goes
    left in the graph, so both reach the same leaf on every row.

    Args:
        dump: `Booster.dump_model()`.
        n_features: Columns of the input `features`, float32, shape (n, n_features).

    Returns:
        A graph whose output `scores` is float32 of shape (n, 1).
    """
    from onnx import TensorProto, helper

    nodes, leaves = _Nodes(), list[float]()
    for tree in dump["tree_info"]:
        nodes.roots.append(len(nodes.features))
        _add(tree["tree_structure"], nodes, leaves)
    count = len(nodes.features)
    ensemble = helper.make_node(
        "TreeEnsemble",
        ["features"],
        ["scores"],
        domain="ai.onnx.ml",
        aggregate_function=_SUM,
        post_transform=_NO_TRANSFORM,
        n_targets=1,
        tree_roots=nodes.roots,
        nodes_featureids=nodes.features,
        nodes_modes=helper.make_tensor("modes", TensorProto.UINT8, [count], bytes([_LEQ]) * count, raw=True),
        nodes_splits=_tensor("splits", nodes.splits),
        nodes_truenodeids=[side[0] for side in nodes.true],
        nodes_trueleafs=[side[1] for side in nodes.true],
        nodes_falsenodeids=[side[0] for side in nodes.false],
        nodes_falseleafs=[side[1] for side in nodes.false],
        leaf_targetids=[0] * len(leaves),
        leaf_weights=_tensor("weights", leaves),
    )
    graph = helper.make_graph(
        [ensemble],
        "steps",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, n_features])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="stedi")
    return bytes(model.SerializeToString(deterministic=True))


class _Nodes:
    def __init__(self) -> None:
        self.roots: list[int] = []
        self.features: list[int] = []
        self.splits: list[float] = []
        self.true: list[tuple[int, int]] = []
        self.false: list[tuple[int, int]] = []


def _add(structure: Mapping[str, Any], nodes: _Nodes, leaves: list[float]) -> None:
    """Add a tree's inner nodes in preorder; a tree that is one leaf becomes a node with two equal leaves."""
    at = len(nodes.features)
    if "left_child" not in structure:
        structure = {
            "split_feature": 0, "threshold": 0.0, "left_child": structure, "right_child": structure,
        }  # fmt: skip
    nodes.features.append(structure["split_feature"])
    nodes.splits.append(_rounded_down(structure["threshold"]))
    nodes.true.append((0, 0))
    nodes.false.append((0, 0))
    for sides, child in ((nodes.true, "left_child"), (nodes.false, "right_child")):
        below = structure[child]
        if "left_child" in below:
            sides[at] = (len(nodes.features), 0)
            _add(below, nodes, leaves)
        else:
            sides[at] = (len(leaves), 1)
            leaves.append(below["leaf_value"])


def _rounded_down(split: float) -> float:
    near = np.float32(split)
    return float(near if float(near) <= split else np.nextafter(near, np.float32(-np.inf)))


def _tensor(name: str, values: Sequence[float]) -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(np.array(values, dtype="<f4"), name)
