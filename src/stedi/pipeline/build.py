"""Build the derived tables, a few buckets at a time, without committing any."""

import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi.landing import requests
from stedi.pipeline.run_context import Run
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.tables import BUILDS, DERIVED, STAGED

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS_AT_ONCE = 500_000
"""About how many upstream rows one piece of a build reads: it bounds the memory of a run."""


@dataclass(frozen=True)
class Built:
    """A table that was built and not yet published."""

    table: Table
    files: tuple[DataFile, ...]
    seconds: float

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(file.rows for file in self.files)


class Files:
    """The data files of tables that belong together: of a run that builds, or of a release."""

    def __init__(self, run: Run, files: Mapping[str, Sequence[DataFile]]) -> None:
        self._run = run
        self._files = {name: tuple(of_table) for name, of_table in files.items()}

    @classmethod
    def staged(cls, run: Run) -> "Files":
        """The staged tables and the requests as they are now; built ones are added as they come."""
        return cls(run, {table.name: run.store.files(table) for table in (*STAGED, requests.TABLE)})

    def add(self, built: Built) -> None:
        """Let the tables downstream see a built table."""
        self._files[built.table.name] = built.files

    def of(self, table: Table, buckets: frozenset[int] | None = None) -> list[DataFile]:
        """The files of a table, only of some buckets unless None."""
        return [f for f in self._files[table.name] if buckets is None or f.bucket in buckets]

    def frame(self, table: Table, buckets: frozenset[int] | None = None) -> "DataFrame":
        """The rows of a table, only of some buckets unless None."""
        return self._run.frame(table, self.of(table, buckets))

    def frames(self, table: Table) -> "list[DataFrame]":
        """The rows of a table in frames of about `ROWS_AT_ONCE`, every bucket whole in one of them."""
        return [self.frame(table, piece) for piece in pieces({table.name: self.of(table)})]

    def rows(self, table: Table) -> int:
        """How many rows a table has."""
        return sum(file.rows for file in self._files[table.name])


def build_all(run: Run, files: Files, tell: Callable[[Built], None]) -> list[Built]:
    """Build every derived table in order; `tell` hears of each."""
    built = []
    for table in DERIVED:
        built.append(_build(run, files, table))
        files.add(built[-1])
        tell(built[-1])
    return built


def _build(run: Run, files: Files, table: Table) -> Built:
    from stedi.schema.checks import require_match

    began = time.perf_counter()
    build = BUILDS[table.name]
    parameters = _parameters(build, run)
    written: list[DataFile] = []
    for piece in pieces({u.name: files.of(u) for u in table.by_bucket}):
        upstreams = [files.frame(u, piece if u in table.by_bucket else None) for u in table.upstreams]
        rows = build(*upstreams, **parameters)
        require_match(rows.schema, table)
        written += run.written(rows, table, run.run_id)
    return Built(table, tuple(written), time.perf_counter() - began)


def _parameters(build: Callable[..., Any], run: Run) -> dict[str, Any]:
    """What a build asks of the run, by the names of its keyword-only parameters."""
    known = {
        "as_of_ms": run.now_ms,
        "window": run.lake.window,
        "buckets": run.lake.buckets,
        "pseudonym_key": run.pseudonym_key,
        "suppression_key": run.suppression_key,
    }
    asked = inspect.signature(build).parameters.values()
    return {p.name: known[p.name] for p in asked if p.kind is p.KEYWORD_ONLY}


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
