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
from stedi.building.selecting import Whose, Within
from stedi.engine.parquet import write_parquet
from stedi.engine.tasks import spread
from stedi.ground.places import Place
from stedi.schema.arrow import arrow_schema, rows_in
from stedi.schema.table import Table
from stedi.store.compaction import of_a_size
from stedi.store.data_files import DataFile, span_of

if TYPE_CHECKING:
    import pyarrow as pa
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
    parts: dict[int | None, tuple[list[DataFile], list[DataFile]]] = {}
    for number, files in enumerate((before, written)):
        for file in files:
            parts.setdefault(file.bucket, ([], []))[number].append(file)
    items = [
        _Bucket(there, fresh, [run.store.new_file(table, run.run_id) for _ in range(len(there) + 1)])
        for there, fresh in parts.values()
    ]
    done = spread(run.session, partial(_changed, table, whose), items, size=_Bucket.size)
    return Built(
        table,
        tuple(file for each in done for file in each.held),
        tuple(file for each in done for file in each.new),
        sum(each.added for each in done),
        sum(each.removed for each in done),
        time.perf_counter() - began,
        beside=tuple(file for each in done for file in each.beside),
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
    """What a bucket holds now, its new files, the others beside those, and how many rows came and left."""

    held: Sequence[DataFile]
    new: Sequence[DataFile] = ()
    beside: Sequence[DataFile] = ()
    added: int = 0
    removed: int = 0


def _changed(table: Table, whose: Whose | None, bucket: _Bucket) -> _Change:
    """Keep a bucket as it was where its rows are, and a file where it has no row of theirs."""
    import pyarrow.compute as pc

    within = whose.within((*bucket.before, *bucket.fresh)[0].bucket) if whose is not None else None
    parts = [_split(file, table, within) for file in bucket.before]
    was = _in_order(table, [theirs for theirs, _ in parts if theirs is not None])
    became = _in_order(table, [_rows_of(file, table) for file in bucket.fresh])
    if was.equals(became):
        for file in bucket.fresh:
            file.path.unlink(missing_ok=True)
        return _Change(bucket.before)
    stay = [file for file, (theirs, _) in zip(bucket.before, parts, strict=True) if theirs is None]
    left = [rest for _, rest in parts if rest is not None and rest.num_rows]
    fresh = [_written_file(table, rest, path, bucket) for rest, path in zip(left, bucket.paths, strict=False)]
    held = [*stay, *fresh, *bucket.fresh]
    if len(held) > FILES_OF_A_BUCKET:
        held = _fewer(table, held, bucket, stay)
    shared = _shared(was, became)
    same = [file for file in stay if file in held]
    new = [file for file in held if file not in same]
    # Files without a row of theirs have no key of theirs.
    beside = [] if within is not None and pc.all(within.theirs(became)).as_py() else same
    return _Change(held, new, beside, became.num_rows - shared, was.num_rows - shared)


def _split(file: DataFile, table: Table, whose: Within | None) -> "tuple[pa.Table | None, pa.Table | None]":
    """The rows of a file that are some people's, all where `whose` is None, and the others; None for none."""
    import pyarrow.compute as pc

    if whose is None:
        return _rows_of(file, table), None
    if not whose:
        return None, None
    rows = _rows_of(file, table)
    is_theirs = whose.theirs(rows)
    if not pc.any(is_theirs).as_py():
        return None, None
    return rows.filter(is_theirs), rows.filter(pc.invert(is_theirs))


def _fewer(table: Table, files: list[DataFile], bucket: _Bucket, stay: Sequence[DataFile]) -> list[DataFile]:
    """The files of a bucket, the small ones of them as one.

    A large one waits for others of its size: or a day of few people would write everybody every few days.
    """
    small = of_a_size(files)
    if len(small) == 1:
        small = sorted(files, key=lambda file: file.rows)[:2]
    rows = _in_order(table, [_rows_of(file, table) for file in small])
    one = _written_file(table, rows, bucket.paths[-1], bucket)
    for file in small:
        if file not in stay:
            file.path.unlink(missing_ok=True)
    return [*(file for file in files if file not in small), one]


def _written_file(table: Table, rows: "pa.Table", path: Place, bucket: _Bucket) -> DataFile:
    size = write_parquet(rows, path, compression="zstd")
    number = (*bucket.before, *bucket.fresh)[0].bucket
    return DataFile(path, number, rows.num_rows, span_of(rows, table), size)


def _rows_of(file: DataFile, table: Table) -> "pa.Table":
    return rows_in(file.path, table)


def _in_order(table: Table, parts: "Sequence[pa.Table]") -> "pa.Table":
    """Rows in the order of the table."""
    import pyarrow as pa

    whole = pa.concat_tables([arrow_schema(table).empty_table(), *parts])
    return whole.sort_by([(name, "ascending") for name in table.sort])


def _shared(one: Any, other: Any) -> int:
    """How many rows two tables of unique rows have in common."""
    return len({*_rows(one)} & {*_rows(other)})


def _rows(content: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in content.to_pylist()]
