"""The three zones of the lakehouse, in the order rows pass them."""

from enum import Enum


class Zone(Enum):
    """A zone; rows move from landing through trusted to curated, never back."""

    LANDING = "landing"
    TRUSTED = "trusted"
    CURATED = "curated"

    @property
    def rank(self) -> int:
        """Position in the order of the zones, landing first."""
        return list(Zone).index(self)
