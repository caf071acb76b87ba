"""The gate before every write: is this frame what its declaration says?

Pure functions of frames, in the part of the PySpark API that 3.5 and Spark Connect share.
A message names the column, the rule and a count, never a value.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, reduce

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stedi.schema.checked import Checked, fault_told, key_fault
from stedi.schema.column_types import REAL
from stedi.schema.columns import Columns, columns_of, match_faults, types_of
from stedi.schema.table import Column, Table


@dataclass(frozen=True)
class _Rule:
    """What may not happen in a row, and how it is told."""

    column: str
    broken: Expression
    told: str

    def fault(self, count: int) -> str:
        return fault_told(self.column, count, self.told)


def check(frame: DataFrame, table: Table, *, buckets: int | None = None) -> Checked:
    """Check columns, types and order, then the rows; see `check_rows`."""
    found = columns_of(frame.schema)
    return Checked(1, tuple(match_faults(found, table))) + _check_rows(frame, table, found, buckets)


def check_rows(frame: DataFrame, table: Table, *, buckets: int | None = None) -> Checked:
    """Check every declared rule in one pass over rows whose columns are those declared.

    Where a key is declared, a second pass over its columns finds keys held by several rows. Both are
    one query; give it a frame read from files, not one that is computed anew on every pass.

    Args:
        frame: The rows about to be published.
        table: Their declaration.
        buckets: The lake's number of buckets, where the partition column must stay below it.
    """
    return _check_rows(frame, table, [(c.name, c.type.value) for c in table.columns], buckets)


def _check_rows(frame: DataFrame, table: Table, found: Columns, buckets: int | None) -> Checked:
    # A rule is looked at only where its column stands as declared.
    present = [c for c in table.columns if types_of(found, c.name) == [c.type.value]]
    rules = [rule for column in present for rule in _rules(column)]
    if buckets is not None and table.partition in [c.name for c in present]:
        outside = _value(table.partition) >= F.lit(buckets)
        rules.append(_Rule(table.partition, outside, f"beyond the {buckets} buckets of the lake"))
    tells: list[Callable[[int], str]] = [rule.fault for rule in rules]
    counts = [frame.agg(*(F.count(F.when(rule.broken, 1)) for rule in rules))] if rules else []
    if table.key and {*table.key} <= {c.name for c in present}:
        tells.append(partial(key_fault, table))
        counts.append(_repeated(frame, table))
    if not counts:
        return Checked(0, ())
    # One query: asking costs as much as looking at thousands of rows.
    counted = reduce(DataFrame.crossJoin, counts).collect()[0]
    return Checked(len(tells), tuple(tell(n) for tell, n in zip(tells, counted, strict=True) if n))


def _repeated(frame: DataFrame, table: Table) -> DataFrame:
    """How many rows repeat the key of another: one row."""
    *others, last = table.key
    groups = [_value(name) for name in others]
    if table.column(last).type.is_integer:
        # 64 neighbouring numbers are one group and a bit each: lines of files, of which there are
        # millions, take a seventh of the time and a seventh of the memory of grouping each by itself.
        groups.append(F.shiftright(_value(last), 6).alias("_word"))
        bit = F.expr(f"shiftleft(1L, cast(`{last}` & 63 as int))")
        distinct = F.coalesce(F.bit_count(F.bit_or(bit)), F.lit(1))
    else:
        groups.append(_value(last))
        distinct = F.lit(1)
    held = frame.groupBy(*groups).agg((F.count(F.lit(1)) - distinct).alias("repeated"))
    return held.agg(F.coalesce(F.sum("repeated"), F.lit(0)))


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


def _value(name: str) -> Expression:
    return F.col(f"`{name}`")
