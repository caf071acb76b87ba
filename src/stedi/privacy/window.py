"""The consent window of a lake."""

from enum import StrEnum


class Window(StrEnum):
    """Which readings of a consenting person pass; fixed when a lake is created.

    `whole_history` drops the lower bound only, for comparison with other solutions; a lake with
    it must not train a model.
    """

    FROM_CONSENT = "from_consent"
    WHOLE_HISTORY = "whole_history"
