"""What a withdrawal asks of models that learnt from the person; no lake has any yet."""

from typing import Protocol

from stedi.config import Lake


class Models(Protocol):
    """Whoever keeps models."""

    def mark_stale(self, lake: Lake, request: str) -> int:
        """Make the models trained on the people of a request `stale_consent`; return how many."""
        ...

    def retrain(self, lake: Lake, request: str) -> int:
        """Train anew without those people, same seed, and delete the old artefacts; return how many."""
        ...


class NoModels:
    """A lake from which nothing was learnt."""

    def mark_stale(self, lake: Lake, request: str) -> int:
        """None."""
        return 0

    def retrain(self, lake: Lake, request: str) -> int:
        """None."""
        return 0
