"""A trained model as the detector needs it: a graph and its operating points."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAST = "fast"
EXACT = "exact"


@dataclass(frozen=True)
class Model:
    """A graph with its operating points.

    Attributes:
        onnx: The bytes of `model.onnx`.
        detector: The part `detector` of `metadata.json`: version of the features, operating points.
    """

    onnx: bytes
    detector: Mapping[str, Any]

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """Read `model.onnx` and `metadata.json` of a model's folder."""
        metadata = json.loads((folder / "metadata.json").read_text())
        return cls((folder / "model.onnx").read_bytes(), metadata["detector"])

    @property
    def sha256(self) -> str:
        """Of the graph; a saved state belongs to one."""
        return hashlib.sha256(self.onnx).hexdigest()
