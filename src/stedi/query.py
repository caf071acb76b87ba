"""SQL over every table, under the names of the zones, with identifiers masked."""

import difflib
import hashlib
import hmac
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi import audit
from stedi.errors import UsageError
from stedi.landed_lines import landed_lines
from stedi.reader import LakeReader
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
    except duckdb.Error as error:
        raise UsageError(_told(error)) from None
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
    from duckdb.func import ARROW, SPECIAL

    tables = _tables_named(connection, sql)
    masked = any(c.personal.masked for table in tables for c in table.columns)
    if reveal is not None and not reveal.strip():
        raise UsageError("Nothing was read: to reveal identifiers takes a reason, and it is audited.")
    if reveal is not None:
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
    result = connection.execute(sql)
    columns = tuple(column[0] for column in result.description or ())
    rows = tuple(tuple(_plain(value) for value in row) for row in result.fetchall())
    return Answer(columns, rows, masked and reveal is None)


def _tables_named(connection: "duckdb.DuckDBPyConnection", sql: str) -> list[Table]:
    import duckdb

    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError(
            "Nothing was read: a query is one SELECT.\n"
            'For example: stedi query "select count(*) from machine_learning_curated"'
        )
    known = {table.name: table for table in TABLES}
    # Before names are looked up, for that alone would open a file that the query names.
    connection.execute("SET enable_external_access = false")
    # Here already, so that a query cannot tell this look at it from its run.
    connection.execute("SET lock_configuration = true")
    named = {name.split(".")[-1].strip('"').lower() for name in connection.get_table_names(sql)}
    if unknown := sorted(named - known.keys()):
        raise UsageError(_unknown_tables(unknown, list(known)))
    return [known[name] for name in sorted(named)]


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


def _told(error: "duckdb.Error") -> str:
    """DuckDB's message without its picture of the query and without a value that it could not convert."""
    import duckdb

    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        return "Nothing was read: a value is not of the type that the query casts it to; try_cast gives null."
    text = str(error).split("\nLINE ")[0].split("\n\n")[0].strip()
    return f"Nothing was read: {text}"
