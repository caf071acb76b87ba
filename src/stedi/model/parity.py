"""Whether the graph says what the trees say."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

GREATEST_DIFFERENCE = 1e-5


def largest_difference(booster: Any, onnx: bytes, rows: Iterable[NDArray[np.float32]]) -> float:
    """Between the library's trees and the exported graph, over all rows.

    Args:
        booster: LightGBM's.
        onnx: The graph.
        rows: Batches of features, float32, shape (n, n_features).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for some in rows:
        if len(some):
            (scores,) = session.run(None, {"features": some})
            told = booster.predict(some, num_threads=1)
            largest = max(largest, float(np.abs(scores[:, 0] - told).max()))
    return largest
