"""Rows of staged tables from accepted lines: none that landed before, all as declared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from stedi.engine import frames
from stedi.engine.parquet import rows_by
from stedi.landing.staged import first_landings, may_repeat
from stedi.pipeline.asides import Aside
from stedi.pipeline.build import write
from stedi.pipeline.gate import staged_as_declared
from stedi.pipeline.run_context import Run
from stedi.pipeline.side_by_side import ROWS_AT_ONCE
from stedi.sources.source import Source
from stedi.store.data_files import DataFile

ROWS_GROUPED_UNASKED = 20_000
"""Of so few rows, grouping costs less than asking whether it is needed."""


@dataclass(frozen=True)
class StagedRows:
    """What a batch adds to the staged table of one source, and how many rows each file gave."""

    files: list[DataFile]
    by_file: list[tuple[str, int]]
    checks: int


def stage_rows(run: Run, source: Source, aside: Aside, batch: str, without: Sequence[str]) -> StagedRows:
    """Write what a batch adds to the staged table of a source: rows that had not landed before, checked.

    Args:
        run: The run.
        source: The source.
        aside: Its accepted lines.
        batch: The batch.
        without: Files (SHA-256) whose lines are left out.
    """
    files = _rows(run, source, aside, batch, without)
    if not files:
        return StagedRows([], [], 0)
    checked = staged_as_declared(run, source.staged, files)
    return StagedRows(files, _by_file(files), checked.checks)


def _rows(run: Run, source: Source, aside: Aside, batch: str, without: Sequence[str]) -> list[DataFile]:
    """Write a batch's rows of one source as data files, without those that landed before."""
    from pyspark.sql import functions as F

    if not aside.rows:
        return []
    there = _overlapping(run, source, aside)
    files: list[DataFile] = []
    for piece in _bucket_groups(run.lake.buckets, aside.rows):
        lines = frames.opened(run.session, aside.files)
        if piece is not None:
            lines = lines.where(F.col("bucket").isin(list(piece)))
        met = [f for f in there if piece is None or f.bucket in piece]
        before = run.frame(source.staged, met) if met else None
        repeat = aside.rows <= ROWS_GROUPED_UNASKED or may_repeat(lines, source)
        rows = first_landings(lines, before, source, without=without, repeat=repeat)
        files += write(run, source.staged, rows, batch)
    return files


def _overlapping(run: Run, source: Source, aside: Aside) -> list[DataFile]:
    """The staged files that may hold a row of the same time, hence the same row."""
    moment = source.staged.moment
    if moment not in source.landed.names:
        # Not told by the line, but by when it landed: the same line may have another one.
        return run.store.files(source.staged)
    return run.store.files(source.staged, within=aside.span)


def _bucket_groups(buckets: int, rows: int) -> list[list[int] | None]:
    pieces = min(buckets, -(-rows // ROWS_AT_ONCE))
    if pieces <= 1:
        return [None]
    every = iter(range(buckets))
    width = -(-buckets // pieces)
    return [group for group in iter(lambda: list(islice(every, width)), [])]


def _by_file(files: Sequence[DataFile]) -> list[tuple[str, int]]:
    counted = Counter[str]()
    for file in files:
        for (sha256,), rows in rows_by(file.path, ["_file_sha256"]).items():
            counted[sha256] += rows
    return list(counted.items())
