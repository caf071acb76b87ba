"""What a declared table is in Iceberg: its columns and how it is split into files."""

from typing import TYPE_CHECKING

from stedi.schema.column_types import ColumnType
from stedi.schema.table import Table

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema


def defined(table: Table) -> "tuple[Schema, PartitionSpec]":
    """The Iceberg schema of a table and its partitions."""
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
    from pyiceberg.transforms import IdentityTransform

    schema = _schema(table)
    if not table.partition:
        return schema, UNPARTITIONED_PARTITION_SPEC
    source = schema.find_field(table.partition).field_id
    return schema, PartitionSpec(PartitionField(source, 1000, IdentityTransform(), table.partition))


def _schema(table: Table) -> "Schema":
    from pyiceberg import types as iceberg
    from pyiceberg.schema import Schema

    types = {
        ColumnType.TEXT: iceberg.StringType(),
        ColumnType.INT: iceberg.IntegerType(),
        ColumnType.LONG: iceberg.LongType(),
        ColumnType.REAL: iceberg.DoubleType(),
        ColumnType.BOOLEAN: iceberg.BooleanType(),
        ColumnType.BINARY: iceberg.BinaryType(),
    }
    # Not required, whatever is declared: engines write every column as nullable, and checks refuse nulls.
    return Schema(
        *(
            iceberg.NestedField(number, column.name, types[column.type], required=False, doc=column.meaning)
            for number, column in enumerate(table.columns, start=1)
        )
    )
