"""Keep a lake small: merge small files, let go of old releases, remove what nothing leads to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stedi import audit
from stedi.asking.reader import store_with_releases
from stedi.building.releases import RELEASED, Release, history, is_current
from stedi.engine.session import kept_running
from stedi.ground.errors import UsageError
from stedi.ground.failpoints import reached
from stedi.ground.places import begin_folder, remove_tree, sizes_below
from stedi.ground.zones import Zone
from stedi.lake.config import Lake, opened
from stedi.landing import releases as releases_table
from stedi.run.audited import tell_releases
from stedi.run.compacting import compact_all
from stedi.run.lock import WAIT_S, only_writer
from stedi.run.procedures import between_procedures
from stedi.run.recovery import recover
from stedi.run.run import run_named
from stedi.staging.ledger import Ledger
from stedi.store.compaction import Compacted
from stedi.store.store import Store

KEEP_DAYS = 7
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Size:
    """What a lake's tables take on disk: data, and metadata of every kind."""

    files: int
    bytes: int


@dataclass(frozen=True)
class Maintained:
    """What became of a lake.

    Attributes:
        release: The newest release, which has the rows of the one before.
        compacted: Tables whose files became fewer.
        expired: Snapshots that went.
        swept: Files that went.
        before: What the tables took on disk before.
        after: And after.
        oldest_readable: The oldest release that was kept.
        seconds: How long it took.
    """

    release: int
    compacted: tuple[Compacted, ...]
    expired: int
    swept: int
    before: Size
    after: Size
    oldest_readable: int
    seconds: float = field(default=0.0)

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return bool(self.compacted or self.expired or self.swept)


def maintain(
    lake: Lake,
    *,
    keep: int | None = None,
    keep_days: int = KEEP_DAYS,
    keeping: Callable[[Sequence[Release], int], list[Release]] | None = None,
    tiered: bool = False,
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    waiting: Callable[[], None] = lambda: None,
    wait_s: float = WAIT_S,
) -> Maintained:
    """Merge small files, drop the snapshots of releases that are not kept, remove what nothing leads to.

    No row changes. Killed at any moment, the next run or the next time completes it.

    Args:
        lake: The lake.
        keep: How many releases can be read afterwards, the newest ones; by `keep_days` when None.
        keep_days: Releases that were the newest at any time in so many days can be read afterwards.
        keeping: Chooses, of all releases, the oldest first, and at a time, UTC ms, those that can be read
            afterwards; the newest must be one of them. By `keep` and `keep_days` when None.
        tiered: Whether files wait for others of their size before they are merged; see `compaction.groups`.
        clock: UTC ms.
        waiting: Called where a run holds the lake.
        wait_s: How long to wait for that.

    Raises:
        LakeBusyError: The lake was held for so long.
        UsageError: Nothing was published yet, or what was staged was not; nothing was done.
        QualityGateError: Rows would have changed; the table was left as it was.
    """
    if keep is not None and keep < 1 or keep_days < 0:
        raise UsageError("At least the newest release is kept; nothing was done.\nUse --keep 1 or more.")
    began = time.perf_counter()
    undisturbed = between_procedures(lake, waiting=waiting, wait_s=wait_s)
    with undisturbed, only_writer(lake, waiting=waiting, wait_s=wait_s), kept_running():
        lake = opened(lake.root)
        with store_with_releases(lake) as (store, _):
            before = _size(lake)
            recover(lake, store, Ledger.of(store))
            _require_published(store)
            begin_folder(lake.scratch)
            now_ms = clock()
            compacted = compact_all(store, run_named(now_ms), now_ms, tiered=tiered)
            # While the snapshots are there from which it follows what changed.
            tell_releases(lake, store)
            releases = history(store)
            kept = keeping(releases, now_ms) if keeping else kept_releases(releases, keep, keep_days, now_ms)
            expired = _expire(store, kept)
            swept = _sweep(store)
            after = _size(lake)
            done = Maintained(
                kept[-1].number, tuple(compacted), expired, swept, before, after, kept[0].number
            )
            if done.changed:
                _record(lake, done)
            remove_tree(lake.scratch)
    return Maintained(**{**vars(done), "seconds": time.perf_counter() - began})


def kept_releases(
    releases: Sequence[Release], keep: int | None, keep_days: int, now_ms: int
) -> list[Release]:
    """The releases that can be read afterwards, the oldest first; always the newest.

    Args:
        releases: All of them, the oldest first.
        keep: How many; by `keep_days` when None.
        keep_days: Of how many days.
        now_ms: UTC ms.
    """
    if keep is not None:
        return list(releases[-keep:])
    oldest = now_ms - keep_days * DAY_MS
    older, newest = releases[:-1], releases[-1]
    # A release is the newest until the next one is published.
    return [
        *(each for each, after in zip(older, releases[1:], strict=True) if after.published_at >= oldest),
        newest,
    ]


def _require_published(store: Store) -> None:
    newest = history(store)[-1]
    if not all(is_current(store, newest, table) for table in RELEASED):
        raise UsageError(
            "What was staged is not published yet: a run was stopped, at a gate or before its end; "
            "nothing was done.\nRun first: stedi run"
        )


def _expire(store: Store, kept: Sequence[Release]) -> int:
    expired = 0
    for table in (*RELEASED, releases_table.TABLE):
        named = {snapshot for release in kept if (snapshot := release.snapshots.get(table.name))}
        if gone := store.expire(table, named):
            expired += gone
            store.forget_metadata(table)
        reached("maintain.table_expired")
    return expired


def _sweep(store: Store) -> int:
    swept = 0
    for table in (*RELEASED, releases_table.TABLE):
        swept += store.sweep(table)
        reached("maintain.table_swept")
    return swept


def _size(lake: Lake) -> Size:
    sizes = [size for zone in Zone for size in sizes_below(lake.zone_folder(zone))]
    return Size(len(sizes), sum(sizes))


def _record(lake: Lake, done: Maintained) -> None:
    audit.record(
        lake,
        "maintained",
        release=done.release,
        oldest_readable=done.oldest_readable,
        compacted={each.table.name: [each.files_before, each.files_after] for each in done.compacted},
        snapshots_expired=done.expired,
        files_removed=done.swept,
    )
