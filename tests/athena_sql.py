"""The SQL that is meant for Athena: named queries and the cookbook's blocks, parsed, checked and run here.

Athena itself cannot be had here. A statement is parsed in its dialect, its names are looked up in the
declarations, and it is run on DuckDB over the tables of a lake.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from stedi.asking.landed_lines import landed_lines
from stedi.asking.reader import LakeReader
from stedi.schema.arrow import arrow_schema
from stedi.schema.table import Kind
from stedi.tables import TABLES

REPOSITORY = Path(__file__).resolve().parents[1]
COOKBOOK = REPOSITORY / "docs/athena.md"
BLOCK = re.compile(r"^```sql\n(.*?)^```", re.M | re.S)

FILES = {"content": "int", "file_path": "varchar", "record_count": "bigint", "file_size_in_bytes": "bigint"}
SNAPSHOTS = {
    "committed_at": "timestamp with time zone", "snapshot_id": "bigint", "parent_id": "bigint",
    "operation": "varchar", "manifest_list": "varchar",
}  # fmt: skip
TYPES = {"string": "varchar", "int": "integer", "binary": "varbinary"}

SCHEMA: dict[str, dict[str, str]] = {
    table.name: {c.name: TYPES.get(c.type.value, c.type.value) for c in table.columns} for table in TABLES
} | {
    f"{table.name}${kind}": columns
    for table in TABLES
    if table.kind is Kind.ICEBERG
    for kind, columns in {"files": FILES, "snapshots": SNAPSHOTS}.items()
}


@dataclass(frozen=True)
class Statement:
    """One statement, and where it stands."""

    name: str
    sql: str

    @cached_property
    def parsed(self) -> exp.Expr:
        """As Athena's dialect reads it."""
        return sqlglot.parse_one(self.sql, dialect="athena")

    @property
    def tables(self) -> set[str]:
        """The tables it reads."""
        named = {cte.alias for cte in self.parsed.find_all(exp.CTE)}
        return {table.name for table in self.parsed.find_all(exp.Table)} - named

    @property
    def is_travelling(self) -> bool:
        """Whether it reads a table as of an earlier time."""
        return any(table.args.get("version") for table in self.parsed.find_all(exp.Table))

    @property
    def takes(self) -> int:
        """How many execution parameters it has."""
        return len(list(self.parsed.find_all(exp.Placeholder)))


def named_queries() -> list[Statement]:
    """The queries of `infra/queries`, by the names of their files."""
    paths = sorted((REPOSITORY / "infra/queries").glob("*.sql"))
    return [Statement(path.stem, path.read_text()) for path in paths]


def cookbook() -> list[Statement]:
    """The blocks of `docs/athena.md`, numbered as they stand."""
    blocks = BLOCK.findall(COOKBOOK.read_text())
    return [Statement(f"athena.md-{number}", block) for number, block in enumerate(blocks, start=1)]


def checked(statement: Statement) -> exp.Expr:
    """The statement with every name resolved against the declarations.

    Raises:
        sqlglot.errors.OptimizeError: It names a table's column that is not declared.
    """
    if unknown := statement.tables - SCHEMA.keys():
        raise sqlglot.errors.OptimizeError(f"no such table: {', '.join(sorted(unknown))}")
    copy = statement.parsed.copy()
    return qualify(copy, schema=SCHEMA, dialect="athena", validate_qualify_columns=True)


@contextmanager
def tables_of(lake: LakeReader) -> Iterator[Any]:
    """A DuckDB connection in which the tables of a lake have their names in Athena, unmasked."""
    import duckdb
    import pyarrow.dataset as ds

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in TABLES:
            if table.kind is Kind.EXTERNAL:
                _hold(connection, table.name, landed_lines(lake, table))
                continue
            paths = [str(file.path) for file in lake.files(table)]
            rows = ds.dataset(paths, schema=arrow_schema(table), format="parquet")
            _hold(connection, table.name, rows)
            inspected = lake.store._load(table).inspect
            _hold(connection, f"{table.name}$files", inspected.files(), FILES)
            _hold(connection, f"{table.name}$snapshots", inspected.snapshots(), SNAPSHOTS)
        yield connection


def _hold(connection: Any, name: str, rows: Any, columns: Mapping[str, str] | None = None) -> None:
    """Make rows a table that every cursor of the connection sees."""
    connection.register("rows", rows)
    shown = ", ".join(columns) if columns else "*"
    connection.execute(f'CREATE TABLE "{name}" AS SELECT {shown} FROM "rows"')
    connection.unregister("rows")


@contextmanager
def changed(connection: Any, table: str, select: str) -> Iterator[Any]:
    """A cursor in which a table is another one; everywhere else it stays what it is.

    Args:
        connection: As `tables_of` gives it.
        table: The table.
        select: What it is, a SELECT that names the table as it was by `{it}`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        was = f'main."{table}"'
        # A temporary table goes before another of its name.
        cursor.execute(f'CREATE TEMP TABLE "{table}" AS {select.format(it=was)}')
        yield cursor


def answer(
    connection: Any, statement: Statement, *values: Any, instead: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Run a statement on DuckDB.

    Args:
        connection: As `tables_of` gives it.
        statement: What to run.
        values: Its execution parameters.
        instead: For a table that is read as of an earlier time, the table that is read in its place.
    """
    tree = statement.parsed.copy()
    for table in tree.find_all(exp.Table):
        if table.args.get("version"):
            table.set("version", None)
            table.set("this", exp.to_identifier((instead or {})[table.name], quoted=True))
    found = connection.execute(tree.sql("duckdb"), list(values) or None)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
