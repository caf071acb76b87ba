"""What a withdrawal asks of models that learnt from the person."""

from collections.abc import Collection
from typing import Protocol

from stedi.lake.config import Lake
from stedi.model.retraining import LakeModels, Replaced

__all__ = ["LakeModels", "Models", "Replaced"]


class Models(Protocol):
    """Whoever keeps models; `LakeModels` unless another is named."""

    def mark_stale(self, lake: Lake, subjects: Collection[str]) -> int:
        """Make the models that learnt from some subjects `stale_consent`; return how many did."""
        ...

    def retrain(self, lake: Lake) -> Replaced:
        """Train stale models anew without those who left, same seed, and delete the old artefacts."""
        ...
