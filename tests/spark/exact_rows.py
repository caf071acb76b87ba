"""Rows as multisets, in no order: nulls equal each other, doubles bit by bit."""

import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def exactly(rows: Iterable[Sequence[Any]]) -> Counter[tuple[Any, ...]]:
    """The multiset of rows."""
    return Counter(tuple(_exact(value) for value in row) for row in rows)


def in_file(path: Path) -> Counter[tuple[Any, ...]]:
    """The multiset of rows of a Parquet file."""
    columns = [column.to_pylist() for column in pq.read_table(path).columns]
    return exactly(zip(*columns, strict=True))


def difference(found: Counter[tuple[Any, ...]], expected: Counter[tuple[Any, ...]]) -> str:
    """How many rows stand on one side only, or nothing; never a value."""
    more, fewer = (found - expected).total(), (expected - found).total()
    if not more and not fewer:
        return ""
    return f"{more:,} of {found.total():,} rows only here, {fewer:,} of {expected.total():,} only there"


def _exact(value: Any) -> Any:
    # A true minus zero or another NaN is another value.
    return struct.pack("<d", value) if isinstance(value, float) else value
