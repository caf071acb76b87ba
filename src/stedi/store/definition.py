"""What a declared table is in Iceberg: its columns, how it is split into files, and how columns come in."""

from typing import TYPE_CHECKING

from stedi.ground.errors import LakeVersionError
from stedi.schema.column_types import ColumnType
from stedi.schema.table import Table

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table as IcebergTable


def defined(table: Table) -> "tuple[Schema, PartitionSpec]":
    """The Iceberg schema of a table and its partitions."""
    from pyiceberg.partitioning import UNPARTITIONED_PARTITION_SPEC, PartitionField, PartitionSpec
    from pyiceberg.transforms import IdentityTransform

    schema = _schema(table)
    if not table.partition:
        return schema, UNPARTITIONED_PARTITION_SPEC
    source = schema.find_field(table.partition).field_id
    return schema, PartitionSpec(PartitionField(source, 1000, IdentityTransform(), table.partition))


def bring_up_to_date(loaded: "IcebergTable", table: Table) -> bool:
    """Add to a table the columns that were declared since it was created; return whether there were any.

    Rows from before have null there. Nothing but such a column is ever changed in place.

    Raises:
        LakeVersionError: It differs in more than that.
    """
    declared = _schema(table)
    kept = loaded.schema()
    there = {field.name: field.field_type for field in kept.fields}
    missing = [c for c in table.columns if c.name not in there]
    faults = [f"`{c.name}` is missing, and may not be null" for c in missing if c.required]
    faults += [f"`{name}` is declared no more" for name in there if name not in table.names]
    faults += [
        f"`{field.name}` has another type than declared"
        for field in declared.fields
        if there.get(field.name, field.field_type) != field.field_type
    ]
    if faults:
        raise LakeVersionError(table.name, faults)
    if not missing:
        return False
    with loaded.update_schema() as update:
        for column in missing:
            update.add_column(column.name, declared.find_type(column.name), doc=column.meaning)
            before = table.names.index(column.name) - 1
            if before >= 0:
                update.move_after(column.name, table.names[before])
    return True


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
