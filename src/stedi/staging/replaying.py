"""Replay refused lines: what today's reader accepts is staged, and leaves the quarantine.

Written in this order: staged rows under a batch of their own, then the ledger as the commit point, then the
quarantine. Killed before the commit nothing happened; killed after it, the next process completes it.
"""

import contextlib
import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from stedi.building.run_context import Run
from stedi.building.side_by_side import each
from stedi.ground.errors import UsageError
from stedi.ground.failpoints import reached
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.landing import quarantine, requests
from stedi.sources.emptying import Position, empty_lines
from stedi.sources.file_names import for_message
from stedi.sources.opening import FileChangedError
from stedi.sources.reasons import Reason
from stedi.sources.source import Source
from stedi.staging import ledger as ledgers
from stedi.staging.accounted_lines import require_balance
from stedi.staging.asides import Asides
from stedi.staging.astray import alerts_of
from stedi.staging.judged_file import Judged
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.staging.refused_lines import Content, RefusedLines
from stedi.staging.rejudging import Rejudging
from stedi.staging.replay_journal import complete_replay, keep_journal
from stedi.staging.reports import Replayed
from stedi.staging.staged_rows import StagedRows, stage_rows
from stedi.staging.watching import unit_alerts
from stedi.store.rows import append_rows
from stedi.suppression.erased_records import Row, links, new_rows
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES


def refused_contents(lake: Lake, ledger: Ledger, files: Collection[str] | None) -> dict[Content, LedgerEntry]:
    """The landed files with lines in the quarantine; of those named, as refusals name them, unless None.

    Raises:
        UsageError: No line of a file of such a name is refused.
    """
    found = {(entry.source, entry.file_sha256 or ""): entry for entry in ledger.with_refused_lines().values()}
    if files is None:
        return found
    named = {c: e for c, e in found.items() if {e.path, for_message(e.path)} & set(files)}
    missing = set(files) - {name for e in named.values() for name in (e.path, for_message(e.path))}
    if missing:
        raise UsageError(
            f"No refused line of {', '.join(map(for_message, sorted(missing)))} is kept; nothing was read.\n"
            f"See of which files: stedi --lake {shlex.quote(str(lake.root))} quarantine list"
        )
    return named


def replay_alerts(replayed: Replayed, lake: Lake) -> list[str]:
    """What to say of lines that were read again; no value of a person."""
    alerts = alerts_of(replayed.entries, lake)
    if any(
        replayed.refused[source][Reason.UNIT] > reasons[Reason.UNIT]
        for source, reasons in replayed.read.items()
    ):
        alerts += unit_alerts(replayed.entries, lake)
    if records := replayed.unreadable.total():
        alerts.append(
            f"{records:,} of the customer records that were read again hold a consent time that cannot be "
            "read. Until a newer record can be read, nothing of these people passes"
        )
    return alerts


def replay(
    run: Run,
    ledger: Ledger,
    suppressor: Suppressor,
    contents: Mapping[Content, LedgerEntry],
    *,
    clock_ms: int,
    latest_ms: int,
    reasons: Collection[str] | None = None,
) -> Replayed:
    """Read refused lines again, and stage what is accepted.

    A line that is accepted lands now. What its file tells of clocks that were behind stays.

    Args:
        run: The run.
        ledger: All files; knows the corrected entries afterwards.
        suppressor: Who was erased.
        contents: The files whose lines are read, with their entries.
        clock_ms: What the clock says, UTC ms.
        latest_ms: The latest time that the lake has recorded, UTC ms.
        reasons: Only lines refused for these are read; None: all.

    Raises:
        QualityGateError: Lines do not add up; nothing was staged.
    """
    batch = f"{run.run_id}-{uuid4().hex[:6]}"
    scratch = run.lake.scratch / batch
    scratch.mkdir(parents=True)
    landed_at = max(clock_ms, latest_ms)
    how = Rejudging(suppressor, run.lake.buckets, landed_at, clock_ms, run.store.files, reasons)
    refused, asides, judged, learnt = _judge(run, contents, how, scratch)
    reached("replay.read")

    def of_source(source: Source) -> StagedRows:
        return stage_rows(run, source, asides.accepted[source.name], batch, ())

    staged = dict(
        zip(
            [s.name for s in SOURCES],
            each(of_source, SOURCES, rows=sum(kept.rows for kept in asides.accepted.values())),
            strict=True,
        )
    )
    accepted = {(name, sha256): n for name, of in staged.items() for sha256, n in of.by_file}
    told = Replayed(checks=sum(of.checks for of in staged.values()))
    corrected = {}
    for of_file in judged:
        new = accepted.get(of_file.content, 0)
        told.add(of_file, new)
        if of_file.is_changed:
            entry = _corrected(of_file, new, batch, landed_at, covers_future=how.selects(Reason.FUTURE))
            corrected[entry.sequence] = _emptied(run, entry, of_file.erased, scratch)
    if not corrected:
        return told
    told.entries = list(corrected.values())
    require_balance(told.entries)
    told.checks += len(corrected)
    append_rows(run.store, requests.TABLE, learnt, batch)
    _commit(run, ledger, refused, staged, corrected, batch)
    return told


