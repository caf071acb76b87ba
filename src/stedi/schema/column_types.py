"""The types a column may have, and what each engine calls them."""

from enum import Enum


class ColumnType(Enum):
    """A column's type; the value is its name in Spark SQL DDL."""

    TEXT = "string"
    INT = "int"
    LONG = "bigint"
    REAL = "double"
    BOOLEAN = "boolean"
    BINARY = "binary"

    @property
    def is_number(self) -> bool:
        """Whether a unit must be declared."""
        return self in (ColumnType.INT, ColumnType.LONG, ColumnType.REAL)


TEXT = ColumnType.TEXT
INT = ColumnType.INT
LONG = ColumnType.LONG
REAL = ColumnType.REAL
BOOLEAN = ColumnType.BOOLEAN
BINARY = ColumnType.BINARY
