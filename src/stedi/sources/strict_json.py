"""One line as one JSON object: RFC 8259 to the letter, within limits that bound its cost."""

import math
import re
from decimal import Decimal
from json import JSONDecoder
from typing import TypeAlias

from stedi.sources.reasons import Reason

MAX_LINE_BYTES = 1 << 20
"""A longer line is refused; it is read, and kept, only so far."""
MAX_FIELD_BYTES = 4096
"""A longer key, text or number is refused."""
MAX_NESTING = 16
"""Objects and arrays inside each other, the line's own object included."""

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
"""A value as it was read; NaN stands for a number that no type of ours holds."""

# An unterminated text runs to the end, so that every line is matched in one pass.
_TEXT = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[{\]}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_INTEGER = len(str(-(2**63)))


class _RefusedError(ValueError):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def object_of(line: bytes) -> dict[str, Json] | Reason:
    """Read a physical line, without its newline, as one JSON object.

    A carriage return is the end of the line, or a fault. Keys keep their spelling; two that
    differ in case only are one key twice. Numbers beyond a double or 2^63, NaN and Infinity
    are read as NaN, for they are faults of a field, not of the line.

    Returns:
        The object, or why the line is none.
    """
    text = text_of(line)
    if isinstance(text, Reason):
        return text
    if _too_deep(text):
        return Reason.TOO_DEEP
    try:
        found = _DECODER.decode(text)
    except _RefusedError as refused:
        return refused.reason
    except ValueError:
        return Reason.BAD_JSON
    return found if isinstance(found, dict) else Reason.NOT_AN_OBJECT


def text_of(line: bytes) -> str | Reason:
    """Read a physical line, without its newline, as text, or say which of its bytes are at fault."""
    if len(line) > MAX_LINE_BYTES:
        return Reason.LINE_TOO_LONG
    line = line.removesuffix(b"\r")
    if b"\r" in line:
        return Reason.LONE_CR
    if b"\0" in line:
        return Reason.NUL
    try:
        return line.decode()
    except UnicodeDecodeError:
        return Reason.BAD_UTF8


def text_fault(text: str) -> Reason | None:
    """Why a text cannot be stored as it is, if it cannot."""
    if text.isascii():
        return Reason.FIELD_TOO_LONG if len(text) > MAX_FIELD_BYTES else None
    if _SURROGATE.search(text):
        return Reason.LONE_SURROGATE
    return Reason.FIELD_TOO_LONG if len(text.encode()) > MAX_FIELD_BYTES else None


def fault_within(value: Json) -> Reason | None:
    """The first fault of a value that nothing was declared about, nested ones included."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
        elif isinstance(found, str):
            if fault := text_fault(found):
                return fault
        elif isinstance(found, float) and math.isnan(found):
            return Reason.BAD_NUMBER
    return None


def _too_deep(text: str) -> bool:
    if text.count("{") + text.count("[") <= MAX_NESTING:
        return False
    depth = 0
    for bracket in _BRACKET.finditer(_TEXT.sub("", text)):
        depth += 1 if bracket.group() in "{[" else -1
        if depth > MAX_NESTING:
            return True
    return False


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    for key, _ in pairs:
        if fault := text_fault(key):
            raise _RefusedError(fault)
    if len({key.casefold() for key, _ in pairs}) < len(pairs):
        raise _RefusedError(Reason.DUPLICATE_KEY)
    return dict(pairs)


def _integer(digits: str) -> int | float:
    if len(digits) > MAX_FIELD_BYTES:
        raise _RefusedError(Reason.FIELD_TOO_LONG)
    if len(digits) > _LONGEST_INTEGER:
        return math.nan
    number = int(digits)
    return number if -(2**63) <= number < 2**63 else math.nan


def _real(digits: str) -> float:
    if len(digits) > MAX_FIELD_BYTES:
        raise _RefusedError(Reason.FIELD_TOO_LONG)
    return nearest(digits)


class Rounded(float):
    """A whole number that stands for one with a fraction, too small a one for a float to hold."""


def nearest(digits: str) -> float:
    """The float nearest to a number written out; NaN where it is beyond all floats, or below all but 0."""
    number = float(digits)
    if not math.isfinite(number):
        return math.nan
    if not number.is_integer() or Decimal(digits) == Decimal(number):
        return number
    return Rounded(number) if number else math.nan


def _constant(name: str) -> float:
    return math.nan


_DECODER = JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
)
