"""The gate before a write: what it counts, what it tells, and what it never tells."""

from pathlib import Path
from typing import Any

import pytest

from stedi.engine.parquet import columns_in
from stedi.ground.errors import QualityGateError
from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema import ddl
from stedi.schema.checks import Checked, check
from stedi.schema.column_types import BINARY, BOOLEAN, INT, LONG, REAL, TEXT, ColumnType
from stedi.schema.columns import Columns, columns_of, match_faults, require_match
from stedi.schema.table import Column, Table

OPERATIONAL = PersonalData.OPERATIONAL
TABLE = Table(
    Zone.TRUSTED,
    "readings",
    "One row per reading.",
    (
        Column("hash", TEXT, "Its file.", OPERATIONAL, required=True, pattern="[0-9a-f]{4}"),
        Column("line", LONG, "Its line.", OPERATIONAL, "1", required=True, minimum=1),
        Column("x", REAL, "Its size.", OPERATIONAL, "m/s2", minimum=-160.0, maximum=160.0),
        Column("good", BOOLEAN, "Whether it is good.", OPERATIONAL),
        Column("raw", BINARY, "As it was.", OPERATIONAL),
        Column("bucket", INT, "Its bucket.", OPERATIONAL, "1", required=True, minimum=0),
    ),
    key=("hash", "line"),
    partition="bucket",
)
GOOD = ("00ff", 1, 1.0, True, b"raw", 0)


def with_rows(spark: Any, *rows: tuple[Any, ...]) -> Any:
    return spark.createDataFrame(list(rows), ddl.schema(TABLE))


def changed(**values: Any) -> tuple[Any, ...]:
    return tuple((dict(zip(TABLE.names, GOOD, strict=True)) | values).values())


def test_rows_as_declared_pass_every_check(spark: Any) -> None:
    rows = with_rows(
        spark,
        GOOD,
        changed(line=2, x=None, good=None, raw=None),
        changed(line=3, x=160.0, bucket=15),
        changed(line=4, x=-160.0),
    )
    # Columns and types; hash 2, line 2, x 3, bucket 2 rules; below 16 buckets; the key.
    assert check(rows, TABLE, buckets=16) == Checked(1 + 2 + 2 + 3 + 2 + 1 + 1, ())


def test_no_rows_pass(spark: Any) -> None:
    assert check(with_rows(spark, GOOD).where("false"), TABLE).faults == ()


BROKEN = {
    "null": ({"line": None}, "`line`: 1 value is null, and none may be"),
    "below": ({"line": 0}, "`line`: 1 value is below 1"),
    "below, with unit": ({"x": -160.5}, "`x`: 1 value is below -160 m/s2"),
    "above": ({"x": 161.0}, "`x`: 1 value is above 160 m/s2"),
    "no number": ({"x": float("nan")}, "`x`: 1 value is not finite"),
    "minus infinity": ({"x": float("-inf")}, "`x`: 1 value is not finite"),
    "pattern": ({"hash": "00FF"}, "`hash`: 1 value is not of the declared pattern"),
    "pattern in the middle": ({"hash": "x00ffx"}, "`hash`: 1 value is not of the declared pattern"),
    "pattern before a newline": ({"hash": "00ff\n"}, "`hash`: 1 value is not of the declared pattern"),
    "bucket too high": ({"bucket": 16}, "`bucket`: 1 value is beyond the 16 buckets of the lake"),
    "bucket negative": ({"bucket": -1}, "`bucket`: 1 value is below 0"),
    "key": ({"x": 2.0}, "the key (`hash`, `line`): 1 row repeats another's"),
}


@pytest.mark.parametrize("values, told", BROKEN.values(), ids=BROKEN)
def test_a_row_that_breaks_a_rule_is_counted(spark: Any, values: dict[str, Any], told: str) -> None:
    assert told in check(with_rows(spark, GOOD, changed(**values)), TABLE, buckets=16).faults


