"""How DuckDB understands a query: its plan over empty tables, so that no value can be in a message."""

import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi.schema.column_types import ColumnType
from stedi.schema.table import Column, Table

if TYPE_CHECKING:
    import duckdb

TYPES = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INT: "INTEGER",
    ColumnType.LONG: "BIGINT",
    ColumnType.REAL: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.BINARY: "BLOB",
}

ENGINE_WORDS = (
    "user", "current_user", "session_user", "current_role", "current_schema", "current_schemas",
    "current_database", "current_catalog", "current_query", "version",
)  # fmt: skip
"""Functions that say something of the engine. Some need no parentheses: a column that is not there, but
is called so, would be answered with the engine's word."""

_NO_COLUMN = "stedi: no column "


@dataclass(frozen=True)
class Plan:
    """A query as DuckDB understands it, or why it does not.

    Attributes:
        error: What DuckDB says; None where there is a plan.
        kind: The kind of the error, in DuckDB's words.
        missing_table: The name of a table that is not there.
        tree: The plan's operators and expressions, as JSON.
        tables: The names of the tables that it reads.
    """

    error: str | None = None
    kind: str = ""
    missing_table: str | None = None
    tree: Any = None
    tables: frozenset[str] = frozenset()

    @property
    def engine_word(self) -> str | None:
        """A word of `ENGINE_WORDS` that the query asks for, where it does."""
        for node in nodes(self.tree):
            text = (node.get("value") or {}) if node.get("expression_class") == "BOUND_CONSTANT" else {}
            told = text.get("value")
            if isinstance(told, str) and told.startswith(_NO_COLUMN):
                return told.removeprefix(_NO_COLUMN)
        return None


class EmptyTables:
    """Empty tables under the names of a lake's, some columns of which are marked by their type.

    A marked column is of a type of its own, which DuckDB carries through subqueries, views, unions and
    functions: wherever the type shows in a plan, the column's values would be.

    Attributes:
        mark: The name that stands in each type of a marked column.
    """

    def __init__(
        self, tables: Iterable[Table], *, marked: Collection[tuple[str, str]] = (), masked: bool
    ) -> None:
        """Create them.

        Args:
            tables: The tables.
            marked: Table and column of those that are marked.
            masked: Whether masked columns hold tokens, which are text whatever the column's type.
        """
        import duckdb

        self.mark = f"mark_{secrets.token_hex(8)}"
        self._held: dict[str, str] = {}
        self._connection = duckdb.connect()
        for table in tables:
            held = f"_{secrets.token_hex(16)}"
            self._held[held] = table.name
            columns = ", ".join(
                f'"{c.name}" {self._type(c, (table.name, c.name) in marked, masked)}' for c in table.columns
            )
            self._connection.execute(f'CREATE TABLE "{held}" ({columns})')
            self._connection.execute(f'CREATE VIEW "{table.name}" AS SELECT * FROM "{held}"')
        for word in ENGINE_WORDS:
            self._connection.execute(f"CREATE MACRO \"{word}\"() AS error('{_NO_COLUMN}{word}')")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def _type(self, column: Column, marked: bool, masked: bool) -> str:
        if marked:
            return f'STRUCT("{self.mark}_{column.type.value}" VARCHAR)'
        return "VARCHAR" if masked and column.personal.masked else TYPES[column.type]

    def plan(self, sql: str) -> Plan:
        """Plan one SELECT over them, without running it."""
        found = _json(self._connection, "json_serialize_plan(?::VARCHAR)", sql)
        if found.get("error"):
            missing = found.get("name") if found.get("type") == "Table" else None
            kind = str(found.get("error_type", ""))
            return Plan(self._readable(str(found.get("error_message", ""))), kind, missing)
        gets = (node for node in nodes(found["plans"]) if node.get("type") == "LOGICAL_GET")
        names = (str((get.get("function_data") or {}).get("table")) for get in gets)
        tables = frozenset(self._held[name] for name in names if name in self._held)
        return Plan(tree=found["plans"], tables=tables)

    def _readable(self, message: str) -> str:
        for held, name in self._held.items():
            message = message.replace(held, name)
        return re.sub(r"\nLINE .*", "", message, flags=re.S).split("\n\n")[0].strip()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def __enter__(self) -> "EmptyTables":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def syntax_tree(sql: str) -> Any:
    """The query as DuckDB parses it, before any name is looked up; None where it cannot tell."""
    import duckdb

    connection = duckdb.connect()
    try:
        found = _json(connection, "json_serialize_sql(?::VARCHAR)", sql)
    finally:
        connection.close()
    return None if found.get("error") else found["statements"]


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a tree, from the outside in."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _json(connection: "duckdb.DuckDBPyConnection", call: str, sql: str) -> dict[str, Any]:
    import duckdb

    try:
        row = connection.execute(f"SELECT {call}", [sql]).fetchone()
    except duckdb.Error as error:
        return {"error": True, "error_type": "internal", "error_message": type(error).__name__}
    found: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    return found
