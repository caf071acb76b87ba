"""Tables of a row a person, an address or a device: written where they changed.

Those that follow from everybody's records are built whole, the others for some people alone.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from stedi.building.build import Built, Files, built_from, write
from stedi.building.exchange import BYTES_A_ROW
from stedi.building.run_context import Run
from stedi.building.selecting import Whose, left_of
from stedi.engine.parquet import read_parquet, write_parquet
from stedi.engine.tasks import spread
from stedi.ground.places import Place
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
    buckets = sorted({f.bucket for f in (*before, *written)}, key=lambda n: -1 if n is None else n)
    items = [
        _Bucket(
            [f for f in before if f.bucket == bucket],
            [f for f in written if f.bucket == bucket],
            [run.store.new_file(table, run.run_id) for _ in range(len(before) + 1)],
        )
        for bucket in buckets
    ]
    done = spread(run.session, partial(_changed, table, whose), items, size=_Bucket.size)
    return Built(
        table,
        tuple(file for each in done for file in each.held),
        tuple(file for each in done for file in each.new),
        sum(each.added for each in done),
        sum(each.removed for each in done),
        time.perf_counter() - began,
    )


@dataclass(frozen=True)
class _Bucket:
    """A bucket before and now.

    Attributes:
        before: The files of the release before.
        fresh: Those that were written.
        paths: Names for more files.
    """

    before: Sequence[DataFile]
    fresh: Sequence[DataFile]
    paths: Sequence[Place]

    def size(self) -> int:
        """About how many bytes its rows need."""
        return BYTES_A_ROW * sum(file.rows for file in (*self.before, *self.fresh))


@dataclass(frozen=True)
class _Change:
    """What a bucket holds now, which of its files are new, and how many rows came and left."""

    held: Sequence[DataFile]
    new: Sequence[DataFile] = ()
    added: int = 0
    removed: int = 0


def _changed(table: Table, whose: Whose | None, bucket: _Bucket) -> _Change:
    """Keep a bucket as it was where its rows are."""
    fresh = list(bucket.fresh)
    was, became = _contents(bucket.before, table, whose), _contents(fresh, table)
    if was.equals(became):
        for file in fresh:
            file.path.unlink(missing_ok=True)
        return _Change(bucket.before)
    stay: list[DataFile] = []
    if whose is not None:
        files = zip(bucket.before, bucket.paths, strict=False)
        left = [after for item in files if (after := left_of(table, whose, item))]
        stay = [file for file in left if file in bucket.before]
        fresh = [*stay, *(file for file in left if file not in stay), *fresh]
        if len(fresh) > FILES_OF_A_BUCKET:
            fresh = [_as_one(table, fresh, bucket.paths[-1], but=stay)]
    shared = _shared(was, became)
    return _Change(fresh, fresh, became.num_rows - shared, was.num_rows - shared)


def _as_one(table: Table, files: Sequence[DataFile], path: Place, *, but: Sequence[DataFile]) -> DataFile:
    """One file with the rows of several, which go, but for those that a release may hold."""
    write_parquet(_contents(files, table), path, compression="zstd")
    for file in files:
        if file not in but:
            file.path.unlink(missing_ok=True)
    return described(path, files[0].bucket, table)


def _contents(files: Sequence[DataFile], table: Table, whose: Whose | None = None) -> Any:
    """All rows of some files, or those of some people, in the order of the table."""
    import pyarrow as pa

    from stedi.schema.arrow import arrow_schema

    schema = arrow_schema(table)
    tables = [read_parquet(file.path, table.names).cast(schema) for file in files]
    whole = pa.concat_tables([schema.empty_table(), *tables])
    if whose is not None:
        whole = whole.filter(whose.theirs(whole))
    return whole.sort_by([(name, "ascending") for name in table.sort])


def _shared(one: Any, other: Any) -> int:
    """How many rows two tables of unique rows have in common."""
    return len({*_rows(one)} & {*_rows(other)})


def _rows(content: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in content.to_pylist()]
