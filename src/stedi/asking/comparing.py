"""Compare two states of a table; files that both hold are not read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stedi.building.releases import Release
from stedi.ground.zones import Zone
from stedi.landing import quarantine, requests
from stedi.schema.arrow import arrow_schema
from stedi.schema.table import Kind, Table
from stedi.store.data_files import DataFile
from stedi.store.snapshots import differing
from stedi.store.store import Store
from stedi.tables import DERIVED, STAGED
from stedi.trusted import accelerometer, step_trainer

if TYPE_CHECKING:
    import duckdb

READINGS = (accelerometer.TABLE, step_trainer.TABLE)
"""Of these no row leaves but for consent, ownership or erasure."""

ADDED = "SELECT * FROM after EXCEPT ALL SELECT * FROM before"
REMOVED = "SELECT * FROM before EXCEPT ALL SELECT * FROM after"


@dataclass(frozen=True)
class Counted:
    """How many rows came and went; a row that changed counts on both sides."""

    added: int
    removed: int


def count(store: Store, table: Table, before: int | None, after: int | None) -> Counted:
    """Count the rows by which two snapshots differ, each as often as it stands there."""
    added = removed = 0
    for group in differing(store, table, before, after):
        if not group.left or not group.came:
            added += sum(file.rows for file in group.came)
            removed += sum(file.rows for file in group.left)
            continue
        with sides(table, group.left, group.came) as connection:
            added += _one(connection, f"SELECT count(*) FROM ({ADDED})")
            removed += _one(connection, f"SELECT count(*) FROM ({REMOVED})")
    return Counted(added, removed)


@contextmanager
def sides(
    table: Table, before: Sequence[DataFile], after: Sequence[DataFile]
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """Open some files of a table as the relations `before` and `after`."""
    import duckdb
    import pyarrow.dataset as ds

    connection = duckdb.connect()
    try:
        for name, files in (("before", before), ("after", after)):
            paths = [str(file.path) for file in files]
            connection.register(name, ds.dataset(paths, schema=arrow_schema(table), format="parquet"))
        yield connection
    finally:
        connection.close()


def taken_out(store: Store, table: Table, then: Release, now: Release) -> list[str]:
    """What was taken out since an older release, so that it may no longer show a table.

    Of a trusted or curated table: readings, or people, that any trusted or curated table has no
    more. Of a staged table or the quarantine: its own rows, which only an erasure removes.

    Returns:
        For each table what is gone from it: counts, no value.
    """
    if table.kind is Kind.EXTERNAL:
        return []
    if table in DERIVED:
        found = [_gone(store, each, then, now) for each in DERIVED]
    elif table in (*STAGED, quarantine.TABLE, requests.TABLE):
        found = [_rows_gone(store, table, then, now)]
    else:
        found = []
    return [told for told in found if told]


def _gone(store: Store, table: Table, then: Release, now: Release) -> str | None:
    if table in READINGS:
        return _rows_gone(store, table, then, now)
    gone = 0
    person = f'"{table.participant}"'
    after = now.snapshots.get(table.name)
    current = store.files(table, snapshot=after) if after is not None else []
    for group in differing(store, table, then.snapshots.get(table.name), after):
        if not group.left:
            continue
        # All there is of the buckets: a person's rows may stand in another file by now.
        with sides(table, group.left, [f for f in current if f.bucket in group.buckets]) as connection:
            missing = f"SELECT {person} FROM before EXCEPT SELECT {person} FROM after"
            gone += _one(connection, f"SELECT count(*) FROM ({missing})")
    return f"{table.name}: {gone:,} {_people(table)} left since" if gone else None


def _people(table: Table) -> str:
    return "subject keys" if table.zone is Zone.CURATED else "people"


def _rows_gone(store: Store, table: Table, then: Release, now: Release) -> str | None:
    removed = count(store, table, then.snapshots.get(table.name), now.snapshots.get(table.name)).removed
    return f"{table.name}: {removed:,} rows left since" if removed else None


def _one(connection: "duckdb.DuckDBPyConnection", sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
