"""Rows of staged tables from accepted lines: none that landed before, all as declared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stedi.building.exchange import write_kept
from stedi.building.run_context import Run
from stedi.building.slices import Slice
from stedi.ground.errors import QualityGateError
from stedi.landing.single import compared, first_landings
from stedi.landing.staged import FILE
from stedi.sources.source import Source
from stedi.staging.asides import Aside
from stedi.store.data_files import DataFile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class StagedRows:
    """What a batch adds to the staged table of one source, and how many rows each file gave."""

    files: list[DataFile]
    by_file: list[tuple[str, int]]
    checks: int


@dataclass(frozen=True)
class _Single:
    """Keeps one row of each that landed; what it tells of a bucket is its rows by file.

    Attributes:
        source: The source.
        there: Files of its staged table that may hold the same rows, by bucket.
        without: Files (SHA-256) whose lines are left out.
    """

    source: Source
    there: Mapping[int, Sequence[DataFile]]
    without: Sequence[str]

    def finished(self, bucket: int, rows: "pa.Table") -> "tuple[pa.Table, Counter[str]]":
        """The rows of a bucket that had not landed before."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self.without:
            left_out = pa.array(list(self.without), pa.string())
            rows = rows.filter(pc.invert(pc.is_in(rows[FILE.name], value_set=left_out)))
        names = [column.name for column in compared(self.source)]
        staged = Slice({"": self.there.get(bucket, ())}).read("", self.source.staged, names)
        found = first_landings(rows, staged, self.source)
        return found, rows_by_file(found)


def rows_by_file(rows: "pa.Table") -> Counter[str]:
    """How many rows came from each file (SHA-256)."""
    return Counter({each["values"]: each["counts"] for each in rows[FILE.name].value_counts().to_pylist()})


def stage_rows(run: Run, source: Source, aside: Aside, batch: str, without: Sequence[str]) -> StagedRows:
    """Write what a batch adds to the staged table of a source: rows that had not landed before, checked.

    Args:
        run: The run.
        source: The source.
        aside: Its accepted lines.
        batch: The batch.
        without: Files (SHA-256) whose lines are left out.

    Raises:
        QualityGateError: A range or key is not as declared.
    """
    if not aside.rows:
        return StagedRows([], [], 0)
    there: dict[int, list[DataFile]] = {}
    for file in _overlapping(run, source, aside):
        there.setdefault(file.bucket or 0, []).append(file)
    written = write_kept(run, source.staged, aside.kept, _Single(source, there, without), batch)
    if written.checked.faults:
        raise QualityGateError(
            f"{source.staged.name} was not written: the reader broke its declaration.", written.checked.faults
        )
    by_file = Counter[str]()
    for counted in written.told_at_last:
        by_file.update(counted)
    return StagedRows(written.files, list(by_file.items()), written.checked.checks)


def _overlapping(run: Run, source: Source, aside: Aside) -> list[DataFile]:
    """The staged files that may hold a row of the same time, hence the same row."""
    moment = source.staged.moment
    if moment not in source.landed.names:
        # Not told by the line, but by when it landed: the same line may have another one.
        return run.store.files(source.staged)
    return run.store.files(source.staged, within=aside.span)
