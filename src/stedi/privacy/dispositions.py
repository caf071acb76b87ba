"""What became of an accepted row."""

from enum import StrEnum


class Disposition(StrEnum):
    """Exactly one an accepted row, the first that applies in this order."""

    ERASED = "erased"
    SUPERSEDED = "superseded"
    HELD = "held"
    NO_OWNER = "no_owner"
    AMBIGUOUS = "ambiguous"
    HANDOVER = "handover"
    WITHDRAWN = "withdrawn"
    NOT_CONSENTED = "not_consented"
    BEFORE_START = "before_start"
    NO_ACCELEROMETER = "no_accelerometer"
    PASSED = "passed"
