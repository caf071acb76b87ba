"""What the lines of a file look like: JSON objects at all, and of which source."""

import json
from collections.abc import Sequence
from typing import Any

from stedi.sources.envelopes import names_readings
from stedi.sources.reasons import Reason
from stedi.sources.source import Source

LONGEST_LINE_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n\v\f"


class Likeness:
    """Looks at a file's content, block by block, until one line has told that it lies rightly here.

    Only a file without such a line is looked at to its end, so that no good file costs more than a line,
    and no good line is lost with a bad file.
    """

    def __init__(self, source: Source, sources: Sequence[Source]) -> None:
        self._own = _required(source)
        self._others = [_required(other) for other in sources if other.name != source.name]
        self._begun = b""
        self._has_text = False
        self._has_object = False
        self._has_other = False
        self.is_own = False

    def look(self, block: bytes) -> None:
        """Take the next bytes of the content."""
        if len(self._begun) > LONGEST_LINE_BYTES and b"\n" not in block:
            return
        *lines, self._begun = (self._begun + block).split(b"\n")
        # The head of a line too long to be read tells enough, and bounds the memory.
        self._begun = self._begun[: LONGEST_LINE_BYTES + 1]
        for line in lines:
            self._take(line)
            if self.is_own:
                return

    def reason(self) -> Reason | None:
        """Why the file is quarantined, once all of it was seen; None when its lines are to be read.

        NOT_JSON: it has text, and no line begins with `{`. WRONG_SOURCE: some lines have every key that
        another source requires, and none resembles this source at least as much.
        """
        if not self.is_own:
            self._take(self._begun)
            self._begun = b""
        if self.is_own:
            return None
        if self._has_text and not self._has_object:
            return Reason.NOT_JSON
        return Reason.WRONG_SOURCE if self._has_other else None

    def _take(self, line: bytes) -> None:
        text = line.removeprefix(_BOM).strip(_BLANK)
        if not text:
            return
        self._has_text = True
        if not text.startswith(b"{"):
            return
        self._has_object = True
        if len(text) > LONGEST_LINE_BYTES:
            return
        try:
            keys = _keys(json.loads(text))
        except (ValueError, RecursionError):
            return
        own = _share(self._own, keys)
        if own < 1 and any(other <= keys for other in self._others):
            self._has_other = True
        elif own > 0:
            self.is_own = True


def _keys(told: dict[str, Any]) -> set[str]:
    """The keys of an object, and of the readings that it holds where it is an envelope, in lower case."""
    keys = {key.lower() for key in told}
    for key, held in told.items():
        if names_readings(key) and isinstance(held, list):
            keys |= {key.lower() for reading in held if isinstance(reading, dict) for key in reading}
    return keys


def _required(source: Source) -> frozenset[str]:
    """The keys without which a line of the source is refused, in lower case."""
    return frozenset(column.key.lower() for column in source.landed.columns if column.required)


def _share(required: frozenset[str], keys: set[str]) -> float:
    """How much of what is required is there, from 0 to 1."""
    return len(required & keys) / len(required)
