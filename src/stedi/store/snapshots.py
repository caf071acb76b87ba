"""Snapshots of a table: which are still there, what each changed, and in which files two differ."""

from dataclasses import dataclass

from stedi.schema.table import Table
from stedi.store.local import DataFile, LocalStore


@dataclass(frozen=True)
class Change:
    """Rows in files that came and in files that went; None where a snapshot between was expired."""

    added: int | None
    removed: int | None


def kept(store: LocalStore, table: Table) -> set[int]:
    """The snapshots of a table that were not expired."""
    return {snapshot.snapshot_id for snapshot in store._load(table).snapshots()}


def change_of(store: LocalStore, table: Table, before: int | None, after: int) -> Change:
    """How many rows came and went from one snapshot to a later one, from metadata alone.

    A row that was written again with its file counts on both sides.
    """
    known = {snapshot.snapshot_id: snapshot for snapshot in store._load(table).snapshots()}
    added = removed = 0
    at: int | None = after
    while at is not None and at != before:
        if at not in known:
            return Change(None, None)
        summary = known[at].summary
        if summary is not None:
            added += int(summary.additional_properties.get("added-records", 0))
            removed += int(summary.additional_properties.get("deleted-records", 0))
        at = known[at].parent_snapshot_id
    return Change(added, removed) if at == before else Change(None, None)


def differing(
    store: LocalStore, table: Table, before: int | None, after: int | None
) -> list[tuple[list[DataFile], list[DataFile]]]:
    """The files in which two snapshots differ, bucket by bucket: those that left, those that came."""
    old, new = (
        {file.path: file for file in store.files(table, snapshot=at)} if at is not None else {}
        for at in (before, after)
    )
    left = [file for path, file in old.items() if path not in new]
    came = [file for path, file in new.items() if path not in old]
    buckets = sorted(
        {file.bucket for file in (*left, *came)}, key=lambda bucket: -1 if bucket is None else bucket
    )
    return [([f for f in left if f.bucket == b], [f for f in came if f.bucket == b]) for b in buckets]
