"""Whether bytes hold a person, by the very search that proves afterwards that they are gone."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import BinaryIO

from stedi.decoding.halving import APART, Answer, in_batches, lines_that_hold
from stedi.landing import customer
from stedi.privacy.suppression import covered_until
from stedi.prover.contents import Looking
from stedi.prover.positions import LANDED
from stedi.prover.rows import RowSearch
from stedi.prover.search import Search
from stedi.prover.traces import Kind, Traces
from stedi.sources.source import Source

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"(\s*:)?', re.DOTALL)
ANSWERS = 1 << 12
_known: OrderedDict[tuple[bytes, bool, bytes], Answer] = OrderedDict()
"""What was searched before, by whom it was searched for and a digest of it: a request looks at every landed
line several times, and most have not changed meanwhile."""

NOTHING = b'""'
"""What stands in the place of a text that was taken out of somebody else's line."""


class PersonFinder:
    """Finds one person in lines and landed files: what the proof would find, the removal finds.

    Args:
        traces: What tells of the person.
        unreadable: Whether also what can be read in no way counts, which may hold anybody.
        requested_at: When the person asked, UTC ms; None: what came later counts as what came before.
    """

    def __init__(self, traces: Traces, *, unreadable: bool = False, requested_at: int | None = None) -> None:
        self._whose = traces.digest()
        self._search = Search([traces])
        self._rows = RowSearch([traces])
        self._unreadable = unreadable
        self._requested_at = requested_at
        self._identities = {t.text.casefold() for t in traces.texts if t.kind in (Kind.EMAIL, Kind.SERIAL)}

    def is_person(self, whose: str) -> bool:
        """Whether an e-mail or serial number is the person's."""
        return whose.casefold() in self._identities

    def is_later(self, source: Source, whose: str, at: int) -> bool:
        """Whether a row is the person's and its own time is after what the request covers."""
        if self._requested_at is None or not self.is_person(whose):
            return False
        is_record = source is customer.SOURCE
        return at >= (self._requested_at + 1 if is_record else covered_until(self._requested_at))

    def holds(self, data: bytes) -> bool:
        """Whether a line, or several, hold the person."""
        return self._searched(data).holds

    def _searched(self, data: bytes) -> Answer:
        asked = (self._whose, self._unreadable, hashlib.sha256(data).digest())
        if asked not in _known:
            looking = Looking(self._search, self._rows, LANDED)
            looking.walk_text(data)
            _known[asked] = Answer(self._counts(looking), looking.is_whole)
            if len(_known) > ANSWERS:
                _known.popitem(last=False)
        return _known[asked]

    def file_holds(self, file: BinaryIO) -> bool:
        """Whether a file holds the person, in whatever packing."""
        looking = Looking(self._search, self._rows, LANDED)
        looking.into(file)
        return self._counts(looking)

    def _counts(self, looking: Looking) -> bool:
        return looking.tells or (self._unreadable and bool(looking.failures))

    def which(self, lines: list[bytes]) -> list[int]:
        """Which of some lines hold the person, from 0, and which only together with their neighbours."""
        left, found = list(lines), set[int]()
        while here := lines_that_hold(left, lambda some: self._searched(b"\n".join(some)), self._together):
            # What holds them only as a whole goes as a whole.
            fresh = set(here) - found or {n for n, line in enumerate(left) if line}
            found |= fresh
            for n in fresh:
                left[n] = b""
        return sorted(found)

    def which_alone(self, lines: Sequence[bytes]) -> list[int]:
        """Which of some lines hold the person each by itself, from 0."""
        return [
            begin + n
            for begin, some in in_batches(lines)
            for n in lines_that_hold(some, lambda each: self._searched(APART.join(each)))
        ]

    def _together(self, lines: Sequence[bytes]) -> list[int]:
        """The fewest neighbours that hold the person together, such as lines of one encoding."""
        end = self._least(lambda n: lines[:n], len(lines))
        size = self._least(lambda n: lines[end - n : end], end)
        return list(range(end - size, end))

    def _least(self, part: Callable[[int], Sequence[bytes]], most: int) -> int:
        low, high = 1, most
        while low < high:
            middle = (low + high) // 2
            if self.holds(b"\n".join(part(middle))):
                high = middle
            else:
                low = middle + 1
        return low

    def without(self, line: bytes) -> bytes | None:
        """A line whose texts that hold the person are empty; None where it then still does."""

        def kept(text: re.Match[bytes]) -> bytes:
            return text[0] if text[1] is not None or not self.holds(text[0]) else NOTHING

        left = _STRING.sub(kept, line)
        return None if left == line or self.holds(left) else left
