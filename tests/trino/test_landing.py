"""Landed files through the JSON SerDe that the landing tables are declared with."""

import gzip

import pytest
from registering import land
from serving import Trino

from line_cases import T0_MS

GOOD = '{"user":"a@example.org","timestamp":%d,"x":1.0,"y":-1.0,"z":0.5}\n'


@pytest.fixture(scope="module")
def landed(trino: Trino, tmp_path_factory: pytest.TempPathFactory) -> Trino:
    """Lines of every kind, in nested folders."""
    folder = tmp_path_factory.mktemp("landed")
    accelerometer = folder / "accelerometer"
    hour = accelerometer / "dt=2026-01-31/hh=12"
    hour.mkdir(parents=True)
    (accelerometer / "plain.json").write_text(GOOD % T0_MS)
    (hour / "packed.json.gz").write_bytes(gzip.compress((GOOD % (T0_MS + 1)).encode()))
    (hour / "case.json").write_text((GOOD % (T0_MS + 2)).replace("timestamp", "timeStamp"))
    (hour / "broken.json").write_text('{"user":"a@exam\n\nnull\n5\n"x"\nnot json\n')
    (hour / "_unseen.json").write_text(GOOD % (T0_MS + 3))
    (hour / ".unseen.json").write_text(GOOD % (T0_MS + 4))
    here = Trino(trino.address, trino.metastore, "landed")
    here.ask(f"create schema hive.landed with (location = 'local://{folder}/schema')")
    land(here, trino.metastore, folder)
    return here


def test_good_lines_are_rows_in_any_folder_packed_or_not_and_in_any_case(landed: Trino) -> None:
    rows = landed.ask(
        'select "user", "timestamp", x, y, z from accelerometer_landing where "user" is not null order by 2'
    )
    assert [row["timestamp"] for row in rows] == [T0_MS, T0_MS + 1, T0_MS + 2]
    assert {(row["user"], row["x"], row["y"], row["z"]) for row in rows} == {
        ("a@example.org", 1.0, -1.0, 0.5)
    }


def test_folders_make_no_column(landed: Trino) -> None:
    names = [row["Column"] for row in landed.ask("describe accelerometer_landing")]
    assert names == ["user", "timestamp", "x", "y", "z"]


def test_a_line_that_does_not_parse_is_a_row_of_nulls(landed: Trino) -> None:
    (row,) = landed.ask(
        'select count(*) as lines, count("user") + count("timestamp") + count(x) as values_told '
        'from accelerometer_landing where "user" is null'
    )
    assert row == {"lines": 6, "values_told": 0}
