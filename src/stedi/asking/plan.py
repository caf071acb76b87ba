"""What a run would do and to how many rows, found out by doing it where nobody sees it."""

import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stedi.asking.comparing import count
from stedi.asking.status import LINE_VERDICTS
from stedi.building.build import Built
from stedi.building.changes import EVERYTHING
from stedi.building.releases import RELEASED, Release, newest
from stedi.engine.parquet import read_parquet
from stedi.engine.session import engine
from stedi.ground.errors import UsageError
from stedi.ground.failpoints import reached
from stedi.ground.places import Place, remove_tree, require_local
from stedi.ground.zones import Zone
from stedi.lake.config import Lake, opened
from stedi.landing import quarantine
from stedi.privacy.keys import NAMES
from stedi.run.lock import only_writer
from stedi.run.procedures import between_procedures
from stedi.run.reports import Listener, RunReport
from stedi.run.run import through_every_zone
from stedi.sources.listing import SETTLE_S
from stedi.staging.folder_to_read import FilesToRead, folder_to_read, settle_time
from stedi.staging.replay_journal import copy_journal
from stedi.store.copies import begin_as
from stedi.store.local import LocalStore
from stedi.store.store import Store
from stedi.tables import SOURCES, TABLES


class Effect(StrEnum):
    """What a run would do to the rows of the trusted tables."""

    NOTHING = "nothing"
    ADDITIVE = "additive"
    DESTRUCTIVE = "destructive"


@dataclass(frozen=True)
class TableChange:
    """What would become of a table.

    Attributes:
        table: Its name.
        before: Its rows now.
        after: Its rows then.
        added: Rows that would come.
        removed: Rows that would leave; one that changes counts on both sides.
        effect: Whether rows would leave it.
        anew: Whether all of it would be written again.
    """

    table: str
    before: int
    after: int
    added: int
    removed: int
    effect: Effect
    anew: bool


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        release: The newest release; None before the first.
        publishes: Whether there would be another; files that bring no row make one too.
        effect: Destructive where rows leave a trusted table.
        causes: Why tables would be built, in words.
        tables: Those that would change.
        files: Files that the run would judge, by source and verdict.
        lines: Their lines, by source and verdict.
        quarantined: Lines that would be set aside, by reason.
        waiting: Files that the run would leave for the next one.
        alerts: What somebody should look at; no personal value.
        seconds: How long it took to find out.
    """

    release: int | None
    publishes: bool
    effect: Effect
    causes: tuple[str, ...]
    tables: tuple[TableChange, ...]
    files: dict[str, dict[str, int]]
    lines: dict[str, dict[str, int]]
    quarantined: dict[str, int]
    waiting: int
    alerts: tuple[str, ...]
    seconds: float


class _Rehearsed(Lake):
    """A lake whose tables, scratch and landing zone are those of a trial inside its scratch folder."""

    @property
    def _trial(self) -> Path:
        return require_local(self.root, "A run is tried") / "scratch" / "plan"

    @property
    def landing(self) -> Path:
        """None: lines of erased people are emptied in a lake's own landing zone."""
        return self._trial / "landing"

    @property
    def warehouse(self) -> Path:
        return self._trial / "tables"

    @property
    def catalog(self) -> Path:
        return self._trial / "catalog.db"

    @property
    def scratch(self) -> Path:
        return self._trial / "scratch"


def plan(
    lake: Lake,
    landing: Place | None = None,
    *,
    settle_s: float = SETTLE_S,
    full: bool = False,
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    waiting: Callable[[], None] = lambda: None,
) -> Plan:
    """Do a run on the lake's tables in a place of its own, tell what it did, and throw it away.

    Costs what the run costs. Killed, it leaves a folder that the next run clears away.

    Args:
        lake: The lake.
        landing: As for a run.
        settle_s: As for a run.
        full: As for a run.
        clock: UTC ms.
        waiting: Called where another run holds the lake.

    Raises:
        QualityGateError: The run would stop at the quality gate.
        PrivacyGateError: It would stop at the privacy gate.
        UsageError: The lake's tables are in the Glue catalog.
    """
    began = time.perf_counter()
    if lake.glue:
        raise UsageError(
            "Nothing was planned: a trial needs a catalog of its own, and this lake's is Glue's.\n"
            "Look ahead on a lake on this machine over the same files: "
            "stedi --lake ANOTHER plan --landing DIR"
        )
    folder = folder_to_read(lake, landing)
    for name in NAMES:
        lake.key(name)
    with between_procedures(lake, waiting=waiting), only_writer(lake, waiting=waiting), engine() as session:
        lake = opened(lake.root)
        killed = lake.scratch.exists()
        tried = _Rehearsed(**vars(lake))
        files = FilesToRead(folder, settle_time(folder, landing, settle_s))
        store = _begun(lake, tried, killed)
        try:
            store.create(TABLES)
            before = newest(store)
            reached("plan.begun")
            report = through_every_zone(
                tried, store, session, files, full, clock, Listener(), lambda run: nullcontext()
            )
            reached("plan.done")
            return _told(store, before, report, time.perf_counter() - began)
        finally:
            store.close()
            remove_tree(tried.warehouse.parent if killed else lake.scratch)


