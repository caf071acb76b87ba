"""Tables of a row a person, an address or a device: written where they changed.

Those that follow from everybody's records are built whole, the others for some people alone.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stedi.engine.parquet import read_parquet, write_parquet
from stedi.pipeline.build import Built, Files, built_from, write
from stedi.pipeline.run_context import Run
from stedi.pipeline.selecting import Whose, only, without
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, described

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


FILES_OF_A_BUCKET = 8
"""A bucket that has so many is written as one: every set of people that changes begins another file."""


def small(run: Run, files: Files, table: Table) -> Built:
    """Build a table whole, and keep the files of the release before for every bucket that is as it was.

    Args:
        run: The run.
        files: Its upstreams as they are now, and the table as it was.
        table: A table that is sorted by its key.
    """
    began = time.perf_counter()
    rows = built_from(run, table, {u.name: files.frame(u) for u in table.upstreams})
    return _written(run, files.of(table), table, rows, None, began)


def small_of(run: Run, files: Files, table: Table, whose: Whose, rows: "DataFrame") -> Built:
    """Put rows of some people in the place of theirs, and leave the files of everybody else.

    Who changes every day gathers in files of their own, so that the others' are not written again.

    Args:
        run: The run.
        files: The table as it was.
        table: A table that is sorted by its key.
        whose: The people.
        rows: All that the table holds of them now.
    """
    began = time.perf_counter()
    if not whose:
        return Built(table, tuple(files.of(table)), (), 0, 0, 0.0)
    return _written(run, files.of(table), table, rows, whose, began)


def _written(
    run: Run, before: list[DataFile], table: Table, rows: "DataFrame", whose: Whose | None, began: float
) -> Built:
    """Write rows where they differ from those that the same people had; `whose` None: everybody."""
    written = write(run, table, rows)
    compared = before if whose is None else only(run, table, before, whose)
    held: list[DataFile] = []
    new: list[DataFile] = []
    added = removed = 0
    buckets = {file.bucket for file in (*before, *written)}
    for bucket in sorted(buckets, key=lambda bucket: -1 if bucket is None else bucket):
        there, old, fresh = ([f for f in some if f.bucket == bucket] for some in (before, compared, written))
        was, became = _contents(old, table), _contents(fresh, table)
        if was.equals(became):
            held += there
            for file in fresh:
                file.path.unlink()
            continue
        if whose is not None:
            stay, kept, _ = without(run, table, there, whose)
            fresh = [*stay, *kept, *fresh]
            if len(fresh) > FILES_OF_A_BUCKET:
                fresh = [_as_one(run, table, fresh, but=stay)]
        held += fresh
        new += fresh
        shared = _shared(was, became)
        added += became.num_rows - shared
        removed += was.num_rows - shared
    return Built(table, tuple(held), tuple(new), added, removed, time.perf_counter() - began)


def _as_one(run: Run, table: Table, files: Sequence[DataFile], *, but: Sequence[DataFile]) -> DataFile:
    """One file with the rows of several, which go, but for those that a release may hold."""
    path = run.store.new_file(table, run.run_id)
    write_parquet(_contents(files, table), path, compression="zstd")
    for file in files:
        if file not in but:
            file.path.unlink()
    return described(path, files[0].bucket, table)


def _contents(files: Sequence[DataFile], table: Table) -> Any:
    """All rows of some files, in the order of the table."""
    import pyarrow as pa

    from stedi.schema.arrow import arrow_schema

    schema = arrow_schema(table)
    tables = [read_parquet(file.path, table.names).cast(schema) for file in files]
    whole = pa.concat_tables([schema.empty_table(), *tables])
    return whole.sort_by([(name, "ascending") for name in table.sort])


def _shared(one: Any, other: Any) -> int:
    """How many rows two tables of unique rows have in common."""
    return len({*_rows(one)} & {*_rows(other)})


def _rows(content: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in content.to_pylist()]
