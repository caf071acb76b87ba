"""The refused lines of one landed file get a verdict again, all together, for readings tell of clocks."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from stedi.landing import customer
from stedi.sources.astray import LOOKS_LIKE_CUSTOMERS
from stedi.sources.emptying import Position
from stedi.sources.envelopes import ITEM
from stedi.sources.lines import LINE
from stedi.sources.reasons import Reason
from stedi.sources.rereading import Reread
from stedi.sources.source import Source
from stedi.staging.asides import Asides
from stedi.staging.astray import CustomerLines
from stedi.staging.ledger import LedgerEntry
from stedi.staging.reading import of_content, positions
from stedi.staging.refused_lines import CUT, Content, RefusedLines, RefusedPart, as_quarantined
from stedi.staging.watching import WRONG_CLOCK, WRONG_CLOCKS, ReadingWatch
from stedi.suppression.erased_records import Row
from stedi.tables import SOURCES

if TYPE_CHECKING:
    from stedi.staging.rejudging import Rejudging

_SOURCES = {source.name: source for source in SOURCES}


@dataclass
class Judged:
    """What the refused lines of one landed file are now.

    Attributes:
        content: The file.
        entry: What the ledger tells of it.
        read: How many were read again, by the reason that they had.
        refused: How many of those are still refused, by the reason that they have now.
        readable: How many rows they became.
        leaving: How many rows leave the quarantine.
        opened: How many refused readings come to it, of lines that are read as envelopes now.
        plain: As for `Reread`, so are the next three.
        erased: Where lines and readings of erased people stand that were accepted.
        told: What records of erased people told that were accepted, as rows of `requests`.
        clock: How many are refused for their device's clock, and `devices` of how many.
        notes: What is to be added to the notes of the file.
        is_changed: Whether any line has another verdict than it had.
    """

    content: Content
    entry: LedgerEntry
    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    readable: int = 0
    leaving: int = 0
    opened: int = 0
    plain: int = 0
    envelopes: int = 0
    readings: int = 0
    blank: int = 0
    erased: list[Position] = field(default_factory=list)
    told: list[Row] = field(default_factory=list)
    clock: int = 0
    devices: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    is_changed: bool = False

    def add(self, found: Reread) -> None:
        """Count what a part of the lines is."""
        self.plain += found.plain
        self.envelopes += found.envelopes
        self.readings += found.readings
        self.blank += found.blank
        self.notes += found.notes
        self.opened += found.opened.num_rows
        self.refused.update(reason for reason in found.reasons if reason)
        self.leaving += found.reasons.count(None)


def watched_columns(source: Source) -> tuple[str, ...]:
    """The columns of a staged table that tell of a device's clock and unit."""
    axes = [name for name in ("x", "y", "z") if name in source.staged.names]
    return (source.staged.participant or "", source.staged.moment or "", *axes, LINE, ITEM)


