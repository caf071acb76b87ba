"""Stage what landed: a verdict for every line, rows, and the ledger as commit point."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from stedi.errors import QualityGateError
from stedi.landing import quarantine
from stedi.landing.staged import first_landings
from stedi.pipeline import ledger as ledgers
from stedi.pipeline.gate import staged_as_declared
from stedi.pipeline.ledger import Ledger, LedgerEntry
from stedi.pipeline.reading import READERS, Aside, FileRead, read_all
from stedi.pipeline.run_context import Run
from stedi.sources.examining import Examined, FileRefusal, examined
from stedi.sources.file_names import is_temporary, shown
from stedi.sources.listing import ListedFile, listed, unclaimed
from stedi.sources.source import Source
from stedi.sources.verdicts import FileVerdict
from stedi.store.local import DataFile
from stedi.store.rows import written
from stedi.tables import SOURCES

FILES_AT_ONCE = 10_000
BYTES_AT_ONCE = 1024**3
"""A batch ends at so many files or stored bytes; what it staged is kept when a later one fails."""

ROWS_AT_ONCE = 2_000_000


@dataclass
class StageReport:
    """What became of the landing zone.

    Attributes:
        files: Listed files by source and verdict, those of earlier runs included.
        entries: Ledger entries of this run.
        unsettled: Files that wait because they may still be written.
        checks: Checks passed.
        alerts: What somebody should look at; no personal value.
    """

    files: dict[str, Counter[FileVerdict]] = field(default_factory=dict)
    entries: list[LedgerEntry] = field(default_factory=list)
    unsettled: int = 0
    checks: int = 0
    alerts: list[str] = field(default_factory=list)

    def count(self, source: str, verdict: FileVerdict) -> None:
        """Count a listed file."""
        self.files.setdefault(source, Counter())[verdict] += 1


def stage(
    run: Run, ledger: Ledger, landing: Path, *, settle_s: float, tell: Callable[[Sequence[LedgerEntry]], None]
) -> StageReport:
    """Look at every file of a landing zone and stage those that are new, batch by batch.

    Raises:
        UsageError: There is no such folder.
        QualityGateError: Lines do not add up.
    """
    report = StageReport()
    for name in unclaimed(landing, SOURCES):
        report.alerts.append(f"{shown(name)} belongs to no source and was not read")
    new: list[ListedFile] = []
    for file in listed(landing, SOURCES, settle_s=settle_s):
        if known := ledger.unchanged(file):
            report.count(file.source.name, known.verdict)
        elif file.verdict is FileVerdict.WAITING:
            report.count(file.source.name, file.verdict)
            report.unsettled += not is_temporary(file.name)
        else:
            new.append(file)
            if len(new) >= FILES_AT_ONCE or sum(f.state.size for f in new) >= BYTES_AT_ONCE:
                _batch(run, ledger, new, report, tell)
                new = []
    if new:
        _batch(run, ledger, new, report, tell)
    return report


def _batch(
    run: Run,
    ledger: Ledger,
    files: list[ListedFile],
    report: StageReport,
    tell: Callable[[Sequence[LedgerEntry]], None],
) -> None:
    batch = f"{run.run_id}-{uuid4().hex[:6]}"
    scratch = run.lake.scratch / batch
    scratch.mkdir(parents=True)
    entries: list[LedgerEntry] = []
    to_read = _looked_at(run, ledger, files, report, entries, batch)

    aside = {source.name: Aside(scratch, source.staged) for source in SOURCES}
    refused = Aside(scratch, quarantine.TABLE)
    reads = list(read_all(to_read, aside, refused, landed_at=run.now_ms, buckets=run.lake.buckets))
    for kept in (*aside.values(), refused):
        kept.close()
    changed = [read for read in reads if read.tally is None]
    for read in changed:
        report.count(read.file.source.name, FileVerdict.WAITING)
        report.alerts.append(f"{shown(read.file.path)} changed while it was read; the next run reads it")
    without = [read.examined.sha256 for read in changed]

    accepted: dict[tuple[str, str], int] = {}
    staged: dict[str, list[DataFile]] = {}
    for source in SOURCES:
        staged[source.name] = _rows(run, source, aside[source.name], batch, without)
        for sha256, rows in _by_file(run, source, staged[source.name]):
            accepted[source.name, sha256] = rows
        if staged[source.name]:
            report.checks += staged_as_declared(run, source.staged, staged[source.name]).checks
    entries += [
        _read_entry(run, read, accepted.get((read.file.source.name, read.examined.sha256), 0), batch)
        for read in reads
        if read.tally is not None
    ]
    _require_balance(entries)
    report.checks += len(entries)

    marks = {"stedi.batch": batch}
    run.store.append(quarantine.TABLE, _refused(run, refused, batch, without), marks)
    for source in SOURCES:
        run.store.append(source.staged, staged[source.name], marks)
    # Last: without an entry the rows of a file do not count, and the next run drops them.
    ledgers.commit(run.store, entries, batch)
    ledger.add(entries)
    for entry in entries:
        report.count(entry.source, entry.verdict)
    report.entries += entries
    tell(entries)


def _looked_at(
    run: Run,
    ledger: Ledger,
    files: Iterable[ListedFile],
    report: StageReport,
    entries: list[LedgerEntry],
    batch: str,
) -> list[tuple[ListedFile, Examined]]:
    """The files to read; every other one gets its entry or waits."""
    to_read: list[tuple[ListedFile, Examined]] = []
    contents: set[tuple[str, str]] = set()
    with ThreadPoolExecutor(READERS) as pool:
        for file, found in zip(files, pool.map(_looked, files), strict=True):
            entry = _first_entry(run, file, found, batch)
            source = file.source.name
            if isinstance(found, Examined):
                content = (source, found.sha256)
                if ledger.holds(*content) or content in contents:
                    entries.append(entry)
                    continue
                if ledger.is_new_version(file):
                    report.alerts.append(
                        f"{shown(file.path)} was rewritten: its new lines came in, its old ones stay"
                    )
                contents.add(content)
                to_read.append((file, found))
            elif found.verdict is FileVerdict.WAITING:
                report.count(source, FileVerdict.WAITING)
                report.unsettled += 1
            elif ledger.repeats(entry):
                report.count(source, entry.verdict)
            else:
                entries.append(entry)
    return to_read


def _looked(file: ListedFile) -> Examined | FileRefusal:
    return examined(file, SOURCES) if file.verdict is FileVerdict.READ else FileRefusal(file.reason)


def _first_entry(run: Run, file: ListedFile, found: Examined | FileRefusal, batch: str) -> LedgerEntry:
    """The entry of a file that is not read line by line: refused, quarantined, or seen before."""
    content = found if isinstance(found, Examined) else found.content
    return LedgerEntry(
        source=file.source.name,
        landing=str(file.landing),
        path=file.path,
        state=file.state,
        verdict=FileVerdict.DUPLICATE if isinstance(found, Examined) else found.verdict,
        reason=None if isinstance(found, Examined) else found.reason,
        landed_at=run.now_ms,
        batch=batch,
        file_sha256=content.sha256 if content else None,
        lines=content.lines if content else 0,
    )


def _read_entry(run: Run, read: FileRead, accepted: int, batch: str) -> LedgerEntry:
    tally = read.tally
    assert tally is not None
    return LedgerEntry(
        source=read.file.source.name,
        landing=str(read.file.landing),
        path=read.file.path,
        state=read.file.state,
        verdict=FileVerdict.READ,
        landed_at=run.now_ms,
        batch=batch,
        file_sha256=read.examined.sha256,
        lines=tally.lines,
        accepted=accepted,
        quarantined=tally.refused,
        duplicate=tally.readable - accepted,
        blank=tally.blank,
        notes=tally.notes,
    )


def _rows(run: Run, source: Source, aside: Aside, batch: str, without: Sequence[str]) -> list[DataFile]:
    """Write a batch's rows of one source as data files, without those that landed before."""
    from pyspark.sql import functions as F

    if not aside.rows:
        return []
    there = _overlapping(run, source, aside)
    files: list[DataFile] = []
    for piece in _bucket_groups(run.lake.buckets, aside.rows):
        lines = run.session.read.parquet(*(str(path) for path in aside.files))
        if piece is not None:
            lines = lines.where(F.col("bucket").isin(list(piece)))
        met = [f for f in there if piece is None or f.bucket in piece]
        before = run.frame(source.staged, met) if met else None
        rows = first_landings(lines, before, source, without=without)
        files += run.written(rows, source.staged, batch)
    return files


