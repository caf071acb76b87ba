"""What Sail and Spark are both given: the data, every transform, and the run's parameters."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stedi.landing.staged import FILE, first_landings
from stedi.privacy.window import Window
from stedi.schema.arrow import arrow_schema
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import REFUSED, read_blocks
from stedi.sources.listing import ListedFile, listed
from stedi.sources.opening import opened
from stedi.sources.verdicts import FileVerdict
from stedi.tables import BUILDS, DERIVED, SOURCES
from stedi.trusted.dispositions import of_customers, of_phone_readings, of_step_readings

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


WINDOWS = {
    "starter": Window.FROM_CONSENT,
    "starter_whole_history": Window.WHOLE_HISTORY,
    "fleet": Window.FROM_CONSENT,
}
"""The sets of data, and the consent window of each."""


def transforms(data: str) -> list[Transform]:
    """Every transform over a set of data, upstreams first."""
    known = {
        "as_of_ms": NOW_MS,
        "window": WINDOWS[data],
        "buckets": BUCKETS,
        "pseudonym_key": PSEUDONYM_KEY,
        "suppression_key": SUPPRESSION_KEY,
        "clock_faults": (),
    }
    staging = [
        Transform(source.staged.name, (lines_of(source.name),), _staged_by(source)) for source in SOURCES
    ]
    builds = [
        Transform(table.name, tuple(u.name for u in table.upstreams), _with(BUILDS[table.name], known))
        for table in DERIVED
        if table.name in BUILDS
    ]
    counts = [
        Transform(f.__name__, tuple(inspect.signature(f).parameters), f)
        for f in (of_customers, of_phone_readings, of_step_readings)
    ]
    return [*staging, *builds, *counts]


def _staged_by(source: Any) -> Frames:
    return lambda lines: first_landings(lines, None, source)


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
    with opened(file, content) as stream:
        yield from read_blocks(stream, file.source, landed_at=NOW_MS, buckets=BUCKETS)


def _of_file(rows: pa.RecordBatch, content: Examined, schema: pa.Schema) -> pa.RecordBatch:
    digest = pa.repeat(content.sha256, rows.num_rows)
    columns = [digest if name == FILE.name else rows.column(name) for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
