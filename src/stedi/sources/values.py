"""One field's value, by the type and the form its column declares."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from stedi.privacy.identity import is_address, is_visible
from stedi.privacy.suppression import CLOCK_TOLERANCE_MS
from stedi.schema.column_types import LONG, REAL, TEXT
from stedi.schema.table import Column, Form
from stedi.sources.reasons import Reason
from stedi.sources.source import Value
from stedi.sources.strict_json import Json, Rounded, nearest, text_fault

EARLIEST_MS = 1_420_070_400_000
"""2015-01-01 UTC: nothing was measured before."""
BEYOND_MS = 10**13
"""Times have 13 digits until 2286; a longer one is in another unit."""
EARLIEST_BIRTHDAY = date(1900, 1, 1)

_SECONDS = range(EARLIEST_MS // 1000, 10**10)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_ISO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_SERIAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def value_of(raw: Json, column: Column, landed_at: int) -> Value | Reason:
    """The value of a field as its column stores it, or why it has none.

    Null is a value where the column does not require one. Digits in quotes are a number.
    A time may also be ISO text with a zone; a start, such as a consent's, may be no text at all,
    for whoever relies on it must prove it. A serial number is folded to lower case; every
    other text stays as it was sent.

    Args:
        raw: The field as it stands in the line; None where it is absent.
        column: What was declared of it.
        landed_at: When the line landed, UTC ms.
    """
    if raw is None:
        return Reason.MISSING if column.required else None
    if isinstance(raw, str) and (fault := text_fault(raw)):
        return fault
    if column.form is Form.START and isinstance(raw, str):
        return Reason.BAD_TYPE
    # A boolean or a number; exports write both for what was never agreed to.
    if column.form is Form.START and isinstance(raw, bool | int | float) and raw == 0:
        return Reason.NOT_GIVEN
    if column.form in (Form.INSTANT, Form.START):
        return _instant(raw, latest_instant(column.form, landed_at))
    if column.type is LONG:
        return _in_range(_integer(raw), column)
    if column.type is REAL:
        return _in_range(_real(raw), column)
    return _text(raw, column) if isinstance(raw, str) else Reason.BAD_TYPE


def future_instant(raw: Json) -> int | None:
    """The moment, UTC ms, that a field tells which was refused as FUTURE."""
    moment = _instant(raw, BEYOND_MS - 1)
    return None if isinstance(moment, Reason) else moment


def latest_instant(form: Form, landed_at: int) -> int:
    """The last time a field may tell, UTC ms: a start may lie in the future."""
    return BEYOND_MS - 1 if form is Form.START else landed_at + CLOCK_TOLERANCE_MS


def supported(column: Column) -> bool:
    """Whether a field can be declared like this."""
    return column.type in (LONG, REAL, TEXT)


@lru_cache(maxsize=1 << 16)
def is_plausible_birthday(text: str, landed_at: int) -> bool:
    """Whether a birthday is a day that is there, since 1900 and before the landing (UTC ms)."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    # The length, for compact and week dates are read as well.
    return (
        len(text) == 10
        and "W" not in text
        and EARLIEST_BIRTHDAY <= day <= (_EPOCH + timedelta(milliseconds=landed_at)).date()
    )


def _number(raw: Json) -> int | float | Reason:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return Reason.BAD_TYPE
    number: int | float
    if isinstance(raw, str):
        written = _NUMBER.fullmatch(raw)
        if not written:
            return Reason.BAD_TYPE
        number = nearest(raw) if any(written.groups()) or len(raw) > 20 else int(raw)
    else:
        number = raw
    if isinstance(number, int):
        return number if -(2**63) <= number < 2**63 else Reason.BAD_NUMBER
    return number if math.isfinite(number) else Reason.BAD_NUMBER


def _integer(raw: Json) -> int | Reason:
    number = _number(raw)
    if isinstance(number, Reason | int):
        return number
    if isinstance(number, Rounded) or not number.is_integer():
        return Reason.FRACTION
    return int(number) if -(2.0**63) <= number < 2.0**63 else Reason.BAD_NUMBER


def _real(raw: Json) -> float | Reason:
    number = _number(raw)
    # Adding zero turns -0.0 into 0.0: the two are one value.
    return number if isinstance(number, Reason) else float(number) + 0.0


def _in_range(number: int | float | Reason, column: Column) -> int | float | Reason:
    if isinstance(number, Reason):
        return number
    below = column.minimum is not None and number < column.minimum
    above = column.maximum is not None and number > column.maximum
    return Reason.OUT_OF_RANGE if below or above else number


def _instant(raw: Json, latest: int) -> int | Reason:
    iso = _ISO_TIME.fullmatch(raw) if isinstance(raw, str) else None
    moment = _iso_instant(*iso.groups()) if iso else _integer(raw)
    if moment is Reason.BAD_TYPE and isinstance(raw, str):
        return Reason.BAD_INSTANT
    if moment is Reason.FRACTION and not iso:
        return _fraction_fault(raw)
    if isinstance(moment, Reason):
        return moment
    if moment >= BEYOND_MS or moment in _SECONDS:
        return Reason.UNIT
    if moment < EARLIEST_MS:
        return Reason.BAD_INSTANT
    return Reason.FUTURE if moment > latest else moment


def _fraction_fault(raw: Json) -> Reason:
    """Why a time with a fraction is refused: seconds with milliseconds behind the point are another unit."""
    number = _number(raw)
    if not isinstance(number, Reason) and (number >= BEYOND_MS or int(number) in _SECONDS):
        return Reason.UNIT
    return Reason.FRACTION


def _iso_instant(moment: str, fraction: str | None, zone: str) -> int | Reason:
    try:
        at = datetime.fromisoformat(moment + zone)
    except ValueError:
        return Reason.BAD_INSTANT
    nanoseconds = int((fraction or "").ljust(9, "0"))
    if nanoseconds % 1_000_000:
        return Reason.FRACTION
    return (at - _EPOCH) // timedelta(milliseconds=1) + nanoseconds // 1_000_000


def _text(raw: str, column: Column) -> str | Reason:
    if column.form is Form.SERIAL:
        serial = raw.lower()
        return serial if _SERIAL.fullmatch(serial) else Reason.BAD_SERIAL
    if column.form is Form.EMAIL:
        return email_of(raw)
    nothing = raw.strip().lower() in ("", "null")
    return Reason.BAD_TEXT if nothing and column.required else raw


def email_of(raw: str) -> str | Reason:
    """An e-mail as it was sent, or why it is none; the rule for landed lines and for requests alike."""
    visible = raw.isascii() and raw.isprintable()
    if raw.strip().lower() in ("", "null") or not (visible or all(map(is_visible, raw))):
        return Reason.BAD_TEXT
    return raw if is_address(raw) else Reason.BAD_EMAIL
