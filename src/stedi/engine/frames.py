"""Frames from data files and back: one bucket a file, rows in the declared order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from stedi.engine.parquet import addressed, footer, write_parquet
from stedi.engine.spark import is_spark
from stedi.engine.tasks import keep_zips_known
from stedi.ground.places import Place, moved
from stedi.schema.arrow import rows_in
from stedi.schema.ddl import schema
from stedi.schema.table import Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

WRITERS = 2
"""Tasks that write at once; each sorts its share of the buckets in memory."""


def read(session: "SparkSession", table: Table, paths: Sequence[Place]) -> "DataFrame":
    """The rows of a table's data files, with the declared columns; no file, no row."""
    if not paths:
        nothing = ", ".join(f"cast(null as {c.type.value}) as `{c.name}`" for c in table.columns)
        return session.sql(f"select {nothing} where false")
    return session.read.schema(schema(table)).parquet(*_named(session, paths))


def scanned(
    session: "SparkSession", table: Table, paths: Sequence[Place], columns: Sequence[str] | None = None
) -> "DataFrame":
    """The same, on Spark: tasks open the files, and the driver asks nothing of any of them."""
    if not paths:
        return read(session, table, paths)
    names = list(columns or table.names)
    number = min(len(paths), session.sparkContext.defaultParallelism)

    def rows(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        keep_zips_known()
        for batch in batches:
            for n in batch.column("id").to_pylist():
                yield from rows_in(paths[n], table).select(names).to_batches()

    declared = ", ".join(f"`{name}` {table.column(name).type.value}" for name in names)
    return session.range(0, len(paths), 1, number).mapInArrow(rows, declared)


def read_files(session: "SparkSession", paths: Sequence[Place]) -> "DataFrame":
    """The rows of some Parquet files, with the columns that they have."""
    return session.read.parquet(*_named(session, paths))


def _named(session: "SparkSession", paths: Sequence[Place]) -> list[str]:
    """Paths as an engine takes them: Spark's own file system may be another than this machine's."""
    return [addressed(path) if is_spark(session) else str(path) for path in paths]


def gathered(table: Table, paths: Sequence[Place], file: Place) -> Place:
    """Put the rows of several data files into one, which an engine opens in a fraction of the time."""
    import pyarrow as pa

    write_parquet(pa.concat_tables([rows_in(path, table) for path in paths]), file, compression="none")
    return file


def write(
    frame: "DataFrame", table: Table, *, scratch: Place, new_file: Callable[[], Place]
) -> list[tuple[Place, int | None]]:
    """Write a frame as data files of a table, one bucket a file, sorted where that is declared.

    Args:
        frame: Rows with the declared columns, in their order.
        table: Their declaration.
        scratch: A folder of the run, on the file system of the table.
        new_file: Names each data file.

    Returns:
        Each file and its bucket; None where the table is not partitioned. No row, no file.
    """
    from pyspark.sql import functions as F

    session = frame.sparkSession
    folder = scratch / uuid4().hex
    if table.partition is None:
        frame.coalesce(1).write.parquet(*_named(session, [folder]))
        return [(moved(part, new_file()), None) for part in _parts(folder)]
    # The partition column goes into the folder's name and out of the file; a copy of it stays.
    parts = frame.withColumn("_bucket", F.col(table.partition))
    # Spark makes as many tasks of it as rows and settings ask for.
    parts = parts.repartition("_bucket") if is_spark(session) else parts.repartition(WRITERS, "_bucket")
    if table.sort:
        # By what the folders are named after, or Spark would sort by that alone and lose the rest.
        parts = parts.sortWithinPartitions("_bucket", *(F.col(f"`{name}`") for name in table.sort))
    files = parts.write.partitionBy("_bucket").option("compression", "zstd")
    files.parquet(*_named(session, [folder]))
    return [
        (moved(part, new_file()), int(part.parent.name.removeprefix("_bucket="))) for part in _parts(folder)
    ]


@dataclass(frozen=True)
class Kept:
    """Rows that were computed, so that using them again does not.

    Attributes:
        frame: The rows.
        rows: How many they are.
        parts: The files in which they lie; none where tasks of Spark hold them.
    """

    frame: "DataFrame"
    rows: int
    parts: Sequence[Place] = ()


def kept(session: "SparkSession", frame: "DataFrame", folder: Place) -> Kept:
    """Compute a frame once.

    Args:
        session: The engine.
        frame: Any rows.
        folder: A folder that is not there yet; the rows lie in it as long as they are used.
    """
    frame.write.option("compression", "zstd").parquet(*_named(session, [folder]))
    parts = _parts(folder)
    rows = sum(footer(part).num_rows for part in parts)
    # Not by the schema of the frame: asking for it would have the engine plan the frame again.
    return Kept(read_files(session, parts) if rows else frame.limit(0), rows, parts)


def collected(frame: "DataFrame") -> "pa.Table":
    """All rows of a frame, brought here: of frames that hold little."""
    import pyarrow as pa

    if not is_spark(frame.sparkSession):
        # `toArrow` would have the engine plan the frame once more, to tell the types that the rows have.
        rows, _ = cast(Any, frame)._to_table()
        return cast("pa.Table", rows)
    schema = arrow_types(frame)

    def packed(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for batch in batches:
            rows = batch.cast(schema).serialize().to_pybytes()
            yield pa.RecordBatch.from_pydict({"rows": pa.array([rows], pa.binary())})

    told = frame.mapInArrow(packed, "rows binary").collect()
    return pa.Table.from_batches(
        [pa.ipc.read_record_batch(bytes(row["rows"]), schema) for row in told], schema=schema
    )


def arrow_types(frame: "DataFrame") -> "pa.Schema":
    """The columns of a frame of Spark as Arrow has them, without any row being asked for."""
    import pyarrow as pa

    types = {"string": pa.string(), "bigint": pa.int64(), "int": pa.int32(), "boolean": pa.bool_()}
    return pa.schema([(field.name, types[field.dataType.simpleString()]) for field in frame.schema.fields])


def _parts(folder: Place) -> list[Place]:
    return sorted(folder.rglob("*.parquet"))
