"""What Sail and Spark are both given: the data, every transform, and the run's parameters."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from stedi.building.sensing import SENSORS, Sensor
from stedi.curated import machine_learning
from stedi.landing.single import first_landings
from stedi.landing.staged import FILE
from stedi.privacy.window import Window
from stedi.schema.arrow import arrow_schema
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import REFUSED, read_blocks
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import open_content
from stedi.sources.source import Source
from stedi.sources.verdicts import FileVerdict
from stedi.tables import BUILDS, DERIVED, SOURCES
from stedi.trusted.device_evidence import plainly_owned
from stedi.trusted.dispositions import of_customers
from stedi.trusted.evidence import proven
from stedi.trusted.readings import build, decided

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

NOW_MS = 1_800_000_000_000
BUCKETS = 16
PSEUDONYM_KEY = bytes(range(32))
SUPPRESSION_KEY = bytes(range(32, 64))

REFUSED_SCHEMA = pa.schema([*REFUSED, (FILE.name, pa.string())])

Frames = Callable[..., "DataFrame"]


@dataclass(frozen=True)
class Transform:
    """A pure function of frames that both engines run; its output is kept under its name."""

    name: str
    inputs: tuple[str, ...]
    run: Frames


@dataclass(frozen=True)
class OfRows:
    """A table of readings, which both engines have from rows in memory: made once, for those that follow."""

    name: str
    run: Callable[[Path], pa.Table]


WINDOWS = {
    "starter": Window.FROM_CONSENT,
    "starter_whole_history": Window.WHOLE_HISTORY,
    "fleet": Window.FROM_CONSENT,
}
"""The sets of data, and the consent window of each."""


def steps(data: str) -> list[Transform | OfRows]:
    """All that is made of a set of data, upstreams first."""
    known = {
        "as_of_ms": NOW_MS,
        "window": WINDOWS[data],
        "buckets": BUCKETS,
        "pseudonym_key": PSEUDONYM_KEY,
        "suppression_key": SUPPRESSION_KEY,
        "clock_faults": (),
    }
    staging = [OfRows(source.staged.name, partial(_staged, source)) for source in SOURCES]
    builds: list[Transform | OfRows] = []
    for table in DERIVED:
        for sensor in SENSORS:
            if table == sensor.trusted:
                name = terms_of(sensor)
                builds += [
                    Transform(name, tuple(needed.name for needed in sensor.needs), sensor.terms),
                    OfRows(table.name, partial(_passing, sensor)),
                ]
        if table.name in BUILDS:
            upstreams = tuple(u.name for u in table.upstreams)
            builds.append(Transform(table.name, upstreams, _with(BUILDS[table.name], known)))
    evidence = [
        Transform("proven", ("customer_staged", "consent", "requests"), _with(proven, known)),
        Transform("plainly_owned", ("customer_staged", "consent"), plainly_owned),
        Transform("of_customers", ("customer_staged", "consent"), of_customers),
    ]
    return [*staging, *builds, OfRows(machine_learning.TABLE.name, _curated), *evidence]


def transforms(data: str) -> list[Transform]:
    """What an engine computes, of all that is made of a set of data."""
    return [each for each in steps(data) if isinstance(each, Transform)]


def terms_of(sensor: Sensor) -> str:
    """The name of the terms on which a sensor's readings pass."""
    return f"terms_of_{sensor.source}"


def _passing(sensor: Sensor, folder: Path) -> pa.Table:
    """The trusted readings of a sensor."""
    staged, terms = (pq.read_table(folder / f"{n}.parquet") for n in (sensor.staged.name, terms_of(sensor)))
    staged = staged.set_column(
        staged.schema.get_field_index(sensor.staged.participant or ""),
        sensor.staged.participant or "",
        staged[sensor.staged.participant].combine_chunks().dictionary_encode(),
    )
    found = decided(staged, terms, sensor.staged)
    return build(staged, found, terms, sensor.trusted, found.passed).cast(arrow_schema(sensor.trusted))


def _curated(folder: Path) -> pa.Table:
    phone, steps, people = (
        pq.read_table(folder / f"{upstream.name}.parquet") for upstream in machine_learning.TABLE.upstreams
    )
    rows = machine_learning.build(phone, steps, pseudonym_key=PSEUDONYM_KEY, buckets=BUCKETS)
    return machine_learning.known(rows, people).cast(arrow_schema(machine_learning.TABLE))


def _staged(source: Source, folder: Path) -> pa.Table:
    """The accepted lines of a source, each row once."""
    lines = pq.read_table(folder / f"{lines_of(source.name)}.parquet")
    return first_landings(lines, lines.schema.empty_table(), source)


def _with(build: Frames, known: dict[str, Any]) -> Frames:
    asked = inspect.signature(build).parameters.values()
    return partial(build, **{p.name: known[p.name] for p in asked if p.kind is p.KEYWORD_ONLY})


def lines_of(source: str) -> str:
    """The folder of a source's accepted lines."""
    return f"{source}_lines"


def landed_files(landing: Path) -> list[tuple[ListedFile, Examined]]:
    """The files of a landing zone that are read line by line."""
    seen = (
        (f, examined(f, SOURCES))
        for f in listed(landing, SOURCES, settle_s=0)
        if f.verdict is FileVerdict.READ
    )
    return [(file, found) for file, found in seen if isinstance(found, Examined)]


def accepted_lines(file: ListedFile, content: Examined) -> Iterator[pa.RecordBatch]:
    """The accepted lines of a file, with the columns of its staged table."""
    for block in _blocks(file, content):
        yield _of_file(block.accepted, content, arrow_schema(file.source.staged))


def refused_lines(file: ListedFile, content: Examined) -> Iterator[pa.RecordBatch]:
    """The refused lines of a file, with its hash."""
    for block in _blocks(file, content):
        yield _of_file(block.refused, content, REFUSED_SCHEMA)


def _blocks(file: ListedFile, content: Examined) -> Iterator[Any]:
    with open_content(file, content) as stream:
        yield from read_blocks(stream, file.source, landed_at=NOW_MS, buckets=BUCKETS)


def _of_file(rows: pa.RecordBatch, content: Examined, schema: pa.Schema) -> pa.RecordBatch:
    digest = pa.repeat(content.sha256, rows.num_rows)
    columns = [digest if name == FILE.name else rows.column(name) for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