def _begun(lake: Lake, tried: Lake, killed: bool) -> Store:
    """The store of the trial, as the lake's is now."""
    shutil.rmtree(tried.warehouse.parent, ignore_errors=True)
    tried.warehouse.mkdir(parents=True)
    if killed:
        # The trial recovers as the run would.
        tried.scratch.mkdir()
        copy_journal(lake.scratch, tried.scratch)
    store = LocalStore(tried.catalog, tried.warehouse)
    # Opening the store of a lake that was never run would create it.
    if lake.catalog.exists() or (lake.warehouse.is_dir() and any(lake.warehouse.iterdir())):
        original = LocalStore(lake.catalog, lake.warehouse)
        try:
            begin_as(store, original)
        finally:
            original.close()
    return store


def _told(store: Store, before: Release | None, report: RunReport, seconds: float) -> Plan:
    tables = tuple(_changes(store, before, report))
    trusted = {built.table.name for built in report.built if built.table.zone is Zone.TRUSTED}
    effect = Effect.ADDITIVE if tables else Effect.NOTHING
    if any(change.effect is Effect.DESTRUCTIVE for change in tables if change.table in trusted):
        effect = Effect.DESTRUCTIVE
    files: dict[str, Counter[str]] = {}
    lines: dict[str, Counter[str]] = {}
    for entry in report.stage.entries:
        files.setdefault(entry.source, Counter())[entry.verdict.value] += 1
        told = {name: getattr(entry, name) for name in LINE_VERDICTS}
        lines.setdefault(entry.source, Counter()).update(told)
    return Plan(
        release=before.number if before else None,
        publishes=before is None or report.release.number != before.number,
        effect=effect,
        causes=tuple(sorted(cause.value for cause in report.causes)),
        tables=tables,
        files={source.name: dict(files.get(source.name, {})) for source in SOURCES},
        lines={s.name: {what: n for what, n in lines.get(s.name, {}).items() if n} for s in SOURCES},
        quarantined=_reasons(store, before),
        waiting=report.stage.unsettled,
        alerts=tuple(report.stage.alerts),
        seconds=seconds,
    )


def _changes(store: Store, before: Release | None, report: RunReport) -> list[TableChange]:
    built = {each.table.name: each for each in report.built}
    anew = bool(report.causes & EVERYTHING)
    found = []
    for table in RELEASED:
        was = before.rows.get(table.name, 0) if before else 0
        then = report.release.rows[table.name]
        added, removed = max(then - was, 0), max(was - then, 0)
        if one := built.get(table.name):
            added, removed = _exact(store, before, report.release, one) if anew else (one.added, one.removed)
        if added or removed:
            effect = Effect.DESTRUCTIVE if removed else Effect.ADDITIVE
            change = TableChange(table.name, was, then, added, removed, effect, anew and one is not None)
            found.append(change)
    return found


def _exact(store: Store, before: Release | None, after: Release, built: Built) -> tuple[int, int]:
    """Rows that came and left of a table built anew, of which every row was written again."""
    then = before.snapshots.get(built.table.name) if before else None
    if then is None or not store.has_snapshot(built.table, then):
        return built.added, built.removed
    counted = count(store, built.table, then, after.snapshots[built.table.name])
    return counted.added, counted.removed


def _reasons(store: Store, before: Release | None) -> dict[str, int]:
    """Newly refused lines by reason."""
    then = before.snapshots.get(quarantine.TABLE.name) if before else None
    there = {f.path for f in store.files(quarantine.TABLE, snapshot=then)} if then is not None else set()
    found: Counter[str] = Counter()
    for file in store.files(quarantine.TABLE):
        if file.path not in there:
            found.update(read_parquet(file.path, ["reason"]).column(0).to_pylist())
    return dict(sorted(found.items()))
