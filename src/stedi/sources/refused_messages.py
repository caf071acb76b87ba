"""A message of a device that was refused whole, as a line keeps it: its bytes, and why."""

from collections.abc import Mapping
from typing import Any

from stedi.sources.reasons import Reason

TEXT = "refusedMessage"
BASE64 = "refusedMessageBase64"
REASON = "refusedReason"
REASONS = frozenset(
    {
        Reason.BAD_COMPRESSION, Reason.BAD_UTF8, Reason.LINE_TOO_LONG, Reason.BAD_JSON, Reason.NOT_AN_OBJECT,
        Reason.BAD_ENVELOPE, Reason.TOO_DEEP, Reason.BAD_SERIAL,
    }
)  # fmt: skip
"""Why a message may be refused."""


def refused_reason(fields: Mapping[str, Any]) -> Reason | None:
    """Why the message that a line keeps was refused; None where the line keeps none.

    A line that is a reading stays one: what this returns only takes the place of another reason.
    """
    told = fields.get(REASON)
    if not isinstance(told, str) or told not in REASONS or not (TEXT in fields or BASE64 in fields):
        return None
    return Reason(told)
