"""Build derived tables from all their upstreams, a few buckets at a time, without committing any."""

import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from stedi.building.exchange import write_frame
from stedi.building.run_context import Run
from stedi.building.side_by_side import ROWS_AT_ONCE, Turns, Waits
from stedi.engine.frames import scanned
from stedi.engine.parquet import columns_in
from stedi.engine.spark import is_spark
from stedi.schema.checked import Checked
from stedi.schema.columns import require_match
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.tables import BUILDS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Built:
    """A table that was built and not yet published.

    Attributes:
        table: Which.
        files: All data files that it will hold.
        new: Of them, what this run wrote.
        added: Rows that came; of a table that is built anew, all of them.
        removed: Rows that left.
        seconds: How long it took.
        checked: The checks of new rows that were made as they were written; None: none were.
        unchecked: The new files whose rows were not looked at then.
        dispositions: What became of the readings that it follows from, or by how much that changed.
        beside: Of a keyed table the other files of the buckets of new ones: no key of theirs may come again.
    """

    table: Table
    files: tuple[DataFile, ...]
    new: tuple[DataFile, ...]
    added: int
    removed: int
    seconds: float
    checked: Checked | None = None
    unchecked: tuple[DataFile, ...] = ()
    dispositions: Mapping[str, int] = field(default_factory=dict)
    beside: tuple[DataFile, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows it will have."""
        return rows_in(self.files)


def rows_in(files: Iterable[DataFile]) -> int:
    """How many rows some data files hold."""
    return sum(file.rows for file in files)


class Files:
    """The data files of tables that belong together: of a run that builds, or of a release."""

    def __init__(self, run: Run, files: Mapping[str, Sequence[DataFile]]) -> None:
        self._run = run
        self._files = {name: tuple(of_table) for name, of_table in files.items()}
        self._coming: dict[str, Waits[Built]] = {}
        self._built: dict[str, Built] = {}

    @classmethod
    def written(cls, run: Run, built: Sequence[Built]) -> "Files":
        """Of some tables what a run wrote, and what has to be checked with it."""
        files = cls(run, {each.table.name: (*each.new, *each.beside) for each in built})
        files._built = {each.table.name: each for each in built}
        return files

    def add(self, built: Built) -> None:
        """Let the tables downstream see a built table."""
        self._files[built.table.name] = built.files
        self._built[built.table.name] = built

    def to_check(self, table: Table) -> tuple[Checked | None, list[DataFile]]:
        """The checks of a table that were made as its rows were written, and the files that had none."""
        built = self._built.get(table.name)
        if built is None or built.checked is None:
            return None, self.of(table)
        return built.checked, list(built.unchecked)

    def expect(self, table: Table, built: Waits[Built]) -> Waits[Built]:
        """Know of a table that is being built, and will be added."""
        self._coming[table.name] = built
        return built

    def coming(self, *tables: Table) -> list[Waits[Built]]:
        """Those of some tables that are being built: what reads them has to wait for these."""
        return [self._coming[table.name] for table in tables if table.name in self._coming]

    def of(self, table: Table, buckets: Iterable[int] | None = None) -> list[DataFile]:
        """The files of a table, only of some buckets unless None."""
        files = self._files.get(table.name, ())
        if buckets is None:
            return list(files)
        wanted = frozenset(buckets)
        return [file for file in files if file.bucket in wanted]

    def frame(self, table: Table, buckets: Iterable[int] | None = None) -> "DataFrame":
        """The rows of a table, only of some buckets unless None."""
        return self._run.frame(table, self.of(table, buckets))

    def rows(self, *tables: Table) -> int:
        """How many rows some tables have."""
        return sum(rows_in(self.of(table)) for table in tables)


def build_all(
    run: Run,
    files: Files,
    tables: Sequence[Table],
    turns: Turns,
    build: Callable[[Run, Files, Table], Built],
) -> list[Waits[Built]]:
    """Begin to build tables from all rows of their upstreams, each as soon as those stand.

    Args:
        run: The run.
        files: Their upstreams; it tells which tables are coming, and has each when it is built.
        tables: Upstreams first.
        turns: Where they are built.
        build: Builds one.
    """

    def built(table: Table) -> Built:
        done = build(run, files, table)
        files.add(done)
        return done

    return [
        files.expect(table, turns.begin(partial(built, table), files.coming(*table.upstreams)))
        for table in tables
    ]


def build_one(run: Run, files: Files, table: Table) -> Built:
    """Build a table from all rows of its upstreams."""
    began = time.perf_counter()
    before = files.rows(table)
    if is_spark(run.session):
        done = write_frame(run, table, built_from(run, table, _upstreams(run, files, table)))
        new = tuple(done.files)
        seconds = time.perf_counter() - began
        return Built(table, new, new, rows_in(new), before, seconds, done.checked)
    written: list[DataFile] = []
    for piece in pieces({upstream.name: files.of(upstream) for upstream in table.by_bucket}):
        taken = {u.name: files.frame(u, piece if u in table.by_bucket else None) for u in table.upstreams}
        written += write(run, table, built_from(run, table, taken))
    return Built(table, tuple(written), tuple(written), rows_in(written), before, time.perf_counter() - began)


def _upstreams(run: Run, files: Files, table: Table) -> "dict[str, DataFrame]":
    """The upstreams of a table for Spark; of readings only the columns that the table has itself."""
    frames = {u.name: files.frame(u) for u in table.upstreams if u not in table.by_bucket}
    for readings in table.by_bucket:
        columns = [name for name in readings.names if name in table.names]
        paths = [file.path for file in files.of(readings)]
        frames[readings.name] = scanned(run.session, readings, paths, columns)
    return frames


def built_from(run: Run, table: Table, upstreams: "Mapping[str, DataFrame]") -> "DataFrame":
    """The rows of a table that follow from some rows of its upstreams, by the names of those."""
    build = BUILDS[table.name]
    known = {
        "as_of_ms": run.now_ms,
        "window": run.lake.window,
        "buckets": run.lake.buckets,
        "pseudonym_key": run.pseudonym_key,
        "suppression_key": run.suppression_key,
        "clock_faults": run.clock_faults,
    }
    asked: dict[str, Any] = {
        p.name: known[p.name]
        for p in inspect.signature(build).parameters.values()
        if p.kind is p.KEYWORD_ONLY
    }
    rows: DataFrame = build(*(upstreams[upstream.name] for upstream in table.upstreams), **asked)
    return rows


def write(run: Run, table: Table, rows: "DataFrame", batch: str | None = None) -> list[DataFile]:
    """Write rows as data files of a table that does not hold them yet.

    Args:
        run: The run.
        table: The table.
        rows: What it shall hold.
        batch: What the files are part of; the run where None.

    Raises:
        QualityGateError: The columns are not those declared.
    """
    if is_spark(run.session):
        return write_frame(run, table, rows, batch).files
    written = run.written(rows, table, run.run_id if batch is None else batch)
    for file in written[:1]:
        # Asked of what was written: an engine plans a frame once more to tell its columns.
        require_match(columns_in(file.path), table)
    return written


def pieces(by_bucket: Mapping[str, Iterable[DataFile]]) -> list[frozenset[int] | None]:
    """Split the buckets of some tables into groups of about `ROWS_AT_ONCE` rows.

    Returns:
        Groups of buckets; a single None, which means all rows, where nothing is taken by bucket
        or one group would hold everything.
    """
    rows: dict[int, int] = {}
    for files in by_bucket.values():
        for file in files:
            if file.bucket is not None:
                rows[file.bucket] = rows.get(file.bucket, 0) + file.rows
    groups: list[set[int]] = []
    held = 0
    for bucket in sorted(rows):
        if not groups or held + rows[bucket] > ROWS_AT_ONCE:
            groups.append(set())
            held = 0
        groups[-1].add(bucket)
        held += rows[bucket]
    return [None] if len(groups) <= 1 else [frozenset(group) for group in groups]
