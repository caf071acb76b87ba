"""Frames from data files and back: one bucket a file, rows in the declared order."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.places import Place, S3Path, parquet_sink, parquet_source
from stedi.schema.arrow import rows_in
from stedi.schema.ddl import schema
from stedi.schema.table import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WRITERS = 2
"""Tasks that write at once; each sorts its share of the buckets in memory."""


def read(session: "SparkSession", table: Table, paths: Sequence[Place]) -> "DataFrame":
    """The rows of a table's data files, with the declared columns; no file, no row."""
    if not paths:
        nothing = ", ".join(f"cast(null as {c.type.value}) as `{c.name}`" for c in table.columns)
        return session.sql(f"select {nothing} where false")
    return session.read.schema(schema(table)).parquet(*(str(path) for path in paths))


def gathered(table: Table, paths: Sequence[Place], file: Place) -> Place:
    """Put the rows of several data files into one, which an engine opens in a fraction of the time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pa.concat_tables([rows_in(path, table) for path in paths])
    with parquet_sink(file) as sink:
        pq.write_table(rows, sink, compression="none")
    return file


def write(
    frame: "DataFrame", table: Table, *, scratch: Place, new_file: Callable[[], Place]
) -> list[tuple[Place, int | None]]:
    """Write a frame as data files of a table, one bucket a file, sorted where that is declared.

    Args:
        frame: Rows with the declared columns, in any order.
        table: Their declaration.
        scratch: A folder of the run, on the file system of the table.
        new_file: Names each data file.

    Returns:
        Each file and its bucket; None where the table is not partitioned. No row, no file.
    """
    from pyspark.sql import functions as F

    folder = scratch / uuid4().hex
    rows = frame.select(*(F.col(f"`{name}`") for name in table.names))
    if table.partition is None:
        rows.coalesce(1).write.parquet(str(folder))
        return [(_moved(part, new_file()), None) for part in _parts(folder)]
    # The partition column goes into the folder's name and out of the file; a copy of it stays.
    parts = rows.withColumn("_bucket", F.col(table.partition)).repartition(WRITERS, table.partition)
    if table.sort:
        order = (F.col(f"`{name}`") for name in table.sort)
        parts = parts.sortWithinPartitions(table.partition, *order)
    parts.write.partitionBy("_bucket").option("compression", "zstd").parquet(str(folder))
    return [
        (_moved(part, new_file()), int(part.parent.name.removeprefix("_bucket="))) for part in _parts(folder)
    ]


def kept(session: "SparkSession", frame: "DataFrame", folder: Place) -> "tuple[DataFrame, int]":
    """Compute a frame once, so that using it again does not.

    Args:
        session: The engine.
        frame: Any rows.
        folder: A folder that is not there yet; the rows lie in it as long as the frame is used.

    Returns:
        The same rows, and how many they are.
    """
    import pyarrow.parquet as pq

    frame.write.option("compression", "zstd").parquet(str(folder))
    parts = _parts(folder)
    rows = sum(pq.read_metadata(parquet_source(part)).num_rows for part in parts)
    if not rows:
        return frame.limit(0), 0
    return session.read.schema(frame.schema).parquet(*(str(part) for part in parts)), rows


def _parts(folder: Place) -> list[Place]:
    return sorted(folder.rglob("*.parquet"))


def _moved(part: Place, target: Place) -> Place:
    if isinstance(part, S3Path):
        assert isinstance(target, S3Path)
        return part.rename(target)
    return part.rename(str(target))
