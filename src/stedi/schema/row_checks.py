"""The declared rules of a table, checked on Arrow rows by whoever writes them; of frames see `checks`."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from stedi.schema.checked import Checked, fault_told, key_fault
from stedi.schema.column_types import REAL
from stedi.schema.row_values import hashed, not_alone, numbers_of
from stedi.schema.table import Column, Table

if TYPE_CHECKING:
    import pyarrow as pa


def broken(rows: "pa.Table", table: Table, *, buckets: int) -> list[int]:
    """How many rows break each rule of a table, in the order of `told`; repeated keys among these rows."""
    import pyarrow.compute as pc

    counts = []
    for column, rule, _ in _rules(table, buckets):
        found = pc.sum(rule(rows[column.name])).as_py()
        counts.append(int(found or 0))
    return [*counts, _repeated(rows, table.key)] if table.key else counts


def told(table: Table, counts: list[int], *, buckets: int) -> Checked:
    """What the counts of all rows written say; one check more is that of the columns."""
    rules = list(_rules(table, buckets))
    tells = [partial(fault_told, column.name, rule=rule) for column, _, rule in rules]
    tells += [partial(key_fault, table)] if table.key else []
    faults = tuple(tell(count=count) for tell, count in zip(tells, counts, strict=True) if count)
    return Checked(1 + len(tells), faults)


def _rules(table: Table, buckets: int) -> "Iterator[tuple[Column, Any, str]]":
    """Column, which of its values break a rule (a boolean a value), and how that is told."""
    import pyarrow.compute as pc

    for column in table.columns:
        unit = f" {column.unit}" if column.unit and column.unit != "1" else ""
        if column.required:
            yield column, pc.is_null, "null, and none may be"
        if column.type is REAL:
            yield column, lambda values: pc.invert(pc.is_finite(values)), "not finite"
        if column.minimum is not None:
            yield column, partial(_below, column.minimum), f"below {column.minimum:g}{unit}"
        if column.maximum is not None:
            yield column, partial(_above, column.maximum), f"above {column.maximum:g}{unit}"
        if column.pattern is not None:
            yield column, partial(_mismatched, rf"\A(?:{column.pattern})\z"), "not of the declared pattern"
        if column.name == table.partition:
            yield column, partial(_above, buckets - 1), f"beyond the {buckets} buckets of the lake"


def _repeated(rows: "pa.Table", key: Sequence[str]) -> int:
    """How many rows repeat the key of another."""
    import numpy as np

    every = [some for name in key for some in numbers_of(rows[name])]
    among = not_alone(hashed(every))
    values = [some[among] for some in every]
    order = np.lexsort(values)
    is_same = np.ones(max(len(order) - 1, 0), np.bool_)
    for some in values:
        is_same &= some[order[1:]] == some[order[:-1]]
    return int(is_same.sum())


def _below(least: float, values: "pa.ChunkedArray") -> "pa.ChunkedArray":
    import pyarrow.compute as pc

    return pc.less(values, least)


def _above(most: float, values: "pa.ChunkedArray") -> "pa.ChunkedArray":
    import pyarrow.compute as pc

    return pc.greater(values, most)


def _mismatched(pattern: str, texts: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Which texts do not match; of a dictionary each distinct one is looked at once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def looked_at(some: "pa.Array") -> "pa.Array":
        if not pa.types.is_dictionary(some.type):
            return pc.invert(pc.match_substring_regex(some, pattern))
        return pc.invert(pc.match_substring_regex(some.dictionary, pattern)).take(some.indices)

    return pa.chunked_array([looked_at(chunk) for chunk in texts.chunks], pa.bool_())
