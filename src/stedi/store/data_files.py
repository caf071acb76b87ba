"""Data files: Parquet files of a table, or that are about to be."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stedi.engine.parquet import footer
from stedi.ground.places import Place
from stedi.schema.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

SCHEME = "file://"


@dataclass(frozen=True)
class DataFile:
    """A Parquet file of a table, or one that is about to be.

    Attributes:
        path: Where it lies.
        bucket: The one bucket of all its rows; None where the table is not partitioned.
        rows: How many rows it holds.
        span: The first and the last moment of its rows, UTC ms; None where that is not known.
        size: Its bytes, where whoever wrote it told all that a commit has to know; a file is then not opened.
    """

    path: Place
    bucket: int | None
    rows: int
    span: tuple[int, int] | None = None
    size: int | None = field(default=None, compare=False)

    def may_hold(self, moments: tuple[int, int]) -> bool:
        """Whether rows of these moments, the first and the last, UTC ms, may be in it."""
        return self.span is None or (self.span[0] <= moments[1] and self.span[1] >= moments[0])


def described(path: Place, bucket: int | None, table: Table) -> DataFile:
    """A data file that was just written, as its footer tells of it."""
    told = footer(path)
    if table.moment is None or not told.num_rows:
        return DataFile(path, bucket, told.num_rows)
    column = told.schema.names.index(table.moment)
    known = [told.row_group(n).column(column).statistics for n in range(told.num_row_groups)]
    if any(statistics is None or not statistics.has_min_max for statistics in known):
        return DataFile(path, bucket, told.num_rows)
    span = (min(statistics.min for statistics in known), max(statistics.max for statistics in known))
    return DataFile(path, bucket, told.num_rows, span)


def span_of(rows: "pa.Table", table: Table) -> tuple[int, int] | None:
    """The first and the last moment of some rows; None where they have none."""
    import pyarrow.compute as pc

    if table.moment is None:
        return None
    ends: dict[str, Any] = pc.min_max(rows[table.moment]).as_py()
    return None if ends["min"] is None else (ends["min"], ends["max"])


def batch_of(file: DataFile) -> str:
    """What a data file is part of, from its name."""
    return file.path.name.rpartition("_")[0]
