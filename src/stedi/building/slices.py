"""Build a table of readings in tasks: rows of some files in, rows of the table out, each in its bucket.

A task reads Parquet files, gives rows of the table, and keeps them aside by their bucket; another one
puts the rows of one bucket together, sorts, checks and writes them: see `exchange`. On a laptop threads do
that, on Spark its tasks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from stedi.building.exchange import (
    BYTES_A_ROW,
    Finishes,
    Kept,
    Written,
    keep,
    keep_frame,
    keep_parts,
    kept_rows,
    runs,
    write_kept,
)
from stedi.building.run_context import Run
from stedi.building.shares import Share, of_share, shares
from stedi.engine import frames
from stedi.engine.spark import is_spark
from stedi.engine.tasks import spread, together
from stedi.ground.places import Place, parquet_source
from stedi.schema.arrow import coded_schema, is_held, rows_in
from stedi.schema.table import Table
from stedi.store.data_files import DataFile

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

Files = Sequence[DataFile]
Result = TypeVar("Result")
SMALL_BYTES = 4 * 1024**2
"""So little is read by one task."""


@dataclass(frozen=True)
class Held:
    """Rows of one bucket of a table that is small beside readings, in memory or in a file of the run.

    One without a bucket has no rows and goes everywhere: it tells the columns.
    """

    bucket: int | None
    rows: "pa.Table | Kept" = field(repr=False)

    @property
    def count(self) -> int:
        """How many rows they are."""
        return self.rows.rows if isinstance(self.rows, Kept) else int(self.rows.num_rows)

    def content(self) -> "pa.Table":
        """The rows."""
        return kept_rows(self.rows) if isinstance(self.rows, Kept) else self.rows


def held(run: Run, frame: "DataFrame", bucket: str = "bucket") -> list[Held]:
    """Give the rows of a frame to tasks, by the bucket that one of its columns names.

    On Spark tasks read them from files, and nothing of them comes to whoever asks; a run that may not write
    sends them along.
    """
    if is_spark(run.session) and not run.only_reads:
        columns = frames.arrow_types(frame.drop(bucket)).empty_table()
        return [Held(None, columns), *(Held(kept.bucket, kept) for kept in keep_frame(run, frame, bucket))]
    rows = frames.collected(frame)
    return [Held(None, rows.slice(0, 0).drop_columns([bucket])), *parted(rows, None, bucket)]


def aside(run: Run) -> Place | None:
    """Where tasks leave rows for other tasks; None: in memory, for they are threads."""
    return run.lake.scratch if is_spark(run.session) else None


def parted(rows: "pa.Table", folder: Place | None, bucket: str = "bucket") -> list[Held]:
    """Rows by the bucket that one of their columns names, in a file of a folder or in memory."""
    import numpy as np
    import pyarrow as pa

    buckets = rows[bucket].to_numpy()
    order = np.argsort(buckets, kind="stable")
    rows, buckets = rows.take(pa.array(order)).drop_columns([bucket]), buckets[order]
    parts = [(int(buckets[begin]), rows.slice(begin, end - begin)) for begin, end in runs(buckets)]
    if folder is None or not parts:
        return [Held(*part) for part in parts]
    return [Held(kept.bucket, kept) for kept in keep_parts(parts, folder)]


@dataclass(frozen=True)
class Slice:
    """What one task reads.

    Attributes:
        files: Files of each input, by its name.
        beside: Rows that each input needs beside them, by the name of what they are.
        share: Whose rows of the files, where several tasks share a bucket.
    """

    files: Mapping[str, Files]
    beside: Mapping[str, Sequence[Held]] = field(default_factory=dict)
    share: Share | None = None

    def read(self, name: str, table: Table, columns: Sequence[str]) -> "pa.Table":
        """The rows of an input, of some columns of a table, texts as dictionaries; of no file no rows."""
        import pyarrow as pa

        parts = [coded(file.path, table, columns, self.share) for file in self.files.get(name, ())]
        nothing = _schema(table, columns).empty_table()
        return pa.concat_tables([nothing, *parts]).unify_dictionaries().combine_chunks()

    def held(self, name: str) -> "pa.Table":
        """The rows that travelled with it."""
        import pyarrow as pa

        parts = [some.content() for some in self.beside[name]]
        # What an engine writes may tell that a column is never null.
        return pa.concat_tables([part.cast(parts[0].schema) for part in parts]).combine_chunks()

    @property
    def size(self) -> int:
        """About how many bytes its rows need."""
        return BYTES_A_ROW * self.rows // (self.share[1] if self.share else 1)

    @property
    def rows(self) -> int:
        """How many rows its files hold."""
        return sum(file.rows for files in self.files.values() for file in files)


def by_bucket(
    inputs: Mapping[str, Files], beside: "Mapping[str, Sequence[Held]] | None" = None
) -> list[Slice]:
    """A slice for each bucket of some inputs, with what lies in it beside them.

    There is one for all of them where they hold few rows.
    """
    buckets = sorted({file.bucket for files in inputs.values() for file in files}, key=lambda b: b or 0)

    def within(taken: Sequence[int | None]) -> Slice:
        return Slice(
            {name: [file for file in files if file.bucket in taken] for name, files in inputs.items()},
            {
                name: [held for held in some if held.bucket in (None, *taken)]
                for name, some in (beside or {}).items()
            },
        )

    whole = within(buckets)
    if whole.size <= SMALL_BYTES and len(shares(whole.rows)) == 1:
        return [whole] if buckets else []
    by_one = (within([bucket]) for bucket in buckets)
    return [replace(slice_, share=share) for slice_ in by_one for share in shares(slice_.rows)]


class Builds(Finishes, Protocol):
    """Gives the rows of a table from one slice; it travels to tasks."""

    def rows(self, slice_: Slice) -> "tuple[pa.Table, Any]":
        """The rows, with the table's columns, and what else is told of the slice; nothing large."""
        ...


