"""Tables of a lake from Python, as a release shows them."""

import secrets
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stedi.asking.reader import At, reading
from stedi.ground.errors import DependencyError, UsageError
from stedi.schema.arrow import arrow_schema
from stedi.schema.table import Kind, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from stedi.lake.config import Lake


class ReleasedTable:
    """A table as of one release.

    Each reading asks again whether the release may show it: who withdraws meanwhile is not read.

    Attributes:
        name: The table's name.
        release: The release's number.
        snapshot: The table's snapshot; None where it was never written.
        rows: How many it has.
    """

    def __init__(self, lake: "Lake", table: Table, at: At | None, reveal: str | None) -> None:
        self._lake, self._table, self._reveal = lake, table, reveal
        with reading(lake, at) as reader:
            self.name = table.name
            self.release = reader.release.number
            self.snapshot = reader.snapshot(table)
            self.rows = sum(file.rows for file in reader.files(table))

    def to_arrow(self) -> "pa.Table":
        """The rows as an Arrow table, direct identifiers masked unless they were to be revealed."""
        from stedi.asking.query import masked
        from stedi.audit import record

        found = self._read(self._table.names)
        hides = any(column.personal.masked for column in self._table.columns)
        if hides and self._reveal is None:
            return masked(found, self._table, secrets.token_bytes(32))
        if hides:
            record(self._lake, "reveal", reason=self._reveal, tables=[self.name], release=self.release)
        return found

    def to_pandas(self) -> Any:
        """The rows as a pandas data frame."""
        _require("pandas")
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """The rows as a polars data frame."""
        return _require("polars").from_arrow(self.to_arrow())

    def to_duckdb(self) -> Any:
        """The rows as a DuckDB relation, on a connection of its own."""
        return _require("duckdb").connect().from_arrow(self.to_arrow())

    @cached_property
    def people(self) -> int | None:
        """How many people its rows are about; None where they are about none."""
        if self._table.participant is None:
            return None
        column = self._read([self._table.participant]).column(0)
        return len(column.drop_null().unique())

    def __repr__(self) -> str:
        told = [self.name, f"{self.rows:,} rows"]
        if self.people is not None:
            told.append(f"{self.people:,} people")
        told.append(f"release {self.release}, snapshot {self.snapshot}")
        if self._lake.comparison_only:
            told.append("for comparison only")
        return "   ".join(told)

    def _read(self, columns: list[str]) -> "pa.Table":
        import pyarrow.dataset as ds

        with reading(self._lake, self.release) as reader:
            paths = [str(file.path) for file in reader.files(self._table)]
            whole = ds.dataset(paths, schema=arrow_schema(self._table), format="parquet")
            return whole.to_table(columns=columns)


def table(
    name: str, *, at: At | None = None, lake: str | Path | None = None, reveal: str | None = None
) -> ReleasedTable:
    """Open a table of a lake.

    Args:
        name: Its name, such as "machine_learning_curated".
        at: As of which release: its number, a snapshot, or a time; the newest when None.
        lake: The lake's folder; as the command line finds it when None.
        reveal: Why direct identifiers are shown; the reason is audited. None: they are masked.

    Raises:
        UsageError: There is no such lake, table or release.
        PrivacyGateError: The release is older, and somebody's rows were taken out since.
    """
    from stedi.asking.query import table_named
    from stedi.cli.state import State

    declared = table_named(name)
    if declared.kind is Kind.EXTERNAL:
        raise UsageError(f"{declared.name} is the landed files themselves: stedi query reads them.")
    if reveal is not None and not reveal.strip():
        raise UsageError("Nothing was read: to reveal identifiers takes a reason, and it is audited.")
    return ReleasedTable(State(Path(lake) if lake else None).lake(), declared, at, reveal)


def _require(package: str) -> Any:
    import importlib

    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as missing:
        install = f"Install it: pip install {package}"
        raise DependencyError(f"{package} is not installed; nothing was read.\n{install}") from missing