class FileJudgement:
    """Judges the refused lines of one landed file, in two steps."""

    def __init__(
        self,
        how: "Rejudging",
        refused: RefusedLines,
        content: Content,
        entry: LedgerEntry,
        new_asides: Callable[[], Asides] | None,
    ) -> None:
        self.content, self.entry = content, entry
        self.source = _SOURCES[content[0]]
        self.asides: Asides | None = None
        self.buckets: set[int] = set()
        self.found: list[Any] = []
        self.staged: list[Any] = []
        self._unasked: list[Any] = []
        self._how, self._refused, self._new_asides = how, refused, new_asides
        self._is_watched = self.source is not customer.SOURCE

    def read(self) -> None:
        """Read the lines again, whatever clock their devices have."""
        self._judged, self._parts = self._read(frozenset())

    def judged(self) -> Judged:
        """The verdicts, once `staged` is known."""
        judged = self._judged
        wrong = self._wrong_clocks() if self.found else frozenset()
        if wrong:
            if self.asides:
                self.asides.discard()
            refused_anyway = judged.refused[Reason.UNIT]
            judged, self._parts = self._read(wrong)
            judged.clock = judged.refused[Reason.UNIT] - refused_anyway
            judged.devices = len(wrong)
        for part, found in self._parts:
            judged.is_changed |= self._tell(part, found)
        self._note(judged)
        return judged

    def _read(self, wrong_clocks: frozenset[str]) -> tuple[Judged, list[tuple[RefusedPart, Reread]]]:
        judged, parts = Judged(self.content, self.entry), []
        self.asides = self._new_asides() if self._new_asides else None
        self.found, self._unasked = [], []
        for whole in self._refused.of(self.content):
            reasons = whole.lines.column("reason").to_pylist()
            mine = np.array([self._how.selects(reason) for reason in reasons], dtype=bool)
            if self._is_watched and not mine.all():
                rest = whole.lines.filter(_mask(~mine))
                # A line that is cut would be taken for a whole one.
                rest = rest.filter(_mask(np.array([r != CUT for r in rest.column("reason").to_pylist()])))
                unasked = self._how.reread(rest, self.source).accepted
                self._unasked.append(unasked.select(watched_columns(self.source)))
            if not mine.any():
                continue
            part = RefusedPart(whole.number, whole.rows[mine], whole.lines.filter(_mask(mine)))
            judged.read.update(part.lines.column("reason").to_pylist())
            found = self._how.reread(part.lines, self.source, wrong_clocks)
            judged.add(found)
            self._keep(found, judged)
            parts.append((part, found))
        return judged, parts

    def _keep(self, found: Reread, judged: Judged) -> None:
        """Keep accepted rows aside, but for those of erased people."""
        rows = found.accepted
        if self._how.suppressor and rows.num_rows:
            erased = self._how.suppressor.accepted(self.source.name, rows)
            theirs = rows.filter(_mask(erased))
            judged.erased += positions(theirs)
            if not self._is_watched:
                judged.told += self._how.suppressor.records.told(theirs.to_pylist())
            rows = rows.filter(_mask(~erased))
        if self._how.suppressor and found.opened.num_rows:
            erased = self._how.suppressor.refused(found.opened)
            judged.erased += positions(found.opened.filter(_mask(erased)))
            judged.opened -= int(erased.sum())
            found.opened = found.opened.filter(_mask(~erased))
        judged.readable += rows.num_rows
        if self._is_watched and rows.num_rows:
            self.found.append(rows.select(watched_columns(self.source)))
            self.buckets.update(rows["bucket"].unique().to_pylist())
        if self.asides:
            for batch in of_content(rows, self.source, self.content[1]).to_batches():
                self.asides.accepted[self.source.name].add(batch)
        # It is on disk, or counted.
        found.accepted = rows.slice(0, 0)

    def _tell(self, part: RefusedPart, found: Reread) -> bool:
        """Let the quarantine know what becomes of its rows; return whether anything does."""
        stays = np.array([reason is not None for reason in found.reasons], dtype=bool)
        self._refused.leave(part.number, part.rows[~stays])
        before = part.lines.column("reason").to_pylist()
        is_changed = bool(before != found.reasons)
        for row, was, now in zip(part.rows, before, found.reasons, strict=True):
            if now is not None and now != was:
                self._refused.refuse_as(part.number, int(row), now)
        opened = as_quarantined(found.opened, self.content, self._how.landed_at)
        self._refused.add(part.number, opened)
        return is_changed

    def _wrong_clocks(self) -> frozenset[str]:
        watch = ReadingWatch(self.source)
        for batch in _in_order([*self.staged, *self._unasked, *self.found]):
            watch.add(batch)
        return watch.wrong_clocks()

    def _note(self, judged: Judged) -> None:
        """Let the notes of the file tell of its lines as they are now."""
        old = self.entry.notes
        notes = judged.notes
        if self.found:
            before, after = ReadingWatch(self.source), ReadingWatch(self.source)
            for batch in _in_order(self.staged):
                before.add(batch)
            for batch in _in_order([*self.staged, *self.found]):
                after.add(batch)
            notes.update(after.units())
            notes.subtract(before.units())
        told = judged.clock + (0 if self._how.selects(Reason.UNIT) else old[WRONG_CLOCK])
        notes[WRONG_CLOCK] += told - old[WRONG_CLOCK]
        devices = max(judged.devices, 0 if self._how.selects(Reason.UNIT) else old[WRONG_CLOCKS])
        notes[WRONG_CLOCKS] += (devices if told else 0) - old[WRONG_CLOCKS]
        if old[LOOKS_LIKE_CUSTOMERS] and judged.leaving:
            notes[LOOKS_LIKE_CUSTOMERS] += self._customer_lines() - old[LOOKS_LIKE_CUSTOMERS]

    def _customer_lines(self) -> int:
        """How many lines that stay refused look like customer records."""
        left = {part.number: part.rows[[r is None for r in found.reasons]] for part, found in self._parts}
        lines = CustomerLines()
        for whole in self._refused.of(self.content):
            gone = np.isin(whole.rows, left.get(whole.number, np.array([], dtype=np.int64)))
            lines.add(whole.lines.filter(_mask(~gone)))
        return lines.count


def _mask(flags: Any) -> Any:
    import pyarrow as pa

    return pa.array(flags, pa.bool_())


def _in_order(rows: Sequence[Any]) -> list[Any]:
    """Rows of one file in the order of its lines, as record batches."""
    import pyarrow as pa

    if not rows:
        return []
    together = pa.concat_tables([each.cast(rows[0].schema) for each in rows])
    ordered = together.sort_by([(LINE, "ascending"), (ITEM, "ascending")]).combine_chunks()
    return list(ordered.to_batches())
