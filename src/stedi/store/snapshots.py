"""Snapshots of a table: which are still there, what each changed, and in which files two differ."""

from dataclasses import dataclass

from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.store import Store

ROWS_AT_ONCE = 500_000
"""About how many rows are compared at once: it bounds the memory."""


@dataclass(frozen=True)
class Change:
    """Rows in files that came and in files that went; None where a snapshot between was expired."""

    added: int | None
    removed: int | None


def kept(store: Store, table: Table) -> set[int]:
    """The snapshots of a table that were not expired."""
    return {snapshot.id for snapshot in store.snapshots(table)}


def change_of(store: Store, table: Table, before: int | None, after: int) -> Change:
    """How many rows came and went from one snapshot to a later one, from metadata alone.

    A row that was written again with its file counts on both sides.
    """
    known = {snapshot.id: snapshot for snapshot in store.snapshots(table)}
    added = removed = 0
    at: int | None = after
    while at is not None and at != before:
        if at not in known:
            return Change(None, None)
        added += int(known[at].summary.get("added-records", 0))
        removed += int(known[at].summary.get("deleted-records", 0))
        at = known[at].parent
    return Change(added, removed) if at == before else Change(None, None)


@dataclass(frozen=True)
class Commit:
    """A commit to a table: when, UTC ms, and what its snapshot's summary says under a mark."""

    at_ms: int
    mark: str


def marked_commit(store: Store, table: Table, before: int | None, mark: str) -> Commit | None:
    """The one commit to a table since a snapshot; None unless it is the only one and bears a mark."""
    known = {snapshot.id: snapshot for snapshot in store.snapshots(table)}
    now = store.snapshot_id(table)
    if now is None or known[now].parent != before:
        return None
    told = known[now].summary.get(mark)
    return Commit(known[now].at_ms, told) if told else None


@dataclass(frozen=True)
class Differing:
    """Some buckets in which two snapshots differ: the files that left and those that came."""

    left: list[DataFile]
    came: list[DataFile]

    @property
    def buckets(self) -> set[int | None]:
        """Which they are."""
        return {file.bucket for file in (*self.left, *self.came)}

    @property
    def rows(self) -> int:
        """How many rows the files hold."""
        return sum(file.rows for file in (*self.left, *self.came))


def differing(store: Store, table: Table, before: int | None, after: int | None) -> list[Differing]:
    """The files in which two snapshots differ, in groups of whole buckets of about `ROWS_AT_ONCE`.

    Buckets that only lost files, only won some, or did both are in groups of their own.
    """
    old, new = (
        {file.path: file for file in store.files(table, snapshot=at)} if at is not None else {}
        for at in (before, after)
    )
    left = [file for path, file in old.items() if path not in new]
    came = [file for path, file in new.items() if path not in old]
    groups: dict[tuple[bool, bool], list[Differing]] = {}
    for bucket in {file.bucket for file in (*left, *came)}:
        one = Differing([f for f in left if f.bucket == bucket], [f for f in came if f.bucket == bucket])
        alike = groups.setdefault((bool(one.left), bool(one.came)), [])
        if alike and alike[-1].rows + one.rows <= ROWS_AT_ONCE:
            alike[-1] = Differing(alike[-1].left + one.left, alike[-1].came + one.came)
        else:
            alike.append(one)
    return [group for alike in groups.values() for group in alike]
