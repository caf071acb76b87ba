"""Rows of many tasks, brought together by their bucket: one task keeps them aside, another one writes.

What comes back to whoever asked is counts and descriptions of files, never a row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from stedi.building.run_context import Run
from stedi.building.shares import Share, of_share, shares
from stedi.engine.parquet import write_parquet
from stedi.engine.tasks import spread, told
from stedi.ground.places import Place, S3Path, read_between, remove_files
from stedi.schema.checked import Checked
from stedi.schema.columns import columns_of, require_match
from stedi.schema.row_checks import broken
from stedi.schema.row_checks import told as rules_told
from stedi.schema.row_values import compacted, in_one_piece, text_ranks
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, span_of

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from pyspark.sql import DataFrame

_Done = tuple[DataFile | None, Any, list[int]]
"""A file that a task wrote, what is told of its rows, and how many break each rule."""

WHOLE_BYTES = 4 * 1024**2
"""Of an object that is no larger all is fetched at once, by whoever asks for many of its buckets."""

BYTES_A_ROW = 64
"""About what a reading needs in memory: by it tasks are told large or small."""


@dataclass(frozen=True)
class Kept:
    """Rows of one bucket that a task kept aside: the file and its size, and which of its bytes."""

    path: Place
    begin: int
    end: int
    bucket: int
    rows: int
    size: int


class Finishes(Protocol):
    """Has the last look at all rows of a bucket; it travels to tasks."""

    def finished(self, bucket: int, rows: "pa.Table") -> "tuple[pa.Table, Any]":
        """The rows to write, and what else is told of them; nothing large."""
        ...


class _AsTheyAre:
    """Lets rows be as they are."""

    def finished(self, bucket: int, rows: "pa.Table") -> "tuple[pa.Table, None]":
        """All of them."""
        return rows, None


AS_THEY_ARE = _AsTheyAre()


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        files: The files.
        told: What was told of each task that gave rows.
        told_at_last: What was told of each bucket.
        checked: The checks of all rows.
    """

    files: list[DataFile] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    told_at_last: list[Any] = field(default_factory=list)
    checked: Checked = Checked(0, ())


def keep(rows: "pa.Table", table: Table, folder: Place) -> list[Kept]:
    """Keep rows of a partitioned table aside in one file, those of each bucket together."""
    import numpy as np
    import pyarrow as pa

    if not rows.num_rows:
        return []
    rows = in_one_piece(rows)
    buckets = rows[table.partition].to_numpy()
    order = np.argsort(buckets, kind="stable")
    rows, buckets = rows.take(pa.array(order)), buckets[order]
    # Each its own texts: whoever reads a bucket meets none of another.
    parts = ((int(buckets[begin]), compacted(rows.slice(begin, end - begin))) for begin, end in runs(buckets))
    return keep_parts(parts, folder)


def keep_parts(parts: "Iterable[tuple[int, pa.Table]]", folder: Place) -> list[Kept]:
    """Keep rows aside in one file, each bucket's as a stream of its own."""
    import pyarrow as pa

    path = folder / f"{uuid4().hex}.arrow"
    kept: list[tuple[int, int, int, int]] = []
    with path.open("wb") as file:
        for bucket, rows in parts:
            with pa.BufferOutputStream() as sink:
                with pa.ipc.new_stream(sink, rows.schema) as stream:
                    stream.write_table(rows)
                at = file.tell()
                file.write(sink.getvalue())
            kept.append((at, file.tell(), bucket, rows.num_rows))
        size = file.tell()
    return [Kept(path, *each, size) for each in kept]


def keep_frame(run: Run, frame: "DataFrame", bucket: str) -> list[Kept]:
    """Let tasks of Spark keep the rows of a frame aside, by the bucket that one of its columns names."""
    parts = frame.repartition(bucket).sortWithinPartitions(bucket)
    return [kept for some in told(parts, partial(_kept_by_task, bucket, run.lake.scratch)) for kept in some]


def _kept_by_task(bucket: str, folder: Place, batches: "Iterator[pa.RecordBatch]") -> "Iterator[list[Kept]]":
    yield keep_parts(((n, rows.drop_columns([bucket])) for n, rows in _together(batches, bucket)), folder)


