"""A bucket with more rows than one task holds is shared out by person."""

from typing import TYPE_CHECKING
from zlib import crc32

from stedi.schema.row_values import coded
from stedi.schema.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_OF_A_TASK = 2_000_000
"""Rows of a bucket that one task holds: where there are more, several take some of its people each."""

Share = tuple[int, int]
"""Which of how many tasks: it takes the people whose hash, divided by that number, leaves it."""


def shares(rows: int) -> list[Share | None]:
    """The tasks that share the rows of a bucket; a single None where one holds them all."""
    many = -(-rows // ROWS_OF_A_TASK)
    return [None] if many <= 1 else [(number, many) for number in range(many)]


def of_share(rows: "pa.Table", table: Table, share: Share | None) -> "pa.Table":
    """The rows of a table that a task takes: all rows of a participant, or none."""
    import pyarrow as pa

    if share is None:
        return rows
    whose = coded(rows[table.participant])
    number, many = share
    theirs = pa.array(
        [
            crc32(text.encode("utf-8", "surrogatepass")) % many == number
            for text in whose.dictionary.to_pylist()
        ],
        pa.bool_(),
    )
    return rows.filter(theirs.take(whose.indices))