def build_slices(run: Run, table: Table, slices: Sequence[Slice], builds: Builds) -> Written:
    """Write what follows from some slices as data files of a table that holds none of them yet.

    Args:
        run: The run.
        table: A partitioned table.
        slices: What is read.
        builds: What gives the rows.
    """
    mapped = together(run.session, partial(_mapped, builds, table, run.lake.scratch), slices, size=_size)
    written = write_kept(run, table, [part for kept, _ in mapped for part in kept], builds)
    return replace(written, told=[tells for _, some in mapped for tells in some])


def _mapped(
    builds: Builds, table: Table, folder: Place, slices: Sequence[Slice]
) -> tuple[list[Kept], list[Any]]:
    import pyarrow as pa

    rows, tells = zip(*map(builds.rows, slices), strict=True)
    return keep(pa.concat_tables(rows), table, folder), list(tells)


def _size(slice_: Slice) -> int:
    return slice_.size


def count_slices(run: Run, slices: Sequence[Slice], count: Callable[[Slice], Result]) -> list[Result]:
    """What is told of each slice, where nothing is written."""
    return spread(run.session, count, slices, size=_size)


def coded(path: Place, table: Table, columns: Sequence[str], share: Share | None = None) -> "pa.Table":
    """Some columns of a file of a table, texts as dictionaries; of a share of its people, unless None."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(table, columns)
    if is_held(path):
        return of_share(rows_in(path, table), table, share).select(list(columns)).cast(schema)
    texts = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    file = pq.ParquetFile(parquet_source(path), read_dictionary=texts)
    if share is None:
        return file.read(columns=list(columns)).select(list(columns)).cast(schema)
    # Group by group, so that no task holds the rows of the others.
    asked = list({*columns, table.participant or ""})
    groups = (file.read_row_group(n, columns=asked) for n in range(file.num_row_groups))
    parts = [of_share(rows, table, share).select(list(columns)).cast(schema) for rows in groups]
    return pa.concat_tables([schema.empty_table(), *parts])


def _schema(table: Table, columns: Sequence[str]) -> "pa.Schema":
    import pyarrow as pa

    declared = coded_schema(table)
    return pa.schema([declared.field(column) for column in columns])
