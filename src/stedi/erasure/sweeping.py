"""Nothing older stays: snapshots, files that nothing reaches, scratch, free pages of the catalog."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from stedi.ground.failpoints import reached
from stedi.ground.places import S3Path, files_below, remove_tree
from stedi.ground.places.versions import sweep
from stedi.lake.config import Lake
from stedi.schema.table import Kind, Table
from stedi.sources.placing import placing_paused
from stedi.store.store import Store
from stedi.tables import DERIVED, TABLES

MADE_AGAIN = ("scratch", "cache", "reports", "exports")
"""Folders of a lake that hold only what can be made again."""


def concerned(*, erased: bool) -> tuple[Table, ...]:
    """The tables of which nothing older may stay; of a withdrawal the trusted and curated ones."""
    return tuple(t for t in (TABLES if erased else DERIVED) if t.kind is Kind.ICEBERG)


def expire_all(store: Store, tables: Sequence[Table]) -> int:
    """Drop every snapshot of the tables but the current ones; return how many."""
    expired = 0
    for table in tables:
        expired += store.expire(table)
        store.forget_metadata(table)
        reached("privacy.table_expired")
    return expired


def strip_all(store: Store, tables: Sequence[Table]) -> int:
    """Remove every file that the tables' metadata does not lead to; return how many."""
    removed = 0
    for table in tables:
        removed += store.sweep(table)
        reached("privacy.table_stripped")
    return removed


def remove_made_again(lake: Lake) -> int:
    """Remove what runs, reports and copies left beside the tables; return how many files."""
    removed = 0
    for folder in (lake.root / name for name in MADE_AGAIN):
        if folder.is_dir():
            removed += sum(1 for _ in files_below(folder))
            remove_tree(folder)
    # What a killed `stedi land` left; one that goes on is waited for.
    with placing_paused(lake.landing) as left:
        removed += left
    if isinstance(lake.root, Path):
        # A model that a kill left half written; nobody trains during a procedure.
        for half in lake.root.glob("models/.*.new"):
            removed += 1
            remove_tree(half)
    return removed


def sweep_buckets(lake: Lake, requested_at: int) -> int:
    """Remove what buckets keep of objects that are no more; return how much.

    Of uploads without an end those that began before the request, UTC ms: the others are deliveries
    to come.
    """
    folders = [place for place in lake.places if isinstance(place, S3Path)]
    return sum(sweep(folder, begun_before=requested_at) for folder in folders)


def rewrite_catalog(lake: Lake) -> None:
    """Write the catalog anew: its free pages may hold what was deleted. Nobody may have it open."""
    if lake.glue or lake.on_s3:
        return  # Glue's tells of tables, and of no row.
    catalog = lake.catalog
    connection = sqlite3.connect(catalog)
    try:
        connection.execute("vacuum")
    finally:
        connection.close()
