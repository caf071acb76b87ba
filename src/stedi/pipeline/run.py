"""A run, from what landed to a published release."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from stedi.config import Lake
from stedi.engine.session import sail
from stedi.errors import UsageError
from stedi.landing import landed_files, quarantine
from stedi.pipeline import publish as publishing
from stedi.pipeline.build import Built, Files, build_all
from stedi.pipeline.gate import accounted, as_declared, consented_only, landed
from stedi.pipeline.ledger import Ledger, LedgerEntry
from stedi.pipeline.lock import only_writer
from stedi.pipeline.publish import Release
from stedi.pipeline.recovery import recover
from stedi.pipeline.run_context import Run
from stedi.pipeline.stage import StageReport, stage
from stedi.sources.listing import SETTLE_S, placed_whole, require_folder
from stedi.store.local import LocalStore
from stedi.tables import SOURCES, TABLES
from stedi.trusted import consent


class Listener:
    """Hears of a run while it goes on; every method may be left as it is."""

    def waiting_for_lake(self) -> None:
        """Another run holds the lake."""

    def recovered(self) -> None:
        """A run before did not end, and what it left was taken away."""

    def settling(self, files: int, seconds: float) -> None:
        """Files may still be written, and the run waits to look again."""

    def staged(self, entries: Sequence[LedgerEntry]) -> None:
        """A batch of files was staged."""

    def built(self, built: Built) -> None:
        """A table was built and is not yet published."""


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Attributes:
        run_id: Names the run.
        stage: What became of the landing zone.
        release: The release that readers now see; the one before where nothing changed.
        built: The tables built, none where nothing changed.
        checks: Checks passed.
        seconds: How long it took.
    """

    run_id: str
    stage: StageReport
    release: Release
    built: tuple[Built, ...] = ()
    checks: int = 0
    seconds: float = field(default=0.0)

    @property
    def changed(self) -> bool:
        """Whether tables were built anew; files that bring no row make a release without that."""
        return bool(self.built)


def run(
    lake: Lake,
    landing: Path | None = None,
    *,
    settle_s: float = SETTLE_S,
    full: bool = False,
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    listener: Listener | None = None,
) -> RunReport:
    """Take what landed through every zone, and publish the tables together.

    Args:
        lake: The lake.
        landing: Read in place and never written to; the lake's own landing zone when None, whose
            files were placed whole.
        settle_s: How long a file must lie untouched before it is taken for whole.
        full: Build again even if nothing changed.
        clock: UTC ms.
        listener: Hears how the run goes.

    Raises:
        KeyMissingError: A key is missing; nothing was written.
        QualityGateError: Data is not as declared, or does not add up; nothing was published.
        PrivacyGateError: A row stands without consent; nothing was published.
    """
    began = time.perf_counter()
    listener = listener or Listener()
    folder = _folder(lake, landing)
    lake.key("audit")
    pseudonym_key, suppression_key = lake.key("pseudonym"), lake.key("suppression")
    run_id = f"{datetime.fromtimestamp(clock() / 1000, UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
    with only_writer(lake, waiting=listener.waiting_for_lake), sail() as session:
        store = LocalStore(lake.catalog, lake.warehouse)
        try:
            store.create(TABLES)
            ledger = Ledger.of(store)
            if recover(lake, store, ledger):
                listener.recovered()
            lake.scratch.mkdir()
            this = Run(lake, store, session, run_id, clock(), pseudonym_key, suppression_key)
            # Files in the lake's own landing zone were placed whole, by an atomic rename.
            wait_s = 0.0 if landing is None or placed_whole(folder) else settle_s
            staged = _stage(this, ledger, folder, wait_s, clock, listener)
            # What landed while others were staged is decided upon too.
            this = replace(this, now_ms=clock())
            report = _derive(this, ledger, staged, full, clock, listener)
            # Only now: as long as it is there, the next run recovers.
            shutil.rmtree(lake.scratch)
        finally:
            store.close()
    return RunReport(run_id, staged, report.release, report.built, report.checks, time.perf_counter() - began)


def _folder(lake: Lake, landing: Path | None) -> Path:
    """The landing zone to read, made sure of before anything is written."""
    folder = (lake.landing if landing is None else landing).resolve()
    require_folder(folder)
    names = [source.name for source in SOURCES]
    if not any((folder / name).exists() for name in names):
        where = "Nothing has landed in this lake" if landing is None else f"{folder} holds no landed files"
        raise UsageError(
            f"{where}: there is none of the folders {', '.join(names)}; nothing was run.\n"
            "Name the folder that holds them: stedi run --landing DIR, or stedi land DIR"
        )
    for name in names:
        if lake.root.resolve().is_relative_to(folder / name):
            raise UsageError(
                "The lake lies among the files to be read; nothing was run.\n"
                "Name a landing zone that does not hold the lake: stedi run --landing DIR"
            )
    return folder


def _stage(
    run: Run,
    ledger: Ledger,
    folder: Path,
    wait_s: float,
    clock: Callable[[], int],
    listener: Listener,
) -> StageReport:
    report = stage(run, ledger, folder, settle_s=wait_s, clock=clock, tell=listener.staged)
    if not report.unsettled or not wait_s:
        return report
    listener.settling(report.unsettled, wait_s)
    time.sleep(wait_s)
    again = stage(run, ledger, folder, settle_s=wait_s, clock=clock, tell=listener.staged)
    again.entries = report.entries + again.entries
    again.checks += report.checks
    again.alerts = list(dict.fromkeys(report.alerts + again.alerts))
    return again


def _derive(
    run: Run,
    ledger: Ledger,
    staged: StageReport,
    full: bool,
    clock: Callable[[], int],
    listener: Listener,
) -> RunReport:
    before = publishing.newest(run.store)
    fingerprint = publishing.inputs(run)
    files = Files.staged(run)
    checked = landed(run, files, run.store.files(quarantine.TABLE), ledger.entries)
    if before and not full and _stands(run, before, fingerprint):
        return RunReport(run.run_id, staged, _with_new_files(run, before, clock), checks=staged.checks)
    built = build_all(run, files, listener.built)
    checked += as_declared(run, files) + consented_only(run, files)
    closed, dispositions = accounted(files)
    release = publishing.publish(
        run,
        built,
        dispositions,
        fingerprint=fingerprint,
        next_change_at=consent.next_change_at(files.frame(consent.TABLE)),
        published_at=clock(),
    )
    return RunReport(run.run_id, staged, release, tuple(built), staged.checks + (checked + closed).checks)


def _with_new_files(run: Run, before: Release, clock: Callable[[], int]) -> Release:
    """A release of the same tables that knows the files which brought no row, if there are any."""
    if before.snapshots[landed_files.TABLE.name] == run.store.snapshot_id(landed_files.TABLE):
        return before
    return publishing.publish(
        run,
        (),
        before.dispositions,
        fingerprint=before.inputs,
        next_change_at=before.next_change_at,
        published_at=clock(),
    )


def _stands(run: Run, before: Release, fingerprint: str) -> bool:
    """Whether the tables of a release are still what a run would build now."""
    due = before.next_change_at is not None and before.next_change_at <= run.now_ms
    # A clock that was ahead may have let in what is not yet consented.
    due = due or before.as_of_ms > run.now_ms
    return (
        before.inputs == fingerprint
        and not due
        and all(
            before.snapshots.get(table.name) == run.store.snapshot_id(table)
            for table in publishing.RELEASED
            if table not in (landed_files.TABLE, quarantine.TABLE)
        )
    )
