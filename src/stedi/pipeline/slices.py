"""Build a table of readings in tasks: rows of some files in, rows of the table out, each in its bucket.

A task reads Parquet files, gives rows of the table, and keeps them aside by their bucket; another one
puts the rows of one bucket together, sorts, checks and writes them. On a laptop threads do that, on
Spark its tasks; what comes back to whoever asked is counts and descriptions of files, never a row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import uuid4

from stedi.engine import frames
from stedi.engine.parquet import write_parquet
from stedi.engine.spark import is_spark
from stedi.engine.tasks import spread
from stedi.pipeline.run_context import Run
from stedi.places import Place, S3Path, parquet_sink, parquet_source
from stedi.schema.arrow import arrow_schema
from stedi.schema.checked import Checked
from stedi.schema.row_checks import broken, told
from stedi.schema.table import Table
from stedi.store.data_files import DataFile

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from pyspark.sql import DataFrame

Files = Sequence[DataFile]
Result = TypeVar("Result")
BYTES_A_ROW = 64
"""About what a reading needs in memory: by it tasks are told large or small."""
SMALL_BYTES = 4 * 1024**2
"""So little is read by one task."""


@dataclass(frozen=True)
class Held:
    """Rows of one bucket of a table that is small beside readings, in memory or in a file of the run.

    One without a bucket has no rows and goes everywhere: it tells the columns.
    """

    bucket: int | None
    rows: "pa.Table | Place" = field(repr=False)

    def content(self) -> "pa.Table":
        """The rows."""
        import pyarrow.parquet as pq

        if isinstance(self.rows, (Path, S3Path)):
            return pq.ParquetFile(parquet_source(self.rows)).read()
        return self.rows


def held(run: Run, frame: "DataFrame", bucket: str = "bucket") -> list[Held]:
    """Give the rows of a frame to tasks, by the bucket that one of its columns names.

    On Spark tasks read them from files, and nothing of them comes to whoever asks; a run that may not write
    sends them along.
    """
    import numpy as np
    import pyarrow as pa

    if is_spark(run.session) and not run.only_reads:
        columns = frames.collected(frame.limit(0)).drop_columns([bucket])
        files = frames.in_buckets(frame, bucket, run.lake.scratch / uuid4().hex)
        return [Held(None, columns), *(Held(number, path) for path, number in files)]
    rows = frames.collected(frame)
    buckets = rows[bucket].to_numpy()
    order = np.argsort(buckets, kind="stable")
    rows, buckets = rows.take(pa.array(order)).drop_columns([bucket]), buckets[order]
    parts = [Held(int(buckets[begin]), rows.slice(begin, end - begin)) for begin, end in _runs(buckets)]
    return [Held(None, rows.slice(0, 0)), *parts]


@dataclass(frozen=True)
class Slice:
    """What one task reads.

    Attributes:
        files: Files of each input, by its name.
        beside: Rows that each input needs beside them, by the name of what they are.
    """

    files: Mapping[str, Files]
    beside: Mapping[str, Sequence[Held]] = field(default_factory=dict)

    def read(self, name: str, table: Table, columns: Sequence[str]) -> "pa.Table":
        """The rows of an input, of some columns of a table, texts as dictionaries; of no file no rows."""
        import pyarrow as pa

        parts = [coded(file.path, table, columns) for file in self.files.get(name, ())]
        nothing = pa.schema([coded_field(table, column) for column in columns]).empty_table()
        return pa.concat_tables([nothing, *parts]).unify_dictionaries().combine_chunks()

    def held(self, name: str) -> "pa.Table":
        """The rows that travelled with it."""
        import pyarrow as pa

        return pa.concat_tables([some.content() for some in self.beside[name]]).combine_chunks()

    @property
    def size(self) -> int:
        """About how many bytes its rows need."""
        return BYTES_A_ROW * sum(file.rows for files in self.files.values() for file in files)


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
    if whole.size <= SMALL_BYTES:
        return [whole] if buckets else []
    return [within([bucket]) for bucket in buckets]


class Builds(Protocol):
    """Gives the rows of a table from one slice; it travels to tasks."""

    def rows(self, slice_: Slice) -> "tuple[pa.Table, Any]":
        """The rows, with the table's columns, and what else is told of the slice; nothing large."""
        ...

    def finished(self, bucket: int, rows: "pa.Table") -> "pa.Table":
        """All rows of one bucket, before they are sorted and written."""
        ...


@dataclass(frozen=True)
class Written:
    """What came of some slices: the files, what was told of each slice, and the checks of all rows."""

    files: list[DataFile] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    checked: Checked = Checked(0, ())


@dataclass(frozen=True)
class _Kept:
    """Rows of one bucket that a task kept aside: the file, and which of its batches."""

    path: Place
    batch: int
    bucket: int
    rows: int


def build_slices(
    run: Run, table: Table, slices: Sequence[Slice], builds: Builds, batch: str | None = None
) -> Written:
    """Write what follows from some slices as data files of a table that holds none of them yet.

    Args:
        run: The run.
        table: A partitioned table without a key.
        slices: What is read.
        builds: What gives the rows.
        batch: What the files are part of; the run where None.
    """
    mapped = spread(
        run.session, partial(_mapped, builds, table, run.lake.scratch), slices, size=lambda each: each.size
    )
    by_bucket: dict[int, list[_Kept]] = {}
    for kept, _ in mapped:
        for part in kept:
            by_bucket.setdefault(part.bucket, []).append(part)
    groups = [
        (run.store.new_file(table, run.run_id if batch is None else batch), by_bucket[bucket])
        for bucket in sorted(by_bucket)
    ]
    finish = partial(_finished, builds, table, run.lake.buckets)
    finished = spread(
        run.session, finish, groups, size=lambda group: BYTES_A_ROW * sum(k.rows for k in group[1])
    )
    for path in {part.path for kept in by_bucket.values() for part in kept}:
        path.unlink()
    files = [file for file, _ in finished if file]
    counts = [sum(each) for each in zip(*(counted for _, counted in finished), strict=True)]
    checked = told(table, counts, buckets=run.lake.buckets) if files else Checked(0, ())
    return Written(files, [tells for _, tells in mapped], checked)


