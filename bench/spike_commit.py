"""Parquet files per bucket, committed at once, killed anywhere, read by three readers.

    .venv/bin/python bench/spike_commit.py [--spark-python .venv-spark/bin/python] [--jars .cache/jars]

For each way of changing a table (append, replace, drop, delete and add) a child process writes
its files with Sail, one file a bucket, commits them with PyIceberg, and is killed with SIGKILL
at one of six points. After each kill, and after the same change is made again, the table is read by
PyIceberg, by Sail from the files PyIceberg plans, and by Spark from the metadata file that the
catalog names. Every reader must see exactly the rows from before the change or from after it.
The exit code is 1 when one does not.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stedi.engine.session import sail

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table
    from pyspark.sql import SparkSession

BUCKETS = 16
TOUCHED = (1, 2, 3)
OPERATIONS = ("append", "replace", "drop", "delete_and_add")
KILLED_AT = (
    "a file written", "all files written", "manifests written", "metadata written",
    "catalog updated",  # inside the catalog's own transaction
    "committed",
)  # fmt: skip


def digest(rows: Iterable[Sequence[Any]]) -> str:
    """Of a multiset of rows; doubles count bit by bit."""
    lines = sorted(repr(tuple(row)) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def catalog_of(lake: Path) -> "SqlCatalog":
    from pyiceberg.catalog.sql import SqlCatalog

    return SqlCatalog("spike", uri=f"sqlite:///{lake}/catalog.db", warehouse=f"file://{lake}")


def create(lake: Path, name: str) -> "Table":
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.types import DoubleType, IntegerType, LongType, NestedField, StringType

    # Nothing is required: Sail writes every column as optional, and such a file would be refused.
    schema = Schema(
        NestedField(1, "user", StringType(), required=False),
        NestedField(2, "timestamp", LongType(), required=False),
        NestedField(3, "x", DoubleType(), required=False),
        NestedField(4, "bucket", IntegerType(), required=False),
    )
    catalog = catalog_of(lake)
    catalog.create_namespace_if_not_exists("spike")
    return catalog.create_table(
        f"spike.{name}",
        schema,
        partition_spec=PartitionSpec(PartitionField(4, 1000, IdentityTransform(), "bucket")),
        properties={
            "format-version": "2",
            "write.metadata.metrics.default": "none",
            "write.metadata.metrics.column.timestamp": "full",
            "write.metadata.metrics.column.bucket": "full",
            "schema.name-mapping.default": schema.name_mapping.model_dump_json(),
        },
    )


def readings(seed: int, rows: int = 2000, buckets: Iterable[int] = range(BUCKETS)) -> Any:
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(seed)
    bucket = rng.choice(list(buckets), rows).astype(np.int32)
    return pa.table(
        {
            "user": [f"user{b}@example.org" for b in bucket],
            "timestamp": 1_600_000_000_000 + rng.integers(0, 10**9, rows),
            "x": rng.normal(size=rows),
            "bucket": bucket,
        }
    )


def write_files(spark: "SparkSession", rows: Any, folder: Path) -> list[str]:
    import pyarrow.parquet as pq
    from pyspark.sql import functions as f

    folder.mkdir(parents=True)
    pq.write_table(rows, folder / "rows")
    frame = spark.read.parquet(str(folder / "rows")).withColumn("_bucket", f.col("bucket"))
    sorted_rows = frame.repartition(BUCKETS, "bucket").sortWithinPartitions("user", "timestamp")
    sorted_rows.write.partitionBy("_bucket").parquet(str(folder / "files"))
    return [f"file://{path}" for path in sorted((folder / "files").glob("*/*.parquet"))]


# The ways to change it


def change(table: "Table", operation: str, files: list[str]) -> None:
    """One commit; `replace` and `drop` take whole files and read no row."""
    from pyiceberg.expressions import In
    from pyiceberg.io.pyarrow import parquet_files_to_data_files

    with table.transaction() as tx:
        if operation == "delete_and_add":
            tx.delete(In("bucket", TOUCHED))
            tx.add_files(files)
            return
        snapshot = tx.update_snapshot()
        with snapshot.fast_append() if operation == "append" else snapshot.overwrite() as producer:
            if operation == "replace":
                for task in table.scan().plan_files():
                    producer.delete_data_file(task.file)
            if operation == "drop":
                for task in table.scan(row_filter=In("bucket", TOUCHED)).plan_files():
                    producer.delete_data_file(task.file)
            else:
                for file in parquet_files_to_data_files(table.io, tx.table_metadata, iter(files)):
                    producer.append_data_file(file)


def expected_rows(before: list[tuple[Any, ...]], operation: str, new: Any) -> list[tuple[Any, ...]]:
    """What `change` must leave, computed without any of the parts under test."""
    added = [tuple(row.values()) for row in new.to_pylist()]
    kept = [row for row in before if row[3] not in TOUCHED]
    states = {"append": before + added, "replace": added, "drop": kept, "delete_and_add": kept + added}
    return states[operation]


def new_rows(operation: str) -> Any:
    return readings(2, 600, TOUCHED) if operation == "delete_and_add" else readings(2, 1500)


def child(lake: Path, name: str, operation: str, point: str) -> None:
    """Make the change and die at `point`."""
    folder = lake / "spike" / name / "data" / "killed"
    if point == "a file written":
        threading.Thread(target=_die_at_first_file, args=(folder,), daemon=True).start()
    with sail() as spark:
        files = write_files(spark, new_rows(operation), folder)
    if point == "all files written":
        die()
    catalog = catalog_of(lake)
    _arm(catalog, point)
    change(catalog.load_table(f"spike.{name}"), operation, files)
    die()


def _die_at_first_file(folder: Path) -> None:
    while not any((folder / "files").glob("*/*")):
        time.sleep(0.0005)
    die()


def _arm(catalog: "SqlCatalog", point: str) -> None:
    from sqlalchemy.orm import Session

    write_metadata: Callable[..., None] = catalog._write_metadata

    def dying_write(*args: Any, **named: Any) -> None:
        if point == "manifests written":
            die()
        write_metadata(*args, **named)
        if point == "metadata written":
            die()

    def dying_commit(_: Session) -> None:
        die()

    catalog._write_metadata = dying_write  # type: ignore[method-assign]
    if point == "catalog updated":
        Session.commit = dying_commit  # type: ignore[method-assign]


# The three readers


def by_pyiceberg(table: "Table") -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in table.scan().to_arrow().to_pylist()]


def by_sail(spark: "SparkSession", table: "Table") -> list[tuple[Any, ...]]:
    paths = [task.file.file_path for task in table.scan().plan_files()]
    return [tuple(row) for row in spark.read.parquet(*paths).collect()] if paths else []


def by_spark(metadata_files: list[str], python: Path, jars: Path) -> dict[str, str]:
    """The digest of the rows of each metadata file, read in one Spark 3.5.6 session."""
    # Sail's client leaves variables that would make Spark look for a server.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    run = subprocess.run(
        [python, __file__, "--read", str(jars)],
        input="\n".join(metadata_files), env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise SystemExit(f"Spark failed:\n{run.stderr[-3000:]}")
    return dict(json.loads(run.stdout.splitlines()[-1]))


def read_with_spark(jars: Path) -> None:
    """Run in the Spark environment: metadata files on stdin, digests on stdout."""
    from pyspark.sql import SparkSession

    paths = ",".join(map(str, sorted(jars.resolve().glob("*.jar"))))
    builder = SparkSession.builder.master("local[2]").config("spark.jars", paths)
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    metadata_files = sys.stdin.read().split()
    print(json.dumps({m: digest(spark.read.format("iceberg").load(m).collect()) for m in metadata_files}))


# The matrix


class State(NamedTuple):
    """The table after a kill, or after the change was made again."""

    what: str
    metadata_file: str
    expected: str
    found: set[str]


def observed(what: str, table: "Table", spark: "SparkSession", rows: Iterable[Sequence[Any]]) -> State:
    found = {digest(by_pyiceberg(table)), digest(by_sail(spark, table))}
    return State(what, table.metadata_location, digest(rows), found)


def kill_and_repeat(lake: Path, spark: "SparkSession", operation: str, point: str) -> Iterator[State]:
    name = f"{operation}_{KILLED_AT.index(point)}"
    data = lake / "spike" / name / "data"
    table = create(lake, name)
    change(table, "append", write_files(spark, readings(1), data / "first"))
    before = [tuple(row.values()) for row in readings(1).to_pylist()]
    after = expected_rows(before, operation, new_rows(operation))

    command = [sys.executable, __file__, "--child", str(lake), name, operation, point]
    killed = subprocess.run(command, check=False, stderr=subprocess.DEVNULL)
    if killed.returncode != -signal.SIGKILL:
        raise SystemExit(f"{name}: the child ended with {killed.returncode} before it was killed")
    table = catalog_of(lake).load_table(f"spike.{name}")
    landed = point == "committed"
    yield observed(f"{operation:15} {point:18} killed", table, spark, after if landed else before)
    if not landed:
        change(table, operation, write_files(spark, new_rows(operation), data / "again"))
        yield observed(f"{operation:15} {point:18} again", table, spark, after)


def main(python: Path, jars: Path) -> int:
    with tempfile.TemporaryDirectory() as folder, sail() as spark:
        states = [
            state
            for operation in OPERATIONS
            for point in KILLED_AT
            for state in kill_and_repeat(Path(folder), spark, operation, point)
        ]
        seen_by_spark = by_spark([state.metadata_file for state in states], python, jars)
    faults = 0
    for state in states:
        equal = state.found | {seen_by_spark[state.metadata_file]} == {state.expected}
        faults += not equal
        print(f"{state.what:45} {'equal' if equal else 'DIFFERENT'}")
    print(f"{len(states)} states, 3 readers, {faults} with other rows than expected")
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--spark-python", type=Path, default=Path(".venv-spark/bin/python"))
    parser.add_argument("--jars", type=Path, default=Path(".cache/jars"))
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(Path(options.child[0]), *options.child[1:])
    elif options.read:
        read_with_spark(options.read)
    else:
        sys.exit(main(options.spark_python, options.jars))