def _judge(
    run: Run, contents: Mapping[Content, LedgerEntry], how: Rejudging, scratch: Place
) -> tuple[RefusedLines, Asides, list[Judged], list[Row]]:
    """Judge lines, and again while records of erased people tell of further addresses or names of theirs."""
    told: list[Row] = []
    while True:
        refused = RefusedLines(run.store.files(quarantine.TABLE) if contents else [])
        asides, judged = Asides.within(scratch), []
        for of_file, rows in how.of_files(refused, contents, lambda: Asides.within(scratch)):
            assert rows is not None
            asides.absorb(rows)
            judged.append(of_file)
        asides.close()
        new = new_rows((row for of_file in judged for row in of_file.told), told)
        told += new
        if not links(new):
            return refused, asides, judged, told
        asides.discard()
        how = replace(how, suppressor=how.suppressor.knowing(new))


def replay_copies(
    run: Run,
    ledger: Ledger,
    suppressor: Suppressor,
    copies: Iterable[Content],
    *,
    clock_ms: int,
    latest_ms: int,
) -> Replayed:
    """Read lines again that were refused as FUTURE, of files of which a copy came: their time may be here."""
    there = ledger.with_refused_lines()
    met = (entry for content in copies if (entry := there.get(content)))
    contents = {(entry.source, entry.file_sha256 or ""): entry for entry in met}
    if not contents:
        return Replayed()
    only = (Reason.FUTURE,)
    return replay(run, ledger, suppressor, contents, clock_ms=clock_ms, latest_ms=latest_ms, reasons=only)


def _commit(
    run: Run,
    ledger: Ledger,
    refused: RefusedLines,
    staged: Mapping[str, StagedRows],
    corrected: Mapping[int, LedgerEntry],
    batch: str,
) -> None:
    coming = refused.write(run.store)
    reached("replay.written")
    for source in SOURCES:
        reached("replay.table")
        run.store.append(source.staged, staged[source.name].files, {"stedi.batch": batch})
    keep_journal(run.lake.scratch, batch, refused.leaving, coming)
    reached("replay.rows")
    entries: Sequence[LedgerEntry] = [corrected.get(e.sequence, e) for e in ledger.entries]
    ledgers.rewrite(run.store, entries, batch)
    ledger.correct(entries)
    reached("replay.ledger")
    complete_replay(run.lake.scratch, run.store, ledger.batches)


def _emptied(run: Run, entry: LedgerEntry, erased: Sequence[Position], room: Place) -> LedgerEntry:
    """Empty the lines of erased people in the lake's own landed file, if it is as it was."""
    landing = run.lake.landing.resolve()
    if erased and entry.landing == str(landing):
        with contextlib.suppress(FileChangedError, OSError):
            done = empty_lines(landing / entry.path, entry.state, erased, room)
            return replace(entry, state=done.state, rewritten_sha256=done.sha256)
    return entry


def _corrected(
    judged: Judged, accepted: int, batch: str, read_at: int, *, covers_future: bool
) -> LedgerEntry:
    """The entry of a file after some of its refused lines were read again, of whose rows so many were new."""
    entry = judged.entry
    notes = Counter(entry.notes)
    notes.update(judged.notes)
    return replace(
        entry,
        plain=entry.plain + judged.plain,
        envelopes=entry.envelopes + judged.envelopes,
        readings=entry.readings + judged.readings,
        accepted=entry.accepted + accepted,
        quarantined=entry.quarantined - judged.leaving + judged.opened,
        duplicate=entry.duplicate + judged.readable - accepted,
        blank=entry.blank + judged.blank,
        erased=entry.erased + len(judged.erased),
        notes=+notes,
        replayed_at=read_at if covers_future else entry.replayed_at,
        replays=" ".join(filter(None, (entry.replays, batch))),
    )
