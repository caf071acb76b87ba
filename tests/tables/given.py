"""Given rows as frames of the engine, and every table built from them."""

import inspect
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from stedi.building.sensing import SENSORS, Sensor
from stedi.curated import customers, machine_learning
from stedi.engine.frames import read
from stedi.landing import requests
from stedi.landing.single import first_landings
from stedi.landing.staged import FILE
from stedi.privacy.counting import ClockFault
from stedi.privacy.passing import OUTCOMES, Decided, decide
from stedi.privacy.window import Window
from stedi.schema.arrow import arrow_schema
from stedi.schema.table import Table
from stedi.sources.lines import read_blocks
from stedi.sources.source import Source
from stedi.tables import BUILDS, DERIVED, STAGED
from stedi.trusted.readings import build as readings_that_pass

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

NOW_MS = 1_800_000_000_000
BUCKETS = 16
PSEUDONYM_KEY = bytes(range(32))
SUPPRESSION_KEY = bytes(range(32, 64))

Rows = list[dict[str, Any]]
NOBODY: Rows = []


def frame(spark: Any, table: Table, rows: Iterable[Mapping[str, Any]]) -> "DataFrame":
    """Rows of a table; what a row does not tell is null, its bucket 0."""
    told = [{"bucket": 0, **row} for row in rows]
    return _frame(spark, table, pa.Table.from_pylist(told, schema=arrow_schema(table)))


FILES = TemporaryDirectory(prefix="stedi-frames-")
MUCH_BYTES = 1 << 20
"""Rows of more are read from a file: a plan holds others as often as it names them, in 128 MB at most."""


def _frame(spark: Any, table: Table, content: pa.Table) -> "DataFrame":
    if content.nbytes > MUCH_BYTES:
        file = Path(FILES.name) / f"{uuid4().hex}.parquet"
        pq.write_table(content, file)
        return read(spark, table, [file])
    # The client cannot tell the columns of no rows.
    return spark.createDataFrame(content) if content.num_rows else read(spark, table, [])


def accepted(source: Source, lines: Iterable[bytes], *, landed_at: int = NOW_MS) -> pa.Table:
    """The accepted lines of a file, as the reader gives them."""
    content = b"\n".join([*lines, b""])
    schema = arrow_schema(source.staged)
    batches = []
    for block in read_blocks(io.BytesIO(content), source, landed_at=landed_at, buckets=BUCKETS):
        digest = pa.repeat(f"{landed_at:064x}", block.accepted.num_rows)
        columns = [digest if name == FILE.name else block.accepted.column(name) for name in schema.names]
        batches.append(pa.RecordBatch.from_arrays(columns, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def staged(spark: Any, source: Source, *files: pa.Table) -> "DataFrame":
    """What is staged of some files: a full row that landed twice is one row."""
    nothing = arrow_schema(source.staged).empty_table()
    return _frame(spark, source.staged, first_landings(pa.concat_tables(files), nothing, source))


def built(
    spark: Any, *upstreams: "DataFrame", window: Window = Window.FROM_CONSENT, asked: Rows = NOBODY
) -> "dict[str, DataFrame]":
    """Every derived table, and the staged ones (given in the order of `STAGED`) it follows from."""
    frames = dict(zip((table.name for table in STAGED), upstreams, strict=True))
    frames[requests.TABLE.name] = frame(spark, requests.TABLE, asked)
    for table in DERIVED:
        frames[table.name] = kept(spark, built_one(table, frames, window=window), table)
    return frames


def built_one(
    table: Table,
    frames: "Mapping[str, DataFrame]",
    *,
    window: Window = Window.FROM_CONSENT,
    as_of_ms: int = NOW_MS,
    clock_faults: Sequence[ClockFault] = (),
) -> "DataFrame":
    """One derived table, from its upstreams among the frames."""
    if table == machine_learning.TABLE:
        return _curated(frames)
    for sensor in SENSORS:
        if table == sensor.trusted:
            return _trusted(sensor, frames)
    known = {
        "as_of_ms": as_of_ms,
        "window": window,
        "buckets": BUCKETS,
        "pseudonym_key": PSEUDONYM_KEY,
        "suppression_key": SUPPRESSION_KEY,
        "clock_faults": clock_faults,
    }
    build = BUILDS[table.name]
    asked = inspect.signature(build).parameters.values()
    parameters = {p.name: known[p.name] for p in asked if p.kind is p.KEYWORD_ONLY}
    upstreams: Any = [frames[upstream.name] for upstream in table.upstreams]
    return build(*upstreams, **parameters)  # type: ignore[no-any-return]


def _trusted(sensor: Sensor, frames: "Mapping[str, DataFrame]") -> "DataFrame":
    """Trusted readings, which follow from rows and not from frames."""
    readings, terms, found = _decided(sensor, frames)
    rows = readings_that_pass(readings, found, terms, sensor.trusted, found.passed)
    some = frames[sensor.staged.name].sparkSession
    return _frame(some, sensor.trusted, rows.cast(arrow_schema(sensor.trusted)))


def dispositions_of(sensor: Sensor, frames: "Mapping[str, DataFrame]") -> "DataFrame":
    """The staged readings of a sensor, each with what became of it: `disposition`."""
    readings, _, found = _decided(sensor, frames)
    told = pa.array([str(OUTCOMES[n]) for n in found.outcome], pa.string())
    return frames[sensor.staged.name].sparkSession.createDataFrame(
        readings.append_column("disposition", told)
    )


def _decided(sensor: Sensor, frames: "Mapping[str, DataFrame]") -> tuple[pa.Table, pa.Table, Decided]:
    readings = frames[sensor.staged.name].toArrow()
    coded = readings[sensor.staged.participant].combine_chunks().dictionary_encode()
    terms = sensor.terms(*(frames[table.name] for table in sensor.needs)).toArrow()
    return readings, terms, decide(coded, readings[sensor.staged.moment].to_numpy(), terms)


def _curated(frames: "Mapping[str, DataFrame]") -> "DataFrame":
    """The curated readings, which follow from rows and not from frames."""
    phone, steps, people = (frames[u.name].toArrow() for u in machine_learning.TABLE.upstreams)
    rows = machine_learning.build(phone, steps, pseudonym_key=PSEUDONYM_KEY, buckets=BUCKETS)
    rows = machine_learning.known(rows, people).cast(arrow_schema(machine_learning.TABLE))
    return _frame(frames[customers.TABLE.name].sparkSession, machine_learning.TABLE, rows)


def kept(spark: Any, lazy: "DataFrame", table: Table) -> "DataFrame":
    """The frame of a table, evaluated once."""
    return _frame(spark, table, lazy.toArrow())


def rows_of(lazy: "DataFrame") -> Rows:
    """The rows in an order that follows from their values alone."""
    return sorted(lazy.toArrow().to_pylist(), key=lambda row: [(v is None, str(v)) for v in row.values()])
