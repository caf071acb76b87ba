"""A trained model as the detector needs it: a graph and its operating points."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from stedi.detector.decoding import OperatingPoint
from stedi.gait import features
from stedi.ground.errors import DependencyError, UsageError, install_hint

FAST, EXACT = "fast", "exact"


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
        """Read `model.onnx` and `metadata.json` of a model's folder.

        Raises:
            UsageError: It is no model's folder.
        """
        try:
            metadata = json.loads((folder / "metadata.json").read_text())
            return cls((folder / "model.onnx").read_bytes(), metadata["detector"])
        except (OSError, ValueError, KeyError, TypeError) as broken:
            raise UsageError(
                f"{folder} holds no model; nothing was detected.\n"
                "A model's folder holds model.onnx and metadata.json, as `stedi train` writes them."
            ) from broken

    @cached_property
    def sha256(self) -> str:
        """Of the graph and its operating points; a saved state belongs to one."""
        points = json.dumps(self.detector, sort_keys=True).encode()
        return hashlib.sha256(self.onnx + points).hexdigest()

    def operating_point(self, name: str) -> OperatingPoint:
        """One of the model's operating points.

        Raises:
            UsageError: The model has none of that name, or was trained on other features.
        """
        if self.detector.get("features") != features.VERSION:
            raise UsageError(
                f"This model was trained on version {self.detector.get('features')} of the features; "
                f"this is version {features.VERSION}. Nothing was detected; train it anew: stedi train"
            )
        points: Mapping[str, Any] = self.detector["operating_points"]
        if name not in points:
            raise UsageError(
                f"This model has no operating point of that name; nothing was detected. "
                f"It has: {', '.join(sorted(points))}"
            )
        known = {field.name for field in fields(OperatingPoint)}
        return OperatingPoint(**{key: value for key, value in points[name].items() if key in known})

    def session(self) -> Any:
        """The graph, ready to run on one core.

        Raises:
            DependencyError: onnxruntime is not installed.
        """
        try:
            import onnxruntime
        except ImportError as missing:
            raise DependencyError(
                f"Nothing was detected: onnxruntime is not installed.\n{install_hint('detect')}"
            ) from missing
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.onnx, options, providers=["CPUExecutionProvider"])
