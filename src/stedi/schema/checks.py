"""The gate before every write: is this frame what its declaration says?

Pure functions of frames, in the part of the PySpark API that 3.5 and Spark Connect share.
A message names the column, the rule and a count, never a value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from stedi.errors import QualityGateError
from stedi.schema.column_types import REAL
from stedi.schema.table import Column, Table

KEYS_AT_ONCE = 2_000_000
"""How many keys are grouped at a time when looking for repeated ones: it bounds the memory."""


@dataclass(frozen=True)
class Checked:
    """How many checks were made, and what they found.

    Attributes:
        checks: One for the columns and types, and one for every rule looked at.
        faults: A sentence for each check that failed.
    """

    checks: int
    faults: tuple[str, ...]

    def __add__(self, other: "Checked") -> "Checked":
        return Checked(self.checks + other.checks, self.faults + other.faults)


@dataclass(frozen=True)
class _Rule:
    """What may not happen in a row, and how it is told."""

    column: str
    broken: Expression
    told: str


def match_faults(schema: StructType, table: Table) -> list[str]:
    """How the columns, their types and their order differ from the declaration."""
    faults = []
    for column in table.columns:
        types = _types(schema, column.name)
        if not types:
            faults.append(f"`{column.name}`: declared {column.type.value}, not found")
        elif len(types) > 1:
            faults.append(f"`{column.name}`: declared once, found {len(types)} times")
        elif types[0] != column.type.value:
            faults.append(f"`{column.name}`: declared {column.type.value}, found {types[0]}")
    faults += [
        f"`{f.name}`: declared nowhere, found {f.dataType.simpleString()}"
        for f in schema.fields
        if f.name not in table.names
    ]
    if not faults and schema.fieldNames() != table.names:
        faults.append("the columns stand in another order than declared")
    return faults


def require_match(schema: StructType, table: Table) -> None:
    """Stop before a write whose columns are not those declared.

    Raises:
        QualityGateError: A column, a type or the order differs; all differences are told.
    """
    if faults := match_faults(schema, table):
        raise QualityGateError(f"{table.name} was not written: it differs from its declaration.", faults)


def check(frame: DataFrame, table: Table, *, buckets: int | None = None) -> Checked:
    """Check columns, types and order, then every declared rule in one pass over the rows.

    Where a key is declared, a second look finds keys held by several rows. It groups 64-bit hashes,
    a bounded number at a time, and looks at whole keys only where hashes meet, so that its memory
    does not grow with the rows. It reads the key columns once per `KEYS_AT_ONCE` rows: give it a
    frame read from files, not one that is computed anew on every pass.

    Args:
        frame: The rows about to be published.
        table: Their declaration.
        buckets: The lake's number of buckets, where the partition column must stay below it.
    """
    shape = match_faults(frame.schema, table)
    result = Checked(1, tuple(shape))
    # A rule is looked at only where its column stands as declared; the rest is told already.
    present = [c for c in table.columns if _types(frame.schema, c.name) == [c.type.value]]
    rules = [rule for column in present for rule in _rules(column)]
    if buckets is not None and table.partition in [c.name for c in present]:
        outside = _value(table.partition) >= F.lit(buckets)
        rules.append(_Rule(table.partition, outside, f"beyond the {buckets} buckets of the lake"))
    counts = frame.agg(
        F.count(F.lit(1)).alias("rows"),
        *(F.count(F.when(rule.broken, 1)).alias(f"rule_{n}") for n, rule in enumerate(rules)),
    ).collect()[0]
    broken = (
        f"`{rule.column}`: {_values(counts[f'rule_{n}'])} {rule.told}"
        for n, rule in enumerate(rules)
        if counts[f"rule_{n}"]
    )
    result += Checked(len(rules), tuple(broken))
    if table.key and {*table.key} <= {c.name for c in present}:
        result += _key_unique(frame, table.key, rows=counts["rows"])
    return result


def _key_unique(frame: DataFrame, key: tuple[str, ...], *, rows: int) -> Checked:
    columns = [_value(name) for name in key]
    hashed = F.xxhash64(*columns)
    pieces = -(-rows // KEYS_AT_ONCE)
    repeated = 0
    for piece in range(pieces):
        part = frame.select(*columns, hashed.alias("_hash"))
        if pieces > 1:
            part = part.where(F.pmod("_hash", F.lit(pieces)) == piece)
        met = part.groupBy("_hash").count().where("count > 1").select("_hash")
        if met.limit(1).collect():
            # Equal hashes are not yet equal keys.
            same = part.join(met, "_hash", "left_semi").groupBy(*columns).count().where("count > 1")
            repeated += same.agg(F.coalesce(F.sum(F.col("count") - 1), F.lit(0))).collect()[0][0]
    named = ", ".join(f"`{name}`" for name in key)
    fault = f"the key ({named}): {_values(repeated, 'row repeats', 'rows repeat')} another's"
    return Checked(1, (fault,) if repeated else ())


def _rules(column: Column) -> Iterator[_Rule]:
    value, unit = _value(column.name), f" {column.unit}" if column.unit and column.unit != "1" else ""
    if column.required:
        yield _Rule(column.name, value.isNull(), "null, and none may be")
    if column.type is REAL:
        infinite = F.abs(value) == F.lit(float("inf"))
        yield _Rule(column.name, F.isnan(value) | infinite, "not finite")
    if column.minimum is not None:
        yield _Rule(column.name, value < F.lit(column.minimum), f"below {column.minimum:g}{unit}")
    if column.maximum is not None:
        yield _Rule(column.name, value > F.lit(column.maximum), f"above {column.maximum:g}{unit}")
    if column.pattern is not None:
        # Not ^ and $: in Java's syntax $ also matches before a final newline.
        whole = value.rlike(rf"\A(?:{column.pattern})\z")
        yield _Rule(column.name, ~whole, "not of the declared pattern")


def _types(schema: StructType, name: str) -> list[str]:
    """The type of every column of that name."""
    return [f.dataType.simpleString() for f in schema.fields if f.name == name]


def _value(name: str) -> Expression:
    return F.col(f"`{name}`")


def _values(count: int, one: str = "value is", many: str = "values are") -> str:
    return f"{count:,} {one if count == 1 else many}"