def test_every_fault_is_told_and_no_value(spark: Any) -> None:
    rows = [changed(hash="secret", line=-77, x=991.0), changed(hash="secret", line=-77)]
    result = check(with_rows(spark, *rows), TABLE, buckets=16)
    assert result.faults == (
        "`hash`: 2 values are not of the declared pattern",
        "`line`: 2 values are below 1",
        "`x`: 1 value is above 160 m/s2",
        "the key (`hash`, `line`): 1 row repeats another's",
    )


def test_keys_ending_in_a_number_are_compared_as_bits(spark: Any) -> None:
    lines = [1, 33, 63, 64, 65, 127, 128, 2**62, 2**62 + 1]
    rows = [changed(hash=file, line=line) for file in ("00aa", "00bb") for line in lines]
    assert check(with_rows(spark, *rows), TABLE).faults == ()
    again = [changed(hash="00bb", line=64)] * 2 + [changed(hash="00aa", line=2**62 + 1)]
    assert check(with_rows(spark, *rows, *again), TABLE).faults == (
        "the key (`hash`, `line`): 3 rows repeat another's",
    )


@pytest.mark.parametrize("last", [LONG, INT, TEXT])
def test_every_repeated_key_is_found(spark: Any, last: ColumnType) -> None:
    unit = "1" if last.is_integer else None
    table = Table(
        Zone.TRUSTED, "pairs", "One row per pair.",
        (Column("a", TEXT, "One.", OPERATIONAL), Column("b", last, "Other.", OPERATIONAL, unit)),
        key=("a", "b"),
    )  # fmt: skip
    values: list[Any] = [-65, -64, -1, 0, 1, 64, 2**31 - 1]
    if last is TEXT:
        values = [str(value) for value in values]
    rows = spark.createDataFrame([(a, b) for a in ("p", "q") for b in values], ddl.schema(table))
    assert check(rows, table).faults == ()
    assert check(rows.union(rows), table).faults == ("the key (`a`, `b`): 14 rows repeat another's",)


def test_a_key_of_one_column(spark: Any) -> None:
    table = Table(
        Zone.TRUSTED, "runs", "One row per run.", (Column("number", LONG, "Its number.", OPERATIONAL, "1"),),
        key=("number",),
    )  # fmt: skip
    rows = spark.createDataFrame([(1,), (2,), (2,), (2,)], ddl.schema(table))
    assert check(rows, table) == Checked(2, ("the key (`number`): 2 rows repeat another's",))


def test_columns_and_types_are_compared_exactly(spark: Any) -> None:
    rows = with_rows(spark, GOOD)
    other = rows.selectExpr("hash", "cast(line as int) line", "x", "good", "raw", "'e' as email")
    faults = [
        "`line`: declared bigint, found int",
        "`bucket`: declared int, not found",
        "`email`: declared nowhere, found string",
    ]
    assert match_faults(columns_of(other.schema), TABLE) == faults
    # Rules of columns that are as declared are looked at all the same.
    result = check(other.selectExpr("'no' as hash", "line", "x", "good", "raw", "email"), TABLE, buckets=16)
    assert result.faults == (*faults, "`hash`: 1 value is not of the declared pattern")
    assert result.checks == 1 + 2 + 3


def test_order_and_doubled_names_are_faults(spark: Any) -> None:
    rows = with_rows(spark, GOOD)
    turned = rows.select(*reversed(TABLE.names))
    assert match_faults(columns_of(turned.schema), TABLE) == [
        "the columns stand in another order than declared"
    ]
    doubled = rows.select("*", rows["x"])
    assert match_faults(columns_of(doubled.schema), TABLE) == ["`x`: declared once, found 2 times"]


def test_what_was_written_otherwise_is_not_published(spark: Any, tmp_path: Path) -> None:
    def written(rows: Any, name: str) -> Columns:
        rows.write.parquet(str(tmp_path / name))
        return columns_in(next((tmp_path / name).glob("*.parquet")))

    require_match(written(with_rows(spark, GOOD), "good"), TABLE)
    with pytest.raises(QualityGateError) as error:
        require_match(written(with_rows(spark, GOOD).drop("x"), "bad"), TABLE)
    assert str(error.value) == (
        "readings was not written: it differs from its declaration.\n  - `x`: declared double, not found"
    )
    assert error.value.exit_code == 3
