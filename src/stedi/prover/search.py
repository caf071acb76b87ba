"""Find many texts at once in bytes."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from stedi.prover.many import Many
from stedi.prover.presence import (
    WORTH_COMPILING,
    different_views,
    may_stand,
    pattern_of,
    standing,
    stands_any,
)
from stedi.prover.spellings import canonical, needles, spelled, views
from stedi.prover.traces import Kind, Traces

TOGETHER = 200
"""Needles of one automaton; RE2 gives up its fast way at about a thousand."""

FEW = 400
"""Up to so many needles, groups of them are looked for one after the other."""

LONGEST_LETTER = 12
"""Bytes of an ASCII letter, escaped twice in JSON in UTF-16."""


@dataclass(frozen=True, order=True)
class Trace:
    """Of whom which kind of trace was found.

    Attributes:
        person: Which of those that are looked for, from 0.
        kind: What was found.
        shared: Whether others have the same.
    """

    person: int
    kind: Kind
    shared: bool = False


Found = Counter[Trace]


WEAK = frozenset({Kind.NAME, Kind.PHONE, Kind.BIRTHDAY})
"""What a person chose, or many have: it tells of them only as a value in the place of a value."""

_SEPARATE = re.compile(r"[^0-9]")


@dataclass(frozen=True)
class _Needle:
    data: bytes
    traces: frozenset[Trace]
    # What stands before and after it in longer texts of others.
    within: tuple[tuple[bytes, bytes], ...]
    bounded: bool
    is_address: bool
    # Of those alone that tell of a person wherever they stand.
    strong: frozenset[Trace]


class Search:
    """What is looked for, ready to be found in any bytes.

    Args:
        people: The traces of each person.
    """

    def __init__(self, people: Sequence[Traces]) -> None:
        self.people = people
        traces: dict[bytes, set[Trace]] = defaultdict(set)
        within: dict[bytes, set[tuple[bytes, bytes]]] = defaultdict(set)
        self._cells: dict[str, set[Trace]] = defaultdict(set)
        for number, person in enumerate(people):
            for text in person.texts:
                for spelling in spelled(text.kind, text.text) if text.kind in WEAK else ():
                    self._cells[canonical(spelling)].add(Trace(number, text.kind, text.shared))
                longer = set(text.within)
                if text.kind is Kind.EMAIL:
                    # An address of somebody else is known in every spelling, as the person's own is.
                    longer |= {form for each in text.within for form in spelled(Kind.EMAIL, each)}
                for needle in needles(text.kind, text.text):
                    traces[needle].add(Trace(number, text.kind, text.shared))
                    within[needle] |= set(_around(needle, longer))
        self._needles = [
            _Needle(
                n, frozenset(t), tuple(sorted(within[n])), any(x.kind in _BOUNDED for x in t),
                any(x.kind is Kind.EMAIL for x in t), frozenset(x for x in t if x.kind not in WEAK),
            )
            for n, t in sorted(traces.items())
        ]  # fmt: skip
        self._weak = [n.data for n in self._needles if len(n.strong) < len(n.traces)]
        self._is_over_lines = any(b"\n" in needle.data for needle in self._needles)
        self._cells.pop("", None)
        longest = max((len(n.data) for n in self._needles), default=0)
        longest_around = max((len(b) + len(a) for n in self._needles for b, a in n.within), default=0)
        self.reach = LONGEST_LETTER * (longest + longest_around + 1)
        """How many bytes a text and what tells that it is another's may take, escaped."""

    @cached_property
    def _many(self) -> Many:
        return Many([needle.data for needle in self._needles])

    @cached_property
    def _groups(self) -> list[tuple[str, list[_Needle]]]:
        return self._grouped(self._needles)

    @cached_property
    def _strong_groups(self) -> list[tuple[str, list[_Needle]]]:
        return self._grouped([needle for needle in self._needles if needle.strong])

    @staticmethod
    def _grouped(needles: list[_Needle]) -> list[tuple[str, list[_Needle]]]:
        groups = [needles[at : at + TOGETHER] for at in range(0, len(needles), TOGETHER)]
        return [(pattern_of(tuple(n.data for n in group)), group) for group in groups]

    def found(
        self,
        data: bytes,
        *,
        text: bool,
        fold: bool = True,
        since: int = 0,
        until: int | None = None,
        weak: bool = True,
        whole: bool = False,
        as_they_are: bool = False,
    ) -> Found:
        """Count the traces in some bytes, in whichever spelling and encoding.

        Args:
            data: The bytes.
            text: Whether they are text, where a letter or digit beside a match means another word.
            fold: Whether letters outside ASCII are compared in any case and composition.
            since: Only matches that begin here or later count; the rest was seen before.
            until: Only matches that begin before this place count; the rest is seen again.
            weak: Whether also names, phone numbers and birthdays, wherever they stand.
            whole: Whether an address counts only whole, and not as the end or beginning of a longer one.
            as_they_are: Whether the bytes hold no escapes and no other encoding that anybody would undo.
        """
        counts: Found = Counter()
        if not as_they_are and not self.may_hold(data, weak=weak):
            return counts
        for number, view in enumerate([data.lower()] if as_they_are else views(data, fold=fold)):
            # Only in the bytes as they are do places mean anything.
            begin = since if number == 0 else min(since, self.reach)
            here = self._in_view(view, text, begin, until if number == 0 else None, weak, whole)
            for trace, count in here.items():
                counts[trace] = max(counts[trace], count)
        return counts

    def cells(self, cells: Iterable[str]) -> Found:
        """Count the values that are a name, phone number or birthday, whole and in whichever spelling."""
        counts: Found = Counter()
        for cell in cells if self._cells else ():
            counts.update(self._cells.get(canonical(cell)) or self._cells.get(_digits(cell), set()))
        return counts

    def may_hold(self, data: bytes, *, weak: bool) -> bool:
        """Whether some bytes may hold anything that is looked for, names and the like as well or not."""
        different = views(data, fold=True) if self._is_over_lines else different_views(data)
        found = (each for view in different for each in self._needles_in(view, 0, None, weak))
        return next(found, None) is not None

    def may_hold_cells(self, data: bytes, among: Collection[bytes] | None = None) -> bool:
        """Whether some bytes may hold a name, phone number or birthday at all, or one of some needles."""
        return may_stand(data, self._weak if among is None else among)

    def weak_needles(self, data: bytes) -> list[bytes]:
        """The needles of names, phone numbers and birthdays that stand in some bytes, in any view of them."""
        return list(dict.fromkeys(standing(data, self._weak)))

    def _in_view(
        self, view: bytes, text: bool, since: int, until: int | None, weak: bool, whole: bool
    ) -> Found:
        counts: Found = Counter()
        for needle, places in self._needles_in(view, since, until, weak):
            if count := sum(1 for _ in _matches(view, needle, text, places, whole)):
                counts.update(dict.fromkeys(needle.traces if weak else needle.strong, count))
        return counts

    def _needles_in(
        self, view: bytes, since: int, until: int | None, weak: bool
    ) -> Iterator[tuple[_Needle, Iterable[int]]]:
        """The needles that stand in a view, and where."""
        if len(self._needles) > FEW:
            for number, places in self._many.places(view).items():
                here = (at for at in places if at >= since and (until is None or at < until))
                if weak or self._needles[number].strong:
                    yield self._needles[number], here
            return
        for pattern, group in (self._groups if weak else self._strong_groups) if view else ():
            if len(view) * len(group) >= WORTH_COMPILING and not stands_any(view, pattern):
                continue
            for needle in [n for n in group if n.data in view]:
                yield needle, _places(view, needle.data, since, until)


