"""Refused lines are read again by today's reader and clock, some landed files at a time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stedi.landing import customer
from stedi.schema.arrow import rows_in
from stedi.schema.table import Table
from stedi.sources.rereading import Reread, reread
from stedi.sources.source import Source
from stedi.staging.asides import Asides
from stedi.staging.judged_file import FileJudgement, Judged, watched_columns
from stedi.staging.ledger import LedgerEntry
from stedi.staging.refused_lines import CUT, Content, RefusedLines
from stedi.store.data_files import DataFile
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

LINES_AT_ONCE = 1_000_000
"""Landed files are judged together until they have so many refused lines."""


@dataclass(frozen=True)
class Rejudging:
    """How refused lines are read again.

    Attributes:
        suppressor: Who was erased.
        buckets: The lake's number of buckets.
        landed_at: When a line lands that is accepted now, UTC ms.
        clock_ms: What the clock says, UTC ms.
        staged_files: The data files of a staged table.
        reasons: Only lines refused for these are read; None: all.
    """

    suppressor: Suppressor
    buckets: int
    landed_at: int
    clock_ms: int
    staged_files: Callable[[Table], Sequence[DataFile]]
    reasons: Collection[str] | None = None

    def of_files(
        self,
        refused: RefusedLines,
        entries: Mapping[Content, LedgerEntry],
        new_asides: Callable[[], Asides] | None,
    ) -> Iterator[tuple[Judged, Asides | None]]:
        """Judge the refused lines of some landed files.

        Args:
            refused: The quarantine; it hears what becomes of its rows.
            entries: What the ledger tells of the files.
            new_asides: Makes room for the rows of one file; None: they are counted only.
        """
        for group in _groups(refused, entries, self.selects):
            begun = [FileJudgement(self, refused, content, entries[content], new_asides) for content in group]
            for each in begun:
                each.read()
            for source in SOURCES:
                if source is not customer.SOURCE:
                    self._add_staged(source, [each for each in begun if each.source is source])
            for each in begun:
                yield each.judged(), each.asides

    def selects(self, reason: str) -> bool:
        """Whether lines that were refused for a reason are read again."""
        return reason != CUT and (self.reasons is None or reason in self.reasons)

    def reread(self, lines: Any, source: Source, wrong_clocks: Collection[str] = frozenset()) -> Reread:
        """Read some refused lines of a file again."""
        return reread(
            lines,
            source,
            landed_at=self.landed_at,
            buckets=self.buckets,
            clock_ms=self.clock_ms,
            wrong_clocks=frozenset(wrong_clocks),
        )

    def _add_staged(self, source: Source, begun: Sequence["FileJudgement"]) -> None:
        """Tell files of their readings that were accepted before, of devices with readings that are now."""
        import pyarrow as pa
        import pyarrow.compute as pc

        by_sha = {each.content[1]: each for each in begun if each.entry.accepted and each.found}
        if not by_sha:
            return
        buckets = set().union(*(each.buckets for each in by_sha.values()))
        wanted = pa.array(sorted(by_sha), pa.string())
        for file in self.staged_files(source.staged):
            if file.bucket is not None and file.bucket not in buckets:
                continue
            rows = rows_in(file.path, source.staged)
            rows = rows.filter(pc.is_in(rows["_file_sha256"], value_set=wanted))
            for sha256 in rows["_file_sha256"].unique().to_pylist():
                mine = rows.filter(pc.equal(rows["_file_sha256"], sha256)).select(watched_columns(source))
                by_sha[sha256].staged.append(mine)


def _groups(
    refused: RefusedLines, contents: Iterable[Content], selected: Callable[[str], bool]
) -> Iterator[list[Content]]:
    wanted = set(contents)
    group: list[Content] = []
    lines = 0
    for content, reasons in refused.contents().items():
        if content in wanted and any(map(selected, reasons)):
            if group and lines + reasons.total() > LINES_AT_ONCE:
                yield group
                group, lines = [], 0
            group.append(content)
            lines += reasons.total()
    if group:
        yield group
