"""One row of each that landed, told plainly: rows are compared one with another as tuples."""

from collections.abc import Callable
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from stedi.landing import single
from stedi.landing.single import compared, first_landings
from stedi.schema.arrow import arrow_schema
from stedi.sources.source import Source
from stedi.tables import SOURCES

Row = dict[str, Any]


def drawn(draw: Random, source: Source, many: int) -> list[Row]:
    """Rows of few values, so that many are the same; texts, numbers and nulls."""
    rows = []
    for _ in range(many):
        row: Row = {}
        for column in compared(source):
            values: list[Any] = {"string": ["a", "b", "é"], "double": [0.0, -0.0, 1.5]}.get(
                str(arrow_schema(source.staged).field(column.name).type), [0, 7]
            )
            required = column.required and source.staged.column(column.name).required
            row[column.name] = draw.choice(values if required else [*values, None])
        place = {"_file_sha256": draw.choice(("f1", "f2")), "_line": draw.randrange(1, 99)}
        row |= place | {"_item": draw.choice((None, 1, 2)), "participant": "p", "bucket": 0}
        row["effective_at"] = draw.randrange(5)
        rows.append(row)
    return rows


def plainly(lines: list[Row], staged: list[Row], source: Source) -> list[tuple[Any, ...]]:
    """The same, told plainly."""

    def values(row: Row) -> tuple[Any, ...]:
        # To Python 0.0 is -0.0, and None is None.
        return tuple(row[column.name] for column in compared(source))

    def place(row: Row) -> tuple[Any, ...]:
        return row["_file_sha256"], row["_line"], row["_item"] or 0

    there = {values(row) for row in staged}
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in lines:
        if values(row) not in there:
            found.setdefault(values(row), []).append(row)
    return sorted(
        (
            (*key, *place(min(rows, key=place)), min(r["effective_at"] for r in rows))
            for key, rows in found.items()
        ),
        key=str,
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@pytest.mark.parametrize(
    "hashing", [single.hashed, lambda values: values[0] * 0], ids=["hashed", "collisions"]
)
def test_equals_comparing_row_with_row(
    monkeypatch: pytest.MonkeyPatch, source: Source, hashing: Callable[..., Any]
) -> None:
    monkeypatch.setattr(single, "hashed", hashing)
    draw = Random(source.name)
    for many, before in ((0, 0), (1, 0), (40, 0), (40, 10), (300, 50), (0, 5)):
        lines, staged = (drawn(draw, source, n) for n in (many, before))
        schema = arrow_schema(source.staged)
        given = pa.Table.from_pylist(lines, schema=schema)
        there = pa.Table.from_pylist(staged, schema=schema)
        found = first_landings(given, there, source)
        assert found.schema.names == schema.names
        rows = [
            (*(row[c.name] for c in compared(source)), row["_file_sha256"], row["_line"],
             row.get("_item") or 0, row.get("effective_at", 0))
            for row in found.to_pylist()
        ]  # fmt: skip
        # Not every source has them.
        absent = {"effective_at": 0, "_item": None}
        told = [row | {k: v for k, v in absent.items() if k not in schema.names} for row in lines]
        expected = plainly(told, staged, source)
        assert sorted(map(plain_zero, rows), key=str) == sorted(map(plain_zero, expected), key=str)


def plain_zero(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """-0.0 as 0.0: which of two lines that are the same gives the value is not told."""
    return tuple(value + 0.0 if isinstance(value, float) else value for value in row)


def test_the_order_of_reading_does_not_matter() -> None:
    source = SOURCES[1]
    draw = Random(3)
    rows = drawn(draw, source, 200)
    schema = arrow_schema(source.staged)
    nothing = schema.empty_table()
    found = []
    for _ in range(3):
        draw.shuffle(rows)
        kept = first_landings(pa.Table.from_pylist(rows, schema=schema), nothing, source)
        found.append(sorted(map(str, (plain_zero(tuple(row.values())) for row in kept.to_pylist()))))
    assert found[0] == found[1] == found[2]
