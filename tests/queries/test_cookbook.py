"""The blocks of docs/athena.md on the starter data, and back in time over two releases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from athena_sql import Statement, answer, cookbook, named_queries, tables_of
from line_cases import GOOD_ACCELEROMETER, GOOD_STEPS, customer
from stedi.asking.reader import reading
from stedi.lake.config import create
from stedi.run.run import run
from stedi.schema.arrow import arrow_schema
from stedi.tables import table

BLOCKS = cookbook()
NOW = {"landed_files": "landed_files", "consent": "consent"}
PEOPLE = [customer(n, birthDay=f'"196{n}-01-01"', customerName=f'"P {n}"') + b"\n" for n in (1, 2, 3)]
SERIAL = "(select min(serialnumber) from devices where standing = 'owned')"


def block(words: str) -> Statement:
    """The one block that holds these words."""
    (found,) = [statement for statement in BLOCKS if words in statement.sql]
    return found


@pytest.mark.data
@pytest.mark.parametrize("statement", BLOCKS, ids=lambda s: s.name)
def test_each_runs(starter: Any, statement: Statement) -> None:
    answer(starter, statement, *["0"] * statement.takes, instead=NOW)


@pytest.mark.data
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("as unreadable", [(81_273, 0)]),
        ("as pairs", [(32_025,)]),
        ("as addresses", []),
        ("for version as of", [("GIVEN", 482), ("NEVER", 474)]),
        ("for timestamp as of", [(13,)]),
    ],
)
def test_what_they_answer(starter: Any, words: str, expected: list[tuple[Any, ...]]) -> None:
    rows = answer(starter, block(words), instead=NOW)
    assert [tuple(row.values()) for row in rows] == expected


@pytest.mark.data
def test_rows_by_file_are_all_rows(starter: Any) -> None:
    rows = answer(starter, block("as row_count\nfrom accelerometer_staged"))
    assert (len(rows), sum(row["row_count"] for row in rows)) == (9, 81_273)


@pytest.mark.data
def test_a_day_is_that_day(starter: Any) -> None:
    rows = answer(starter, block("date_trunc"))
    assert rows
    assert {row["hour"].date().isoformat() for row in rows} == {"2022-06-18"}
    assert all(row["people"] >= 10 for row in rows)


@pytest.mark.data
def test_whose_a_device_was(starter: Any) -> None:
    (serial,) = starter.execute(f"select {SERIAL}").fetchone()
    at = "1655564444000"
    (row,) = answer(starter, block("d.standing"), serial, at, at)
    assert row["standing"] == "owned" and row["person"]


@pytest.fixture(scope="module")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    """The tables of the second release, and for some the table of the first in its place."""
    lake = create(tmp_path_factory.mktemp("two") / "lake", buckets=1)
    delivered: list[tuple[str, list[bytes]]] = [
        ("customer", PEOPLE[:2]), ("accelerometer", GOOD_ACCELEROMETER), ("step_trainer", GOOD_STEPS),
    ]  # fmt: skip
    for source, lines in delivered:
        _deliver(lake.landing / source / "first.json", lines)
    run(lake)
    _deliver(lake.landing / "customer/second.json", PEOPLE[2:])
    run(lake)
    with reading(lake) as reader, reading(lake, at=1) as older, tables_of(reader) as connection:
        instead = {}
        for name in NOW:
            instead[name] = f"{name} of release 1"
            _hold_older(connection, instead[name], older, name)
        yield connection, instead


def _deliver(file: Path, lines: list[bytes]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"".join(lines))


def _hold_older(connection: Any, held: str, older: Any, name: str) -> None:
    import pyarrow.dataset as ds

    paths = [str(file.path) for file in older.stored_files(table(name))]
    rows = ds.dataset(paths, schema=arrow_schema(table(name)), format="parquet").to_table()
    connection.register(held, rows)


def test_back_in_time(two_releases: tuple[Any, dict[str, str]]) -> None:
    connection, instead = two_releases
    named = {statement.name: statement for statement in named_queries()}
    rows = answer(connection, named["as_of"], instead=instead)
    assert [tuple(row.values()) for row in rows] == [("consent", 2, 3), ("landed_files", 3, 4)]
    (states,) = answer(connection, block("for version as of"), instead=instead)
    assert states == {"state": "GIVEN", "people": 2}


def test_releases_and_snapshots_tell_of_the_change(two_releases: tuple[Any, dict[str, str]]) -> None:
    connection, _ = two_releases
    named = {statement.name: statement for statement in named_queries()}
    releases = answer(connection, named["releases"])
    assert [(row["number"], row["change"]) for row in releases] == [(2, 0), (1, None)]
    snapshots = {row["table_name"]: row for row in answer(connection, named["snapshots"])}
    assert snapshots["landed_files"]["older_snapshots"] == 1
    told = answer(connection, block("as consent_snapshot"))
    assert str(snapshots["consent"]["newest_snapshot"]) == told[0]["consent_snapshot"]
