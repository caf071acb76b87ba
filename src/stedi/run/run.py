"""A run, from what landed to a published release; on AWS in two steps, a job each."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.building.run_context import Run
from stedi.engine.session import engine_when_asked
from stedi.ground.failpoints import reached
from stedi.ground.places import Place, begin_folder, remove_tree
from stedi.lake.config import Lake, opened
from stedi.model.reviewing import review
from stedi.privacy.keys import NAMES
from stedi.run.audited import audited
from stedi.run.deriving import derive
from stedi.run.lock import WAIT_S, only_writer
from stedi.run.procedures import between_procedures, pending
from stedi.run.recovery import recover
from stedi.run.reports import Listener, RunReport
from stedi.run.respelling import respell
from stedi.sources.listing import SETTLE_S
from stedi.staging.clock_faults import clock_faults
from stedi.staging.folder_to_read import FilesToRead, folder_to_read, settle_time
from stedi.staging.lake_time import clock_alert, latest_recorded_ms
from stedi.staging.landed_again import forget_landed_again
from stedi.staging.ledger import Ledger
from stedi.staging.reports import StageReport
from stedi.staging.stage import stage
from stedi.store.opening import store_of
from stedi.store.store import Store
from stedi.suppression.suppressing import Suppressor
from stedi.tables import TABLES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

STAGE_KEYS = ("suppression",)
"""Staging makes no pseudonym and tells the audit log nothing: its job on AWS has no other key."""


def now_ms() -> int:
    """The time, UTC ms."""
    return time.time_ns() // 1_000_000


def run(
    lake: Lake,
    landing: Place | None = None,
    *,
    settle_s: float = SETTLE_S,
    full: bool = False,
    clock: Callable[[], int] = now_ms,
    listener: Listener | None = None,
    within_procedure: bool = False,
    looks_again: bool = True,
    names: Collection[str] | None = None,
    lock_wait_s: float = WAIT_S,
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
        looks_again: Whether it waits for files that may still be written, and looks at them once more.
        names: Looks at these paths inside the landing zone alone; at every file when None.
        lock_wait_s: How long to wait for whoever holds the lake.

    Raises:
        LakeBusyError: Another run held the lake for so long.
        ProcedureBusyError: A withdrawal or erasure did.
        KeyMissingError: A key is missing; nothing was written.
        QualityGateError: Data is not as declared, or does not add up; nothing was published.
        PrivacyGateError: A row stands without consent; nothing was published.
    """
    began = time.perf_counter()
    listener = listener or Listener()
    folder = folder_to_read(lake, landing)
    alone = _alone(lake, listener, within_procedure=within_procedure, wait_s=lock_wait_s)
    with alone as (lake, store, session):
        files = FilesToRead(folder, settle_time(folder, landing, settle_s), looks_again, names)
        report = through_every_zone(lake, store, session, files, full, clock, listener)
        forget_landed_again(report.stage.heard_of)
        listener.stale_models(review(lake, store))
    return replace(report, seconds=time.perf_counter() - began)


def stage_only(
    lake: Lake,
    landing: Place | None = None,
    *,
    settle_s: float = SETTLE_S,
    clock: Callable[[], int] = now_ms,
    listener: Listener | None = None,
) -> StageReport:
    """Take what landed into the staged tables and the ledger, and publish nothing: see `build_only`.

    Raises:
        As for `run`.
    """
    listener = listener or Listener()
    folder = folder_to_read(lake, landing)
    with _alone(lake, listener, STAGE_KEYS) as (lake, store, session):
        files = FilesToRead(folder, settle_time(folder, landing, settle_s))
        with _begun(lake, store, session, clock, listener, STAGE_KEYS) as (this, ledger):
            report = _stage(this, ledger, files, clock, listener)
            forget_landed_again(report.heard_of)
            return report


def build_only(
    lake: Lake,
    *,
    full: bool = False,
    clock: Callable[[], int] = now_ms,
    listener: Listener | None = None,
) -> RunReport:
    """Build, check and publish what follows from the staged tables as they are.

    Raises:
        As for `run`.
    """
    began = time.perf_counter()
    listener = listener or Listener()
    with _alone(lake, listener) as (lake, store, session):
        with _begun(lake, store, session, clock, listener) as (this, ledger):
            with audited(this):
                latest_ms = latest_recorded_ms(store, ledger.entries)
                behind = [alert] if (alert := clock_alert(this.now_ms, latest_ms)) else []
                report = derive(this, ledger, StageReport(alerts=behind), full, clock, listener)
            reached("run.published")
        listener.stale_models(review(lake, store))
    return replace(report, seconds=time.perf_counter() - began)


