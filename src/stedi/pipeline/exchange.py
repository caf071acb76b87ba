"""Rows of many tasks, brought together by their bucket: one task keeps them aside, another one writes.

What comes back to whoever asked is counts and descriptions of files, never a row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from stedi.engine.parquet import write_parquet
from stedi.engine.tasks import spread
from stedi.ground.places import Place
from stedi.pipeline.run_context import Run
from stedi.schema.checked import Checked
from stedi.schema.row_checks import broken, told
from stedi.schema.row_values import compacted, in_one_piece, text_ranks
from stedi.schema.table import Table
from stedi.store.data_files import DataFile

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

BYTES_A_ROW = 64
"""About what a reading needs in memory: by it tasks are told large or small."""


@dataclass(frozen=True)
class Kept:
    """Rows of one bucket that a task kept aside: the file, and which of its bytes."""

    path: Place
    begin: int
    end: int
    bucket: int
    rows: int


class Finishes(Protocol):
    """Has the last look at all rows of a bucket; it travels to tasks."""

    def finished(self, bucket: int, rows: "pa.Table") -> "tuple[pa.Table, Any]":
        """The rows to write, and what else is told of them; nothing large."""
        ...


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
    path = folder / f"{uuid4().hex}.arrow"
    kept = []
    with path.open("wb") as file:
        for begin, end in runs(buckets):
            # A stream of their own: whoever reads a bucket meets no text of another.
            some = compacted(rows.slice(begin, end - begin))
            with pa.BufferOutputStream() as sink:
                with pa.ipc.new_stream(sink, some.schema) as stream:
                    stream.write_table(some)
                at = file.tell()
                file.write(sink.getvalue())
            kept.append(Kept(path, at, file.tell(), int(buckets[begin]), end - begin))
    return kept


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
    groups = [(run.store.new_file(table, name), by_bucket[bucket]) for bucket in sorted(by_bucket)]
    write = partial(_written, finishes, table, run.lake.buckets)
    done = spread(run.session, write, groups, size=lambda group: BYTES_A_ROW * sum(k.rows for k in group[1]))
    for path in {part.path for kept in by_bucket.values() for part in kept}:
        path.unlink()
    files = [file for file, _, _ in done if file]
    counts = [sum(each) for each in zip(*(counted for _, _, counted in done), strict=True)]
    checked = told(table, counts, buckets=run.lake.buckets) if files else Checked(0, ())
    return Written(files, [], [tells for _, tells, _ in done], checked)


def _written(
    finishes: Finishes, table: Table, buckets: int, group: tuple[Place, list[Kept]]
) -> tuple[DataFile | None, Any, list[int]]:
    """Sort, check and write the rows of one bucket."""
    import pyarrow as pa
    import pyarrow.compute as pc

    path, kept = group
    rows = in_one_piece(pa.concat_tables(map(_read, kept)))
    rows, tells = finishes.finished(kept[0].bucket, rows)
    rows = compacted(rows)
    if table.sort:
        rows = rows.take(_order(rows, table.sort))
    counts = broken(rows, table, buckets=buckets)
    if not rows.num_rows:
        return None, tells, counts
    # A file holds texts; whoever reads it may have them as dictionaries, as they are here. Which is the least
    # and greatest of them helps nobody: a bucket is looked at whole.
    numbers = [field.name for field in rows.schema if not pa.types.is_dictionary(field.type)]
    write_parquet(
        rows.select(table.names), path, compression="zstd", store_schema=False, write_statistics=numbers
    )
    span = None
    if table.moment:
        ends = pc.min_max(rows[table.moment]).as_py()
        span = (ends["min"], ends["max"])
    return DataFile(path, kept[0].bucket, rows.num_rows, span), tells, counts


def _read(part: Kept) -> "pa.Table":
    import pyarrow as pa

    with part.path.open("rb") as file:
        file.seek(part.begin)
        content = file.read(part.end - part.begin)
    return pa.ipc.open_stream(content).read_all()


def _order(rows: "pa.Table", sort: Sequence[str]) -> "pa.Array":
    """The order of rows by some columns; texts in the order of their bytes."""
    import numpy as np
    import pyarrow as pa

    ranks = [
        text_ranks(rows[name]) if pa.types.is_dictionary(rows[name].type) else rows[name].to_numpy()
        for name in reversed(sort)
    ]
    return pa.array(np.lexsort(ranks))