_SHORTEST = 6
"""Bytes; a shorter name stands by chance in what is compressed, and in a schema's base64."""

_BOUNDED = {Kind.NAME, Kind.PHONE, Kind.BIRTHDAY, Kind.EMAIL}


def _digits(cell: str) -> str:
    """The digits of what may be a phone number, however they are set apart."""
    digits = _SEPARATE.sub("", cell)
    return digits if len(digits) >= 7 and len(cell) <= 2 * len(digits) and not cell.isalnum() else ""


def _around(needle: bytes, longer: Iterable[str]) -> Iterator[tuple[bytes, bytes]]:
    composed = (unicodedata.normalize(form, text) for text in longer for form in ("NFC", "NFD"))
    for text in dict.fromkeys(composed):
        for other in {text.encode().lower(), text.encode("utf-16-le").lower()}:
            at = other.find(needle)
            while at >= 0:
                yield other[:at], other[at + len(needle) :]
                at = other.find(needle, at + 1)


_WORD = re.compile(rb"[0-9a-z\x80-\xff]")
_GOES_ON_BEFORE = re.compile(rb"[0-9a-z\x80-\xff][.+_%'-]+\Z")
_GOES_ON_AFTER = re.compile(rb"[.-]+[0-9a-z\x80-\xff]")


def _places(view: bytes, data: bytes, since: int, until: int | None) -> Iterator[int]:
    at = view.find(data, since)
    while at >= 0 and (until is None or at < until):
        yield at
        at = view.find(data, at + 1)


def _is_inside(view: bytes, at: int, end: int) -> bool:
    """Whether a letter or digit stands before or after a place."""
    if (after := _WORD.match(view, end)) and (
        after[0] < b"\x80" or _letters(view[end : end + 4])[:1].isalnum()
    ):
        return True
    before = _WORD.match(view, at - 1) if at else None
    return bool(before and (before[0] < b"\x80" or _letters(view[max(0, at - 4) : at])[-1:].isalnum()))


def _letters(data: bytes) -> str:
    """The letters in some bytes, those that are cut in two left out; an accent counts as a letter."""
    text = data.decode("utf-8", "ignore")
    return "".join("e" if unicodedata.combining(letter) else letter for letter in text)


def _is_part(view: bytes, at: int, end: int) -> bool:
    """Whether an address is the end or the beginning of a longer one."""
    return bool(_GOES_ON_BEFORE.search(view, max(0, at - 3), at) or _GOES_ON_AFTER.match(view, end))


def _matches(view: bytes, needle: _Needle, text: bool, places: Iterable[int], whole: bool) -> Iterator[int]:
    """Of the places where a needle stands, those where it tells of somebody."""
    if needle.bounded and not text and len(needle.data) < _SHORTEST:
        return
    for at in places:
        end = at + len(needle.data)
        part = whole and needle.is_address and _is_part(view, at, end)
        inside = part or (text and needle.bounded and _is_inside(view, at, end))
        if not inside and not any(
            view.endswith(before, 0, at) and view.startswith(after, end) for before, after in needle.within
        ):
            yield at