def replay_refused(
    lake: Lake,
    *,
    reasons: Collection[str] | None = None,
    files: Collection[str] | None = None,
    clock: Callable[[], int] = now_ms,
    listener: Listener | None = None,
) -> RunReport:
    """Read refused lines again with today's reader and clock, and publish what follows from those accepted.

    Args:
        lake: The lake.
        reasons: Only lines refused for these; None: all.
        files: Only those of these landed files, as refusals name them; None: all.
        clock: As for `run`, as what is raised, too.
        listener: Hears how it goes.
    """
    from stedi.staging.replaying import refused_contents, replay, replay_alerts

    began = time.perf_counter()
    listener = listener or Listener()
    with _alone(lake, listener) as (lake, store, session):
        with _begun(lake, store, session, clock, listener) as (this, ledger), audited(this):
            latest_ms = latest_recorded_ms(store, ledger.entries)
            contents = refused_contents(lake, ledger, files)
            suppressor = Suppressor.of(store, this.suppression_key)
            staged = StageReport(alerts=[alert] if (alert := clock_alert(this.now_ms, latest_ms)) else [])
            staged.replayed = replay(
                this, ledger, suppressor, contents, clock_ms=clock(), latest_ms=latest_ms, reasons=reasons
            )
            staged.alerts += replay_alerts(staged.replayed, lake)
            this = replace(this, now_ms=clock(), clock_faults=clock_faults(ledger.entries))
            report = derive(this, ledger, staged, False, clock, listener)
            reached("run.published")
        listener.stale_models(review(lake, store))
    return replace(report, seconds=time.perf_counter() - began)


@contextmanager
def _alone(
    lake: Lake,
    listener: Listener,
    keys: Sequence[str] = NAMES,
    *,
    within_procedure: bool = False,
    wait_s: float = WAIT_S,
) -> "Iterator[tuple[Lake, Store, SparkSession]]":
    """The lake, its tables and the engine, while nobody else writes to it."""
    lake = opened(lake.root)
    for name in keys:
        lake.key(name)
    undisturbed = nullcontext() if within_procedure else between_procedures(lake, wait_s=wait_s)
    writing = only_writer(lake, wait_s=wait_s, waiting=listener.waiting_for_lake)
    with undisturbed, writing, engine_when_asked() as session:
        # Waiting may have been for a rotation: only now is it sure which key is the lake's.
        lake = opened(lake.root)
        store = store_of(lake)
        try:
            yield lake, store, session
        finally:
            store.close()


@contextmanager
def _begun(
    lake: Lake,
    store: Store,
    session: "SparkSession",
    clock: Callable[[], int],
    listener: Listener,
    keys: Sequence[str] = NAMES,
) -> "Iterator[tuple[Run, Ledger]]":
    """A run that has begun, after what one before left was taken away."""
    pseudonym_key = lake.key("pseudonym") if "pseudonym" in keys else b""
    suppression_key = lake.key("suppression")
    store.create(TABLES)
    ledger = Ledger.of(store, key=suppression_key)
    if recover(lake, store, ledger):
        listener.recovered()
    begin_folder(lake.scratch)
    if not pending(lake):
        respell(session, store, lake.buckets)
    run_id = run_named(clock())
    faults = clock_faults(ledger.entries)
    begun = Run(lake, store, session, run_id, clock(), pseudonym_key, suppression_key, faults)
    try:
        yield begun, ledger
    finally:
        begun.forget()
    # Only now: as long as it is there, the next run recovers.
    remove_tree(lake.scratch)


def through_every_zone(
    lake: Lake,
    store: Store,
    session: "SparkSession",
    files: FilesToRead,
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
        files: The landed files to look at.
        full: Build again even if nothing changed.
        clock: UTC ms.
        listener: Hears how the run goes.
        telling: Encloses what is published, and tells of it.
    """
    with _begun(lake, store, session, clock, listener) as (this, ledger):
        staged = _stage(this, ledger, files, clock, listener)
        # What landed while others were staged is decided upon too.
        this = replace(this, now_ms=clock(), clock_faults=clock_faults(ledger.entries))
        with telling(this):
            report = derive(this, ledger, staged, full, clock, listener)
        reached("run.published")
    return report


def run_named(at_ms: int) -> str:
    """A name for a run that begins now."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"


def _stage(
    run: Run, ledger: Ledger, files: FilesToRead, clock: Callable[[], int], listener: Listener
) -> StageReport:
    report = stage(run, ledger, files, clock=clock, tell=listener.staged)
    if not (report.unsettled and files.settle_s and files.looks_again):
        return report
    listener.settling(report.unsettled, files.settle_s)
    time.sleep(files.settle_s)
    again = stage(run, ledger, files, clock=clock, tell=listener.staged)
    again.entries = report.entries + again.entries
    again.checks += report.checks
    again.replayed.update(report.replayed)
    again.alerts = list(dict.fromkeys(report.alerts + again.alerts))
    return again
