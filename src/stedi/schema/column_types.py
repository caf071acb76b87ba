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
        return self.is_integer or self is ColumnType.REAL

    @property
    def is_integer(self) -> bool:
        """Whether it counts."""
        return self in (ColumnType.INT, ColumnType.LONG)


TEXT = ColumnType.TEXT
INT = ColumnType.INT
LONG = ColumnType.LONG
REAL = ColumnType.REAL
BOOLEAN = ColumnType.BOOLEAN
BINARY = ColumnType.BINARY