def _overlapping(run: Run, source: Source, aside: Aside) -> list[DataFile]:
    """The staged files that may hold a row of the same time, hence the same row."""
    first, last = aside.span
    moment = source.staged.moment
    return run.store.files(source.staged, where=f"{moment} >= {first} and {moment} <= {last}")


def _bucket_groups(buckets: int, rows: int) -> list[list[int] | None]:
    pieces = min(buckets, -(-rows // ROWS_AT_ONCE))
    if pieces <= 1:
        return [None]
    every = iter(range(buckets))
    width = -(-buckets // pieces)
    return [group for group in iter(lambda: list(islice(every, width)), [])]


def _by_file(run: Run, source: Source, files: Sequence[DataFile]) -> list[tuple[str, int]]:
    if not files:
        return []
    counted = run.frame(source.staged, files).groupBy("_file_sha256").count()
    return [(row["_file_sha256"], row["count"]) for row in counted.collect()]


def _refused(run: Run, aside: Aside, batch: str, without: Sequence[str]) -> list[DataFile]:
    """Write a batch's refused lines as data files of the quarantine."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    files = []
    for path in aside.files:
        rows: Any = pq.read_table(path)
        if without:
            rows = rows.filter(~pc.is_in(rows["_file_sha256"], value_set=_texts(without)))
        if rows.num_rows:
            files.append(written(rows, quarantine.TABLE, run.store.new_file(quarantine.TABLE, batch)))
    return files


def _texts(values: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array(list(values), pa.string())


def _require_balance(entries: Iterable[LedgerEntry]) -> None:
    faults = [
        f"{shown(entry.path)}: {entry.lines:,} lines, {entry.accepted:,} accepted, "
        f"{entry.quarantined:,} quarantined, {entry.duplicate:,} duplicate, {entry.blank:,} blank"
        for entry in entries
        if not entry.balances
    ]
    if faults:
        raise QualityGateError("Nothing was staged: lines do not add up.", faults)
