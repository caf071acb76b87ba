"""The Arrow schema of a declared table."""

from typing import TYPE_CHECKING

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
