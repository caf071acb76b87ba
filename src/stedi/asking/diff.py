"""What came and what went between two releases, and what the releases are."""

import secrets
from dataclasses import dataclass
from typing import Any

from stedi.asking.comparing import ADDED, REMOVED, count, sides
from stedi.asking.query import masked_rows
from stedi.asking.reader import At, LakeReader, readable, release_at, store_with_releases
from stedi.building.releases import Release
from stedi.ground.errors import PrivacyGateError, UsageError
from stedi.lake.config import Lake
from stedi.schema.table import Kind, Table
from stedi.store.snapshots import differing
from stedi.store.store import Store


@dataclass(frozen=True)
class Difference:
    """By which rows a table differs between two releases.

    Attributes:
        table: Its name.
        from_release: The earlier release's number.
        to_release: The later one's.
        added: Rows that came, each as often as it stands there.
        removed: Rows that went; a row that changed counts on both sides.
        columns: Of the rows shown.
        rows_added: Some that came, identifiers masked.
        rows_removed: Some that went, identifiers masked.
        hidden: Why rows are not shown although they were asked for.
    """

    table: str
    from_release: int
    to_release: int
    added: int
    removed: int
    columns: tuple[str, ...]
    rows_added: tuple[tuple[Any, ...], ...] = ()
    rows_removed: tuple[tuple[Any, ...], ...] = ()
    hidden: tuple[str, ...] = ()


def diff(lake: Lake, table: Table, before: At, after: At | None, *, show: int = 0) -> Difference:
    """Compare a table between two releases; only files in which they differ are read.

    Args:
        lake: The lake.
        table: An Iceberg table.
        before: The release to compare from.
        after: The release to compare to; the newest when None.
        show: How many rows of each kind to show. Rows of a release are shown only as `reading` would.

    Raises:
        UsageError: There is no such release, or the table is none that releases hold.
        ReleaseGoneError: A snapshot was expired.
    """
    with store_with_releases(lake) as (store, releases):
        if table.kind is Kind.EXTERNAL or table.name not in releases[-1].snapshots:
            raise UsageError(
                f"{table.name} belongs to no release; nothing was compared.\n"
                f"Those that do: {', '.join(releases[-1].snapshots)}"
            )
        old, new = (LakeReader(lake, store, release_at(releases, at), releases[-1]) for at in (before, after))
        for side in (old, new):
            side.stored_files(table)
        snapshots = [side.release.snapshots.get(table.name) for side in (old, new)]
        counted = count(store, table, *snapshots)
        hidden: list[str] = []
        came = _shown(store, table, snapshots, ADDED, new, show, hidden) if counted.added else ()
        went = _shown(store, table, snapshots, REMOVED, old, show, hidden) if counted.removed else ()
        return Difference(
            table.name,
            old.release.number,
            new.release.number,
            counted.added,
            counted.removed,
            tuple(table.names),
            came,
            went,
            tuple(dict.fromkeys(hidden)),
        )


def _shown(
    store: Store,
    table: Table,
    snapshots: list[int | None],
    which: str,
    side: LakeReader,
    show: int,
    hidden: list[str],
) -> tuple[tuple[Any, ...], ...]:
    """The first rows of one kind, if their release may show them."""
    if not show:
        return ()
    try:
        side.files(table)
    except PrivacyGateError as refused:
        hidden += refused.faults
        return ()
    key = secrets.token_bytes(32)
    rows: list[tuple[Any, ...]] = []
    for group in differing(store, table, *snapshots):
        if len(rows) < show:
            with sides(table, group.left, group.came) as connection:
                found = connection.sql(f"{which} LIMIT {show - len(rows)}").to_arrow_table()
            rows += masked_rows(found, table, key)
    return tuple(rows)


@dataclass(frozen=True)
class ReleaseTold:
    """A release in the list of all.

    Attributes:
        number: Counts releases, from 1.
        run_id: The run that published it.
        published_at: UTC ms.
        readable: Whether every snapshot of it is still there.
        rows: Rows by table.
        change: By how many rows each table grew or shrank since the release before, where it did.
        rewritten: Tables with other files and as many rows.
        snapshots: Snapshot id by table.
    """

    number: int
    run_id: str
    published_at: int
    readable: bool
    rows: dict[str, int]
    change: dict[str, int]
    rewritten: tuple[str, ...]
    snapshots: dict[str, int | None]


def releases_told(lake: Lake) -> list[ReleaseTold]:
    """Every release of a lake, the oldest first.

    Raises:
        UsageError: Nothing was published yet.
    """
    with store_with_releases(lake) as (store, releases):
        befores: list[Release | None] = [None, *releases[:-1]]
        return [_told(store, *pair) for pair in zip(befores, releases, strict=True)]


def _told(store: Store, before: Release | None, release: Release) -> ReleaseTold:
    rows_before = before.rows if before else {}
    snapshots_before = before.snapshots if before else {}
    change = {name: rows - rows_before.get(name, 0) for name, rows in release.rows.items()}
    return ReleaseTold(
        release.number,
        release.run_id,
        release.published_at,
        readable(store, release),
        release.rows,
        {name: by for name, by in change.items() if by},
        tuple(n for n, s in release.snapshots.items() if s != snapshots_before.get(n) and not change[n]),
        release.snapshots,
    )
