"""Small tables, row by row: the ledger and the releases."""

from collections.abc import Mapping, Sequence
from typing import Any

from stedi.places import Place, parquet_sink
from stedi.schema.arrow import arrow_schema, rows_in
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.local import LocalStore


def rows_of(store: LocalStore, table: Table, *, snapshot: int | None = None) -> list[dict[str, Any]]:
    """All rows of a table as of a snapshot, the current one when None, in no order."""
    found: list[dict[str, Any]] = []
    files = store.files(table, snapshot=snapshot)
    store.require_there(table, files)
    for file in files:
        found += rows_in(file.path, table).to_pylist()
    return found


def append_rows(store: LocalStore, table: Table, rows: Sequence[Mapping[str, Any]], batch: str) -> int | None:
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
    import pyarrow.parquet as pq

    with parquet_sink(path) as sink:
        pq.write_table(content.select(table.names), sink, compression="zstd")
    return DataFile(path, None, content.num_rows)
