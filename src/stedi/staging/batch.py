"""Stage some landed files: a verdict for every line, rows, and the ledger as commit point."""

from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

from stedi.building import rules_version
from stedi.building.changes import BY_RULES
from stedi.building.run_context import Run
from stedi.building.side_by_side import each
from stedi.ground.failpoints import reached
from stedi.lake.config import Lake
from stedi.landing import quarantine, requests
from stedi.sources.file_names import for_message
from stedi.sources.listing import ListedFile
from stedi.sources.reasons import Reason
from stedi.sources.source import Source
from stedi.sources.verdicts import FileVerdict
from stedi.staging import ledger as ledgers
from stedi.staging.accounted_lines import require_balance
from stedi.staging.astray import alerts_of
from stedi.staging.erased_lines import without_traces
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.staging.looking import Looked, look, read_entry, unread
from stedi.staging.reading import FileRead, Reader, refused_files
from stedi.staging.reading_again import read_until_told
from stedi.staging.refused_lines import Content
from stedi.staging.replaying import replay_alerts, replay_copies
from stedi.staging.reports import StageReport
from stedi.staging.staged_rows import StagedRows, stage_rows
from stedi.staging.unreadable import unreadable_consents
from stedi.staging.watching import unit_alerts
from stedi.store.rows import append_rows
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES


def stage_batch(
    run: Run,
    ledger: Ledger,
    suppressor: Suppressor,
    files: list[ListedFile],
    report: StageReport,
    clock_ms: int,
    latest_ms: int,
    tell: Callable[[Sequence[LedgerEntry]], None],
) -> Suppressor:
    """Stage some files; return by which erased people are known after what their records told."""
    # A clock that went back makes nothing land before what had landed.
    landed_at = max(clock_ms, latest_ms)
    batch = f"{run.run_id}-{uuid4().hex[:6]}"
    scratch = run.lake.scratch / batch
    scratch.mkdir(parents=True)
    looked = look(run.session, files, ledger, landed_at=landed_at, batch=batch)
    for file, _ in looked.to_read:
        if ledger.is_new_version(file):
            told = f"{for_message(file.path)} was rewritten: its new lines came in, its old ones stay"
            report.alerts.append(told)
    copies = [(file.source.name, found.sha256) for file, found in looked.known]
    # Before the copies are known: a run that is killed between looks at them again.
    replay_told(run, ledger, suppressor, copies, report, clock_ms, latest_ms)

    reader = Reader(landed_at, run.lake.buckets, suppressor, scratch, clock_ms)
    asides, reads, learnt, suppressor = read_until_told(run.session, looked.to_read, reader)
    reached("stage.read")
    report.alerts[:0] = unreadable_consents(reads)
    without = [read.examined.sha256 for read in reads if read.tally is None]

    def of_source(source: Source) -> StagedRows:
        return stage_rows(run, source, asides.accepted[source.name], batch, without)

    rows = sum(kept.rows for kept in asides.accepted.values())
    staged = dict(zip([s.name for s in SOURCES], each(of_source, SOURCES, rows=rows), strict=True))
    accepted = {(name, sha256): n for name, of in staged.items() for sha256, n in of.by_file}
    report.checks += sum(of.checks for of in staged.values())
    entries = looked.settled + _after_reading(looked, reads, accepted, landed_at, batch)
    require_balance(entries)
    report.checks += len(entries)
    # Before the lines that told it are emptied: a run that is killed between finds them, or what they told.
    append_rows(run.store, requests.TABLE, learnt, batch)
    reached("stage.told")
    if suppressor:
        entries = without_traces(run.lake, suppressor, ledger, looked, reads, entries, scratch, report.alerts)

    marks = {"stedi.batch": batch, BY_RULES: str(rules_version.RULES_VERSION)}
    kept_aside = refused_files(run, asides.refused, batch, without)
    reached("stage.written")
    run.store.append(quarantine.TABLE, kept_aside, marks)
    for source in SOURCES:
        reached("stage.table")
        run.store.append(source.staged, staged[source.name].files, marks)
    reached("stage.rows")
    # Last: without an entry the rows of a file do not count, and the next run drops them.
    ledgers.commit(run.store, ledger, entries, batch)
    reached("stage.ledger")
    _count(report, run.lake, looked, entries)
    tell(entries)
    return suppressor


def replay_told(
    run: Run,
    ledger: Ledger,
    suppressor: Suppressor,
    copies: Sequence[Content],
    report: StageReport,
    clock_ms: int,
    latest_ms: int,
) -> None:
    """Read lines again that were refused as FUTURE, of files that came again."""
    replayed = replay_copies(run, ledger, suppressor, copies, clock_ms=clock_ms, latest_ms=latest_ms)
    report.replayed.update(replayed)
    report.alerts += replay_alerts(replayed, run.lake)


def _after_reading(
    looked: Looked,
    reads: Sequence[FileRead],
    accepted: Mapping[tuple[str, str], int],
    landed_at: int,
    batch: str,
) -> list[LedgerEntry]:
    """The entries of the files that were read, and of their twins; what changed meanwhile waits."""
    entries = []
    kept: set[tuple[str, str]] = set()
    for read in reads:
        content = (read.file.source.name, read.examined.sha256)
        if read.changed is None:
            kept.add(content)
            entries.append(read_entry(read, accepted.get(content, 0), landed_at, batch))
        elif read.changed.refusal.verdict is FileVerdict.WAITING:
            looked.waiting.append(read.file)
        else:
            entries.append(unread(read.file, read.changed.refusal, landed_at, batch))
    for file, found in looked.twins:
        if (file.source.name, found.sha256) in kept:
            entries.append(unread(file, found, landed_at, batch))
        else:
            # Nobody has read that content yet.
            looked.waiting.append(file)
    return entries


def _count(report: StageReport, lake: Lake, looked: Looked, entries: Sequence[LedgerEntry]) -> None:
    report.alerts += [*alerts_of(entries, lake), *unit_alerts(entries, lake)]
    for entry in (*entries, *looked.unchanged):
        report.count(entry.source, entry.verdict)
        if entry.reason is Reason.UNREADABLE:
            report.unreadable.append(for_message(entry.path))
    for file in looked.waiting:
        report.count(file.source.name, FileVerdict.WAITING)
    report.unsettled += len(looked.waiting)
    report.entries += entries
