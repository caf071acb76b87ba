"""Tables of a row a person, an address or a device: built whole, and written where they changed."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stedi.pipeline.build import Built, Files, built_from, rows_in, write
from stedi.pipeline.run_context import Run
from stedi.schema.table import Table
from stedi.store.data_files import DataFile

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def small(run: Run, files: Files, table: Table, rows: "DataFrame | None" = None) -> Built:
    """Build a table and keep the files of the release before for every bucket that is as it was.

    Args:
        run: The run.
        files: Its upstreams as they are now, and the table as it was.
        table: A table that is sorted by its key.
        rows: What it holds, where that is known otherwise than from all its upstreams.
    """
    began = time.perf_counter()
    if rows is None:
        rows = built_from(run, table, {u.name: files.frame(u) for u in table.upstreams})
    before = files.of(table)
    written = write(run, table, rows)
    buckets = {file.bucket for file in (*before, *written)}
    held: list[DataFile] = []
    new: list[DataFile] = []
    added = removed = 0
    for bucket in sorted(buckets, key=lambda bucket: -1 if bucket is None else bucket):
        old = [file for file in before if file.bucket == bucket]
        fresh = [file for file in written if file.bucket == bucket]
        was, became = _contents(old, table), _contents(fresh, table)
        if was.equals(became):
            held += old
            for file in fresh:
                file.path.unlink()
            continue
        held += fresh
        new += fresh
        kept = _shared(was, became)
        added += rows_in(fresh) - kept
        removed += rows_in(old) - kept
    return Built(table, tuple(held), tuple(new), added, removed, time.perf_counter() - began)


def _contents(files: Sequence[DataFile], table: Table) -> Any:
    """All rows of some files, in the order of the table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from stedi.schema.arrow import arrow_schema

    schema = arrow_schema(table)
    tables = [pq.ParquetFile(file.path).read(columns=table.names).cast(schema) for file in files]
    whole = pa.concat_tables([schema.empty_table(), *tables])
    return whole.sort_by([(name, "ascending") for name in table.sort])


def _shared(one: Any, other: Any) -> int:
    """How many rows two tables of unique rows have in common."""
    return len({*_rows(one)} & {*_rows(other)})


def _rows(content: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in content.to_pylist()]