def _mapped(builds: Builds, table: Table, folder: Place, slice_: Slice) -> tuple[list[_Kept], Any]:
    """Keep the rows of a slice aside, those of each bucket together."""
    import numpy as np
    import pyarrow as pa

    rows, tells = builds.rows(slice_)
    if not rows.num_rows:
        return [], tells
    rows = compacted(rows)
    buckets = rows[table.partition].to_numpy()
    order = np.argsort(buckets, kind="stable")
    rows, buckets = rows.take(pa.array(order)), buckets[order]
    path = folder / f"{uuid4().hex}.arrow"
    kept = []
    with parquet_sink(path) as sink, pa.ipc.new_file(sink, rows.schema) as file:
        for number, (begin, end) in enumerate(_runs(buckets)):
            (some,) = rows.slice(begin, end - begin).combine_chunks().to_batches()
            file.write_batch(some)
            kept.append(_Kept(path, number, int(buckets[begin]), end - begin))
    return kept, tells


def compacted(rows: "pa.Table") -> "pa.Table":
    """The same rows in one chunk, their dictionaries without texts that no row has.

    A file holds the dictionaries of its columns: one must not tell of people who have no row in it.
    """
    import numpy as np
    import pyarrow as pa

    rows = rows.unify_dictionaries().combine_chunks()
    for number, column in enumerate(rows.columns):
        if pa.types.is_dictionary(column.type) and column.num_chunks:
            (coded,) = column.chunks
            codes = coded.indices.to_numpy()
            used = np.unique(codes)
            place = np.zeros(len(coded.dictionary), np.int32)
            place[used] = np.arange(len(used), dtype=np.int32)
            texts = coded.dictionary.take(pa.array(used))
            fewer = pa.DictionaryArray.from_arrays(pa.array(place[codes]), texts)
            rows = rows.set_column(number, rows.schema.names[number], fewer)
    return rows


def _runs(values: "np.ndarray[Any, Any]") -> list[tuple[int, int]]:
    """Where each run of equal values begins and ends."""
    import numpy as np

    cuts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return list(zip(cuts, cuts[1:], strict=False)) if len(values) else []


def count_slices(run: Run, slices: Sequence[Slice], count: Callable[[Slice], Result]) -> list[Result]:
    """What is told of each slice, where nothing is written."""
    return spread(run.session, count, slices, size=lambda each: each.size)


def _finished(
    builds: Builds, table: Table, buckets: int, group: tuple[Place, list[_Kept]]
) -> tuple[DataFile | None, list[int]]:
    """Sort, check and write the rows of one bucket."""
    import pyarrow as pa
    import pyarrow.compute as pc

    path, kept = group
    parts = [pa.Table.from_batches([_batch(part)]) for part in kept]
    rows = compacted(builds.finished(kept[0].bucket, pa.concat_tables(parts)))
    rows = rows.take(_order(rows, table.sort))
    counts = broken(rows, table, buckets=buckets)
    if not rows.num_rows:
        return None, counts
    # A file holds texts; whoever reads it may have them as dictionaries, as they are here.
    write_parquet(rows.select(table.names), path, compression="zstd", store_schema=False)
    span = None
    if table.moment:
        ends = pc.min_max(rows[table.moment]).as_py()
        span = (ends["min"], ends["max"])
    return DataFile(path, kept[0].bucket, rows.num_rows, span), counts


def _batch(part: _Kept) -> "pa.RecordBatch":
    import pyarrow as pa

    source = parquet_source(part.path)
    with pa.ipc.open_file(pa.memory_map(str(source)) if isinstance(source, Path) else source) as file:
        return file.get_batch(part.batch)


def _order(rows: "pa.Table", sort: Sequence[str]) -> "pa.Array":
    """The order of rows by some columns; texts in the order of their bytes."""
    import numpy as np
    import pyarrow as pa

    def ranks(column: "pa.ChunkedArray") -> Any:
        if not pa.types.is_dictionary(column.type):
            return column.to_numpy()
        if not column.num_chunks:
            return np.zeros(0, np.int64)
        (coded,) = column.chunks
        texts = coded.dictionary.to_pylist()
        rank = np.empty(len(texts), np.int64)
        rank[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
        return rank[coded.indices.to_numpy()]

    return pa.array(np.lexsort([ranks(rows[name]) for name in reversed(sort)]))


def coded_field(table: Table, column: str) -> "pa.Field":
    """A column of a table, a text as a dictionary."""
    import pyarrow as pa

    field = arrow_schema(table).field(column)
    return (
        field.with_type(pa.dictionary(pa.int32(), pa.string())) if pa.types.is_string(field.type) else field
    )


def coded(path: Place, table: Table, columns: Sequence[str]) -> "pa.Table":
    """Some columns of a file of a table, texts as dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [coded_field(table, column) for column in columns]
    texts = [field.name for field in fields if pa.types.is_dictionary(field.type)]
    read = pq.ParquetFile(parquet_source(path), read_dictionary=texts).read(columns=list(columns))
    return read.select(list(columns)).cast(pa.schema(fields))
