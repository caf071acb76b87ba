"""Small tables, row by row: the ledger and the releases."""

from collections.abc import Mapping, Sequence
from typing import Any

from stedi.engine.parquet import write_parquet
from stedi.ground.places import Place
from stedi.schema.arrow import arrow_schema, rows_in
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.store import Store


def rows_of(store: Store, table: Table, *, snapshot: int | None = None) -> list[dict[str, Any]]:
    """All rows of a table as of a snapshot, the current one when None, in no order."""
    found: list[dict[str, Any]] = []
    files = store.files(table, snapshot=snapshot)
    store.require_there(table, files)
    for file in files:
        found += rows_in(file.path, table).to_pylist()
    return found


def append_rows(store: Store, table: Table, rows: Sequence[Mapping[str, Any]], batch: str) -> int | None:
    """Add rows to a table in one commit; none changes nothing."""
    import pyarrow as pa

    if not rows:
        return store.snapshot_id(table)
    content = pa.Table.from_pylist([dict(row) for row in rows], schema=arrow_schema(table))
    return store.append(
        table, [written(content, table, store.new_file(table, batch))], {"stedi.batch": batch}
    )


def written(content: Any, table: Table, path: Place) -> DataFile:
    """Write an Arrow table as an unpartitioned data file of a table that does not hold it yet."""
    write_parquet(content.select(table.names), path, compression="zstd")
    return DataFile(path, None, content.num_rows)
