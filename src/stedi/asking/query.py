"""SQL over every table, under the names of the zones, with identifiers masked."""

import difflib
import hashlib
import hmac
import math
import secrets
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi import audit
from stedi.asking.landed_lines import landed_lines
from stedi.asking.query_masks import require_true_of_tokens
from stedi.asking.query_plan import EmptyTables
from stedi.asking.reader import LakeReader
from stedi.ground.errors import UsageError
from stedi.schema.arrow import arrow_schema
from stedi.schema.table import Kind, Table
from stedi.tables import TABLES

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

TOKEN_DIGITS = 12


@dataclass(frozen=True)
class Answer:
    """What a query gave.

    Attributes:
        columns: Names, in order.
        rows: Values of JSON's types; binary as hexadecimal, NaN and infinity as null.
        masked: Whether a table it read has masked columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    masked: bool


def query(lake: LakeReader, sql: str, *, reveal: str | None = None) -> Answer:
    """Answer one SELECT over the tables of a release.

    Identifiers are replaced by tokens: equal values have equal tokens within one query, so that
    joins and counts are right, and no token means anything in the next.

    Args:
        lake: The lake.
        sql: One SELECT, in DuckDB's dialect.
        reveal: Why identifiers are shown; the reason is audited. None: they are masked.

    Raises:
        UsageError: It is no single SELECT, or names a table or column that is not there.
    """
    import duckdb

    connection = duckdb.connect()
    try:
        return _answer(connection, lake, sql, reveal)
    finally:
        # Closed before it is let go of, or it tells of leaks when Python ends.
        connection.close()


def table_named(name: str) -> Table:
    """The table of that name, in any case.

    Raises:
        UsageError: There is none; the message names those alike.
    """
    known = {table.name: table for table in TABLES}
    if name.lower() not in known:
        raise UsageError(_unknown_tables([name], list(known)))
    return known[name.lower()]


def _answer(
    connection: "duckdb.DuckDBPyConnection", lake: LakeReader, sql: str, reveal: str | None
) -> Answer:
    import duckdb
    from duckdb.func import ARROW, SPECIAL

    if reveal is not None and not reveal.strip():
        raise UsageError("Nothing was read: to reveal identifiers takes a reason, and it is audited.")
    tables = _tables_read(connection, sql, masked=reveal is None)
    masked = any(c.personal.masked for table in tables for c in table.columns)
    if reveal is None:
        require_true_of_tokens(sql, tables, reveal=_revealing(lake))
    else:
        names = sorted(table.name for table in tables)
        audit.record(lake.lake, "reveal", reason=reveal, tables=names, release=lake.release.number)
    key = secrets.token_bytes(32)
    # As with the tables below: a name nobody can guess, or a list of names could be tried against it.
    mask = f"mask_{secrets.token_hex(16)}"
    connection.create_function(
        mask,
        lambda values: _tokens(values, key),
        ["varchar"],
        "varchar",
        type=ARROW,
        null_handling=SPECIAL,
    )
    for table in tables:
        _register(connection, lake, table, mask if reveal is None else None)
    # It was planned over empty tables: whatever fails from here on may name values of rows.
    try:
        result = connection.execute(sql)
        columns = tuple(column[0] for column in result.description or ())
        rows = tuple(tuple(_plain(value) for value in row) for row in result.fetchall())
    except duckdb.Error as error:
        raise UsageError(_failed(error)) from None
    return Answer(columns, rows, masked and reveal is None)


def _revealing(lake: LakeReader) -> str:
    return f'stedi --lake {shlex.quote(str(lake.lake.root))} query --reveal REASON "SELECT ..."'


def _tables_read(connection: "duckdb.DuckDBPyConnection", sql: str, *, masked: bool) -> list[Table]:
    """The tables that a query reads, found by planning it over empty ones.

    Raises:
        UsageError: It is no single SELECT, or cannot be planned.
    """
    import duckdb

    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        # Parsed alone: no value can be in what it says.
        raise UsageError(f"Nothing was read: {_first_part(str(error))}") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError(
            "Nothing was read: a query is one SELECT.\n"
            'For example: stedi query "select count(*) from machine_learning_curated"'
        )
    if statements[0].named_parameters:
        raise UsageError("Nothing was read: a query has no parameters. Write the values into it.")
    # Before names are looked up, for that alone would open a file that the query names.
    connection.execute("SET enable_external_access = false")
    # Here already, so that a query cannot tell its plan from its run.
    connection.execute("SET lock_configuration = true")
    with EmptyTables(TABLES, masked=masked) as empty:
        plan = empty.plan(sql)
    known = {table.name: table for table in TABLES}
    if plan.missing_table is not None:
        raise UsageError(_unknown_tables([plan.missing_table], list(known)))
    if plan.error is not None:
        raise UsageError(f"Nothing was read: {plan.error}")
    if word := plan.engine_word:
        raise UsageError(
            f"Nothing was read: no table of the query has a column `{word}`, "
            "and what the engine calls so is nothing of this lake.\n"
            "See a table's columns: stedi show TABLE"
        )
    return [known[name] for name in sorted(plan.tables)]


def _unknown_tables(unknown: Sequence[str], known: Sequence[str]) -> str:
    told = []
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
        hint = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
        told.append(f"\n  - there is no table `{name}`{hint}")
    return f"Nothing was read.{''.join(told)}\nTables: {', '.join(known)}"


def _register(
    connection: "duckdb.DuckDBPyConnection", lake: LakeReader, table: Table, mask: str | None
) -> None:
    import pyarrow.dataset as ds

    # A name nobody can guess: table functions take names as text, and would see unmasked rows.
    unmasked = f"_{secrets.token_hex(16)}"
    if table.kind is Kind.EXTERNAL:
        connection.register(unmasked, landed_lines(lake, table))
    else:
        paths = [str(file.path) for file in lake.files(table)]
        schema = arrow_schema(table)
        connection.register(unmasked, ds.dataset(paths, schema=schema, format="parquet"))
    shown = ", ".join(
        f'{mask}("{c.name}"::VARCHAR) AS "{c.name}"' if mask and c.personal.masked else f'"{c.name}"'
        for c in table.columns
    )
    connection.execute(f'CREATE VIEW "{table.name}" AS SELECT {shown} FROM "{unmasked}"')


def _tokens(values: Any, key: bytes) -> Any:
    import pyarrow as pa

    def token(value: str) -> str:
        return hmac.digest(key, value.encode(), hashlib.sha256).hex()[:TOKEN_DIGITS]

    known: dict[str, str] = {}
    tokens = []
    for value in values.to_pylist():
        if value is not None and value not in known:
            known[value] = f"masked:{token(value)}"
        tokens.append(None if value is None else known[value])
    return pa.array(tokens, pa.string())


def masked(rows: "pa.Table", table: Table, key: bytes) -> "pa.Table":
    """Rows of a table with its identifiers replaced by tokens.

    Args:
        rows: With the table's columns.
        table: The table.
        key: Equal values have equal tokens under it; drawn anew for each answer.
    """
    import pyarrow as pa

    for number, column in enumerate(table.columns):
        if column.personal.masked:
            tokens = _tokens(rows.column(number).cast(pa.string()), key)
            rows = rows.set_column(number, column.name, tokens)
    return rows


def masked_rows(rows: "pa.Table", table: Table, key: bytes) -> list[tuple[Any, ...]]:
    """As `masked`, with values of JSON's types."""
    columns = [column.to_pylist() for column in masked(rows, table, key).columns]
    return [tuple(_plain(value) for value in row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if isinstance(value, str | int | bool | None) else str(value)


def _failed(error: "duckdb.Error") -> str:
    """Why a query that was planned did not end, without DuckDB's words, which name values."""
    import duckdb

    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        why = "a value is not of the type that the query casts it to; try_cast gives null."
    elif isinstance(error, duckdb.OutOfMemoryException):
        why = "the query needs more memory than there is. Ask for fewer rows or columns."
    elif isinstance(error, duckdb.PermissionException):
        why = "what the query asks of the engine is disabled: it reads tables of the lake and nothing else."
    else:
        why = (
            f"the query failed while it ran ({type(error).__name__}); the engine's message may name values "
            "of rows, so it is not shown.\nA function was given a value that it does not take, or ended the "
            "query as `error()` does: ask again without it, or with fewer columns."
        )
    return f"Nothing was read: {why}"


def _first_part(message: str) -> str:
    """DuckDB's message without its picture of the query."""
    return message.split("\nLINE ")[0].split("\n\n")[0].strip()
