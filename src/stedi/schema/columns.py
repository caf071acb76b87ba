"""The columns of a frame or a file beside those that a table declares. Imports no engine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stedi.ground.errors import QualityGateError
from stedi.schema.table import Table

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

Columns = Sequence[tuple[str, str]]
"""Name and type of each column, in their order; types as Spark writes them."""


def columns_of(schema: "StructType") -> Columns:
    """The columns of a frame."""
    return [(field.name, field.dataType.simpleString()) for field in schema.fields]


def match_faults(found: Columns, table: Table) -> list[str]:
    """How the columns, their types and their order differ from the declaration."""
    faults = []
    for column in table.columns:
        types = types_of(found, column.name)
        if not types:
            faults.append(f"`{column.name}`: declared {column.type.value}, not found")
        elif len(types) > 1:
            faults.append(f"`{column.name}`: declared once, found {len(types)} times")
        elif types[0] != column.type.value:
            faults.append(f"`{column.name}`: declared {column.type.value}, found {types[0]}")
    faults += [
        f"`{name}`: declared nowhere, found {type_}" for name, type_ in found if name not in table.names
    ]
    if not faults and [name for name, _ in found] != table.names:
        faults.append("the columns stand in another order than declared")
    return faults


def require_match(found: Columns, table: Table) -> None:
    """Stop before anything is published whose columns are not those declared.

    Raises:
        QualityGateError: A column, a type or the order differs; all differences are told.
    """
    if faults := match_faults(found, table):
        raise QualityGateError(f"{table.name} was not written: it differs from its declaration.", faults)


def types_of(found: Columns, name: str) -> list[str]:
    """The type of every column of that name."""
    return [type_ for known, type_ in found if known == name]
