"""A run, from what landed to a published release."""

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.config import Lake, opened
from stedi.engine.session import sail
from stedi.errors import UsageError
from stedi.failpoints import reached
from stedi.landing import quarantine, requests
from stedi.model.reviewing import review
from stedi.pipeline import changes, releases
from stedi.pipeline.accounting import accounted, accounted_since
from stedi.pipeline.audited import audited
from stedi.pipeline.build import Built, Files, build_all
from stedi.pipeline.changes import Cause
from stedi.pipeline.gate import as_declared, consented_only, landed, to_look_at
from stedi.pipeline.incremental import Updated, update
from stedi.pipeline.ledger import Ledger, LedgerEntry
from stedi.pipeline.lock import only_writer
from stedi.pipeline.procedures import between_procedures
from stedi.pipeline.publish import publish
from stedi.pipeline.recovery import recover
from stedi.pipeline.releases import Release
from stedi.pipeline.run_context import Run
from stedi.pipeline.stage import StageReport, stage
from stedi.privacy.keys import NAMES
from stedi.sources.listing import SETTLE_S, placed_whole, require_folder
from stedi.store.opening import store_of
from stedi.store.store import Store
from stedi.tables import DERIVED, SOURCES, STAGED, TABLES
from stedi.trusted import consent

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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

    def stale_models(self, models: int) -> None:
        """So many models learnt from people who left, or whose readings did."""


@dataclass(frozen=True)
class RunReport:
    """What a run did.

    Attributes:
        run_id: Names the run.
        stage: What became of the landing zone.
        release: The release that readers now see; the one before where nothing changed.
        built: The tables built, none where nothing changed.
        causes: Why they were.
        checks: Checks passed.
        seconds: How long it took.
    """

    run_id: str
    stage: StageReport
    release: Release
    built: tuple[Built, ...] = ()
    causes: frozenset[Cause] = frozenset()
    checks: int = 0
    seconds: float = field(default=0.0)

    @property
    def changed(self) -> bool:
        """Whether tables were built anew; files that bring no row make a release without that."""
        return bool(self.built)

    @property
    def updated(self) -> bool:
        """Whether tables were brought up to date from what changed, and not built from everything."""
        return self.changed and not self.causes & changes.EVERYTHING


def run(
    lake: Lake,
    landing: Path | None = None,
    *,
    settle_s: float = SETTLE_S,
    full: bool = False,
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    listener: Listener | None = None,
    within_procedure: bool = False,
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
        within_procedure: Whether it is a step of a withdrawal or erasure; all other runs wait for those.

    Raises:
        KeyMissingError: A key is missing; nothing was written.
        QualityGateError: Data is not as declared, or does not add up; nothing was published.
        PrivacyGateError: A row stands without consent; nothing was published.
    """
    began = time.perf_counter()
    listener = listener or Listener()
    folder = folder_to_read(lake, landing)
    lake = opened(lake.root)
    for name in NAMES:
        lake.key(name)
    undisturbed = nullcontext() if within_procedure else between_procedures(lake)
    with undisturbed, only_writer(lake, waiting=listener.waiting_for_lake), sail() as session:
        # Waiting may have been for a rotation: only now is it sure which key is the lake's.
        lake = opened(lake.root)
        store = store_of(lake)
        # Files in the lake's own landing zone were placed whole, by an atomic rename.
        wait_s = 0.0 if landing is None or placed_whole(folder) else settle_s
        try:
            report = through_every_zone(lake, store, session, folder, wait_s, full, clock, listener)
            listener.stale_models(review(lake, store))
        finally:
            store.close()
    return replace(report, seconds=time.perf_counter() - began)


def through_every_zone(
    lake: Lake,
    store: Store,
    session: "SparkSession",
    folder: Path,
    wait_s: float,
    full: bool,
    clock: Callable[[], int],
    listener: Listener,
    telling: Callable[[Run], AbstractContextManager[None]] = audited,
) -> RunReport:
    """Stage, build and publish in a store that nobody else writes to.

    Args:
        lake: The lake.
        store: Its tables.
        session: The engine.
        folder: The landing zone.
        wait_s: How long a file must lie untouched before it is taken for whole.
        full: Build again even if nothing changed.
        clock: UTC ms.
        listener: Hears how the run goes.
        telling: Encloses what is published, and tells of it.
    """
    pseudonym_key, suppression_key = lake.key("pseudonym"), lake.key("suppression")
    store.create(TABLES)
    ledger = Ledger.of(store)
    if recover(lake, store, ledger):
        listener.recovered()
    lake.scratch.mkdir()
    run_id = run_named(clock())
    this = Run(lake, store, session, run_id, clock(), pseudonym_key, suppression_key)
    staged = _stage(this, ledger, folder, wait_s, clock, listener)
    # What landed while others were staged is decided upon too.
    this = replace(this, now_ms=clock())
    with telling(this):
        report = _derive(this, ledger, staged, full, clock, listener)
    reached("run.published")
    # Only now: as long as it is there, the next run recovers.
    shutil.rmtree(lake.scratch)
    return report


def run_named(at_ms: int) -> str:
    """A name for a run that begins now."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"


def folder_to_read(lake: Lake, landing: Path | None) -> Path:
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
    run: Run, ledger: Ledger, folder: Path, wait_s: float, clock: Callable[[], int], listener: Listener
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
    before = releases.newest(run.store)
    now = {table.name: tuple(run.store.files(table)) for table in (*STAGED, requests.TABLE)}
    for table in (*STAGED, requests.TABLE):
        run.store.require_there(table, now[table.name])
    changed = changes.since(run, before, now, full=full)
    files = Files(run, {**changed.before, **now})
    checked = landed(run, files, run.store.files(quarantine.TABLE), ledger.entries)
    if before and not changed.causes:
        release = _with_new_files(run, before, files, clock)
        return RunReport(run.run_id, staged, release, checks=staged.checks)
    anew = before is None or changed.everything
    updated = (
        Updated(tuple(build_all(run, files, DERIVED, listener.built)), None, None)
        if anew
        else update(run, files, changed, listener.built)
    )
    reached("run.built")
    written = Files(run, {each.table.name: each.new for each in updated.built})
    checked += as_declared(run, written, [each.table for each in updated.built])
    checked += consented_only(run, files, to_look_at(run, files, updated.built, people=changed.people))
    if before is None or anew:
        closed, dispositions = accounted(files)
    else:
        closed, dispositions = accounted_since(run, files, changed, updated, before.dispositions)
    built = updated.built
    release = publish(
        run,
        built,
        dispositions,
        inputs=changes.inputs(run),
        next_change_at=(
            consent.next_change_at(files.frame(consent.TABLE))
            if before is None or anew or changed.people
            else before.next_change_at
        ),
        published_at=clock(),
    )
    checks = staged.checks + (checked + closed).checks
    return RunReport(run.run_id, staged, release, built, changed.causes, checks)


def _with_new_files(run: Run, before: Release, files: Files, clock: Callable[[], int]) -> Release:
    """A release of the same tables, if one is needed: it knows the files which brought no row."""
    if all(releases.is_current(run.store, before, table) for table in releases.RELEASED):
        return before
    # A killed run may have committed some tables and published none.
    unpublished = [
        Built(table, tuple(files.of(table)), (), 0, 0, 0.0)
        for table in DERIVED
        if not releases.is_current(run.store, before, table)
    ]
    return publish(
        run,
        unpublished,
        before.dispositions,
        inputs=before.inputs,
        next_change_at=before.next_change_at,
        published_at=clock(),
    )
