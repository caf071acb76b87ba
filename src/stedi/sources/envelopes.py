"""An envelope: a line that is one object of whose readings it holds, and a list of these.

`{"serialNumber": "…", "readings": [{"sensorReadingTime": …, "distanceFromObject": …}, …]}`
"""

import json
import re
from collections.abc import Set
from dataclasses import dataclass

from stedi.sources.reasons import Reason
from stedi.sources.strict_json import text_of

READINGS = "readings"
ITEM = "_item"
NOTHING = b"null"
"""What stands in the place of a reading that was taken out, so that the others keep their number."""

Span = tuple[int, int]
"""Where something begins and ends in a line, in bytes."""

# As the strict reader takes texts: an unterminated one runs to the end.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\(?:.|\Z)[^"\\]*+)*+(?:"|\Z)|[\[{\]},]', re.DOTALL)
_NAMES_READINGS = re.compile(rb'"readings"|\\', re.IGNORECASE)
_BLANK = b" \t"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where the list `readings` stands in a line, and each of its elements.

    Attributes:
        span: The list with its brackets.
        items: Its elements in order, without the blanks around them.
    """

    span: Span
    items: tuple[Span, ...]


def envelope_of(line: bytes) -> Envelope | None:
    """Find the list `readings` of a line's object by its brackets; None where there is none.

    What stands in it and around it is not read, and may be no JSON. A line whose bytes are at
    fault is no envelope.
    """
    if not _NAMES_READINGS.search(line) or isinstance(text_of(line), Reason):
        return None
    depth, key, begin, items = 0, None, -1, []
    item = 0
    for token in _TOKEN.finditer(line):
        kind, at = token[0][:1], token.start()
        if kind == b'"':
            if depth == 1:
                key = token
        elif kind in b"{[":
            depth += 1
            if begin < 0 and depth == 2 and kind == b"[" and key and _is_value_of_readings(line, key, at):
                begin, item = at, at + 1
        elif kind == b",":
            if begin >= 0 and depth == 2:
                items.append(_stripped(line, item, at))
                item = at + 1
        else:
            depth -= 1
            if begin >= 0 and depth == 1:
                last = _stripped(line, item, at)
                if items or last[0] < last[1]:
                    items.append(last)
                return Envelope((begin, at + 1), tuple(items)) if line.lstrip(_BLANK)[:1] == b"{" else None
    return None


def names_readings(key: str) -> bool:
    """Whether a key is that of an envelope's list, in whatever case."""
    return key.isascii() and key.lower() == READINGS


def without_readings(line: bytes, places: Set[int]) -> bytes:
    """An envelope without some of its readings; empty where it then holds none.

    Args:
        line: The line without its newline.
        places: Which readings, from 1.
    """
    found = envelope_of(line)
    if found is None:
        return b""
    kept, since = [], 0
    is_empty = True
    for place, (begin, end) in enumerate(found.items, start=1):
        if place in places:
            kept += [line[since:begin], NOTHING]
            since = end
        elif line[begin:end] != NOTHING:
            is_empty = False
    return b"" if is_empty else b"".join([*kept, line[since:]])


def _is_value_of_readings(line: bytes, key: re.Match[bytes], at: int) -> bool:
    if line[key.end() : at].strip(_BLANK) != b":":
        return False
    try:
        return names_readings(json.loads(key[0]))
    except ValueError:
        return False


def _stripped(line: bytes, begin: int, end: int) -> Span:
    while begin < end and line[begin] in _BLANK:
        begin += 1
    while begin < end and line[end - 1] in _BLANK:
        end -= 1
    return begin, end
