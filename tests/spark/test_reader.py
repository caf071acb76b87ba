"""The reader gives the same lines inside a Spark task, one task a file, as called by itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from both_sides import REFUSED_SCHEMA, accepted_lines, landed_files, lines_of, refused_lines
from exact_rows import difference, exactly, in_file

from stedi.schema.arrow import arrow_schema
from stedi.sources.examining import Examined
from stedi.sources.listing import ListedFile
from stedi.tables import SOURCES

Files = list[tuple[ListedFile, Examined]]
Lines = Callable[[ListedFile, Examined], Iterator[pa.RecordBatch]]


def _read_by_tasks(spark: Any, files: Files, lines: Lines, schema: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                yield from lines(*files[number])

    one_task_a_file = spark.range(0, len(files), 1, len(files))
    return one_task_a_file.mapInArrow(read, from_arrow_schema(schema)).collect()


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@pytest.mark.parametrize("data", ["fleet", pytest.param("starter", marks=pytest.mark.data)])
def test_a_task_reads_what_a_plain_call_reads(
    spark: Any, sail_side: Path, data: str, source: Any, request: pytest.FixtureRequest
) -> None:
    if data == "starter":
        request.getfixturevalue("stedi_data")
    given = sail_side / data
    files = [(f, c) for f, c in landed_files(given / "landing") if f.source == source]
    accepted = _read_by_tasks(spark, files, accepted_lines, arrow_schema(source.staged))
    assert difference(exactly(accepted), in_file(given / f"{lines_of(source.name)}.parquet")) == ""
    assert accepted, "no line was compared"
    if data == "fleet" and source.has_envelopes:
        assert any(row["_item"] for row in accepted), "no reading of an envelope was compared"
    if data == "fleet":
        refused = _read_by_tasks(spark, files, refused_lines, REFUSED_SCHEMA)
        # Spark gives bytes as a bytearray.
        rows = exactly(
            tuple(bytes(value) if isinstance(value, bytearray) else value for value in row) for row in refused
        )
        assert difference(rows, in_file(given / f"{source.name}_refused.parquet")) == ""
        assert refused, "no refused line was compared"