def _together(batches: "Iterable[pa.RecordBatch]", bucket: str) -> "Iterator[tuple[int, pa.Table]]":
    """The rows of one bucket after the other, of batches in which they come so; one is held at a time."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    of = -1
    for batch in batches:
        buckets = batch.column(batch.schema.get_field_index(bucket)).to_numpy()
        for begin, end in runs(buckets):
            if held and buckets[begin] != of:
                yield of, pa.Table.from_batches(held)
                held = []
            of = int(buckets[begin])
            held.append(batch.slice(begin, end - begin))
    if held:
        yield of, pa.Table.from_batches(held)


def runs(values: "np.ndarray[Any, Any]") -> list[tuple[int, int]]:
    """Where each run of equal values begins and ends."""
    import numpy as np

    cuts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return list(zip(cuts, cuts[1:], strict=False)) if len(values) else []


def write_kept(
    run: Run, table: Table, parts: Iterable[Kept], finishes: Finishes, batch: str | None = None
) -> Written:
    """Write rows that were kept aside as data files of a table that holds none of them yet.

    Args:
        run: The run.
        table: A partitioned table.
        parts: The rows; their files are removed.
        finishes: Looks at all rows of each bucket before they are sorted and written.
        batch: What the files are part of; the run where None.
    """
    by_bucket: dict[int, list[Kept]] = {}
    for part in parts:
        by_bucket.setdefault(part.bucket, []).append(part)
    name = run.run_id if batch is None else batch
    groups = [
        (run.store.new_file(table, name), by_bucket[bucket], share)
        for bucket in sorted(by_bucket)
        for share in shares(sum(part.rows for part in by_bucket[bucket]))
    ]
    write = partial(_gathered, finishes, table, run.lake.buckets)
    done = spread(run.session, write, groups, size=lambda group: BYTES_A_ROW * sum(k.rows for k in group[1]))
    remove_files({part.path for kept in by_bucket.values() for part in kept})
    return _all(done, table, run)


def write_frame(run: Run, table: Table, frame: "DataFrame", batch: str | None = None) -> Written:
    """Let tasks of Spark write a frame as data files of a table, and check its rows; as `write_kept`.

    Raises:
        QualityGateError: The columns are not those declared.
    """
    require_match(columns_of(frame.schema), table)
    name = run.run_id if batch is None else batch
    paths = [run.store.new_file(table, name) for _ in range(run.lake.buckets)]
    bucket = table.partition or ""
    parts = frame.repartition(bucket).sortWithinPartitions(bucket)
    done = told(parts, partial(_written_by_task, table, run.lake.buckets, paths))
    return _all(list(done), table, run)


def _written_by_task(
    table: Table, buckets: int, paths: Sequence[Place], batches: "Iterator[pa.RecordBatch]"
) -> "Iterator[_Done]":
    for bucket, rows in _together(batches, table.partition or ""):
        yield _written(AS_THEY_ARE, table, buckets, (paths[bucket], bucket, rows))


def _all(done: "Sequence[_Done]", table: Table, run: Run) -> Written:
    """What several tasks wrote."""
    files = [file for file, _, _ in done if file]
    counts = [sum(each) for each in zip(*(counted for _, _, counted in done), strict=True)]
    checked = rules_told(table, counts, buckets=run.lake.buckets) if files else Checked(0, ())
    return Written(files, [], [tells for _, tells, _ in done], checked)


def _gathered(
    finishes: Finishes, table: Table, buckets: int, group: tuple[Place, list[Kept], Share | None]
) -> "_Done":
    """Write the rows of one bucket that tasks kept aside, or a share of them."""
    import pyarrow as pa

    path, kept, share = group
    rows = in_one_piece(pa.concat_tables([of_share(kept_rows(part), table, share) for part in kept]))
    if not rows.num_rows:
        return None, None, broken(rows, table, buckets=buckets)
    return _written(finishes, table, buckets, (path, kept[0].bucket, rows))


def _written(finishes: Finishes, table: Table, buckets: int, group: "tuple[Place, int, pa.Table]") -> "_Done":
    """Sort, check and write the rows of one bucket."""
    import pyarrow as pa

    path, bucket, rows = group
    rows, tells = finishes.finished(bucket, rows)
    rows = compacted(rows)
    if table.sort:
        rows = rows.take(_order(rows, table.sort))
    counts = broken(rows, table, buckets=buckets)
    if not rows.num_rows:
        return None, tells, counts
    # A file holds texts; whoever reads it may have them as dictionaries, as they are here. Which is the least
    # and greatest of them helps nobody: a bucket is looked at whole.
    numbers = [field.name for field in rows.schema if not pa.types.is_dictionary(field.type)]
    size = write_parquet(
        rows.select(table.names), path, compression="zstd", store_schema=False, write_statistics=numbers
    )
    return DataFile(path, bucket, rows.num_rows, span_of(rows, table), size), tells, counts


def kept_rows(part: Kept) -> "pa.Table":
    """Rows that were kept aside."""
    import pyarrow as pa

    if isinstance(part.path, S3Path) and part.size <= WHOLE_BYTES:
        content = _whole(part.path)[part.begin : part.end]
    else:
        content = read_between(part.path, part.begin, part.end)
    return pa.ipc.open_stream(content).read_all()


@lru_cache(maxsize=16)
def _whole(path: Place) -> bytes:
    """A file that a task wrote once: a task that writes several buckets asks for each of them."""
    return path.read_bytes()


def _order(rows: "pa.Table", sort: Sequence[str]) -> "pa.Array":
    """The order of rows by some columns; texts in the order of their bytes."""
    import numpy as np
    import pyarrow as pa

    ranks = [
        text_ranks(rows[name]) if pa.types.is_dictionary(rows[name].type) else rows[name].to_numpy()
        for name in reversed(sort)
    ]
    return pa.array(np.lexsort(ranks))
