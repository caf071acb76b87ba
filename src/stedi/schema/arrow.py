"""The Arrow schema of a declared table, and its rows as they lie in a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from stedi.ground.places import Place, parquet_source
from stedi.schema.column_types import ColumnType
from stedi.schema.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_type(column_type: ColumnType) -> "pa.DataType":
    """The Arrow type of a declared type."""
    import pyarrow as pa

    types = {
        ColumnType.TEXT: pa.string(),
        ColumnType.INT: pa.int32(),
        ColumnType.LONG: pa.int64(),
        ColumnType.REAL: pa.float64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.BINARY: pa.binary(),
    }
    return types[column_type]


def arrow_schema(table: Table) -> "pa.Schema":
    """The columns of a table as an Arrow schema, in declared order."""
    import pyarrow as pa

    return pa.schema([(column.name, arrow_type(column.type)) for column in table.columns])


def coded_schema(table: Table) -> "pa.Schema":
    """The same, texts as dictionaries: a text that many rows have is held once."""
    import pyarrow as pa

    texts = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([f.with_type(texts) if pa.types.is_string(f.type) else f for f in arrow_schema(table)])


HELD_BYTES = 32 * 1024
HELD_FILES = 512
_HELD: "dict[tuple[object, ...], pa.Table]" = {}
"""Rows of small files: tables of people lie in many, and a run asks for each of them again and again."""


def is_held(path: Place) -> bool:
    """Whether rows of a file are held in memory once they were read: it is small, and of this machine."""
    return isinstance(path, Path) and path.stat().st_size <= HELD_BYTES


def rows_in(path: Place, table: Table) -> "pa.Table":
    """The rows of a Parquet file of a table, in its declared columns.

    A column that was declared after the file was written is null.

    Raises:
        KeyError: One is absent that may not be null.
    """
    if not is_held(path):
        return _read(path, table, small=False)
    told = path.stat()
    key = (path, told.st_mtime_ns, told.st_size, *table.names)
    if (held := _HELD.get(key)) is not None:
        return held
    rows = _HELD[key] = _read(path, table, small=True)
    while len(_HELD) > HELD_FILES:
        _HELD.pop(next(iter(_HELD)), None)
    return rows


def _read(path: Place, table: Table, *, small: bool) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    # By themselves: a path is not to say anything, as it would to a data set. A small file needs no threads.
    file = pq.ParquetFile(parquet_source(path), pre_buffer=not small)
    schema = arrow_schema(table)
    there = file.schema_arrow.names
    if there == schema.names:
        return file.read(use_threads=not small).cast(schema)
    rows = file.read(columns=[name for name in table.names if name in there])
    columns = [
        rows[c.name] if c.name in there or c.required else pa.nulls(rows.num_rows, schema.field(c.name).type)
        for c in table.columns
    ]
    return pa.table(columns, names=table.names).cast(schema)
