"""Staged tables: the columns they add to the landed ones, and how a row that landed twice is one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stedi.privacy.classes import PersonalData
from stedi.schema.column_types import INT, LONG, REAL, TEXT
from stedi.schema.table import Column

if TYPE_CHECKING:
    from pyspark.sql import Column as Expression
    from pyspark.sql import DataFrame

    from stedi.sources.source import Source

FILE = Column(
    "_file_sha256", TEXT, "SHA-256 of the landed file's uncompressed content.",
    PersonalData.OPERATIONAL, required=True, pattern="[0-9a-f]{64}",
)  # fmt: skip
LINE = Column(
    "_line", LONG, "Physical line in that file, from 1.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=1,
)  # fmt: skip
ITEM = Column(
    "_item", INT, "Place of the reading in the envelope that the line is, from 1; null: it is none.",
    PersonalData.OPERATIONAL, "1", minimum=1,
)  # fmt: skip
BUCKET = Column(
    "bucket", INT, "Hash of whose row it is, modulo the lake's number of buckets.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=0,
)  # fmt: skip
PARTICIPANT = Column(
    "participant", TEXT,
    "Normalised e-mail (trimmed, NFC, case folded, domain in Unicode) of whom it is about.",
    PersonalData.DIRECT_IDENTIFIER, required=True,
    why="Tells whose row it is, so that consent is applied and the row is found when it must go.",
)  # fmt: skip


def may_repeat(lines: "DataFrame", source: "Source") -> bool:
    """Whether two of some accepted lines may be the same row; False is certain, True is not.

    Lines are compared by a hash of their landed fields, which is quicker than grouping them.
    """
    from pyspark.sql import functions as F

    # Adding zero makes -0.0 and 0.0, which are equal, the same bits.
    fields = (F.col(c.name) + F.lit(0.0) if c.type is REAL else F.col(c.name) for c in source.landed.columns)
    repeated = lines.select(F.xxhash64(*fields).alias("hash")).groupBy("hash").count().where("count > 1")
    return bool(repeated.limit(1).collect())


def first_landings(
    lines: "DataFrame",
    staged: "DataFrame | None",
    source: "Source",
    *,
    without: Sequence[str] = (),
    repeat: bool = True,
) -> "DataFrame":
    """Keep one row of each that landed, and none that is staged already.

    Rows are the same when every landed field is. Which line of several stands for them follows
    from the lines alone, not from the order in which they were read.

    Args:
        lines: Accepted lines, with the columns of the source's staged table.
        staged: Rows that are staged already; None when there are none.
        source: The source.
        without: Files (SHA-256) whose lines are left out.
        repeat: Whether two of the lines may be the same row, as `may_repeat` tells.
    """
    from pyspark.sql import functions as F

    landed = source.landed.names
    names = source.staged.names
    if without:
        lines = lines.where(~F.col(FILE.name).isin(list(without)))
    single = _single(lines, [*landed, *(c.name for c in source.told_apart_by)], names) if repeat else lines
    if staged is not None:
        compared = (*source.landed.columns, *source.told_apart_by)
        there = staged.select(*(F.col(c.name).alias(f"_{c.name}") for c in compared))
        is_there = F.lit(True)
        for column in compared:
            mine, theirs = F.col(column.name), F.col(f"_{column.name}")
            never_null = column.required and source.staged.column(column.name).required
            is_there = is_there & (mine == theirs if never_null else mine.eqNullSafe(theirs))
        single = single.join(there, is_there, "left_anti")
    return single.select(*names)


def _single(lines: "DataFrame", landed: Sequence[str], names: Sequence[str]) -> "DataFrame":
    """One line of each row."""
    from pyspark.sql import functions as F

    # What follows from the landed fields alone groups with them.
    same = [*landed, *(n for n in names if n in (PARTICIPANT.name, BUCKET.name))]
    place_of = [n for n in (FILE.name, LINE.name, ITEM.name) if n in names]
    told = [n for n in names if n not in same and n not in place_of]
    # As one text: with the least of structs, staging 0.8 million readings took 10.4 CPU s and not 2.4.
    place = F.concat(*(_digits(name) for name in place_of))
    single = lines.groupBy(*same).agg(*(F.min(n).alias(n) for n in told), F.min(place).alias("_place"))
    return single.select(
        *same,
        *told,
        F.substring("_place", 1, 64).alias(FILE.name),
        F.substring("_place", 65, 19).cast("bigint").alias(LINE.name),
        *([_item_of("_place")] if ITEM.name in names else []),
    )


def _digits(name: str) -> "Expression":
    """A part of a place, so wide that places sort as texts; a line itself before what it holds."""
    from pyspark.sql import functions as F

    if name == FILE.name:
        return F.col(name)
    return F.lpad(F.coalesce(F.col(name), F.lit(0)).cast("string"), 19, "0")


def _item_of(place: str) -> "Expression":
    from pyspark.sql import functions as F

    item = F.substring(place, 84, 19).cast("int")
    return F.when(item > 0, item).alias(ITEM.name)
