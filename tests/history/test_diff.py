"""What came and went between releases: counted always, shown only as far as nobody left since."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stedi.asking import comparing
from stedi.asking.diff import diff, releases_told
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake
from stedi.store.data_files import DataFile
from stedi.tables import TABLES, table


@pytest.mark.parametrize(
    ("name", "before", "after", "added", "removed"),
    [
        ("accelerometer_trusted", 1, 2, 10, 0),
        ("accelerometer_trusted", 2, 1, 0, 10),
        ("accelerometer_trusted", 1, 1, 0, 0),
        ("accelerometer_trusted", 2, 3, 0, 20),
        ("accelerometer_trusted", 1, 3, 10, 20),
        ("accelerometer_trusted", 1, None, 10, 20),
        ("customer_trusted", 1, 2, 0, 0),
        ("customer_trusted", 1, 3, 0, 1),
        ("consent", 2, 3, 1, 1),
        ("machine_learning_curated", 2, 3, 0, 20),
        ("customers_curated", 2, 3, 0, 1),
        ("customer_staged", 2, 3, 1, 0),
    ],
)
def test_counts(left: Lake, name: str, before: int, after: int | None, added: int, removed: int) -> None:
    found = diff(left, table(name), before, after)
    assert (found.added, found.removed) == (added, removed)
    assert (found.rows_added, found.rows_removed, found.hidden) == ((), (), ())


def test_rows_are_shown_masked(left: Lake) -> None:
    found = diff(left, table("customer_staged"), 2, 3, show=5)
    assert len(found.rows_added) == 1
    row = dict(zip(found.columns, found.rows_added[0], strict=True))
    assert row["email"].startswith("masked:")
    assert "example.org" not in str(row)


def test_rows_of_who_left_are_counted_and_not_shown(left: Lake) -> None:
    for name in ("accelerometer_trusted", "machine_learning_curated", "consent"):
        found = diff(left, table(name), 2, 3, show=5)
        assert found.removed
        assert found.rows_removed == ()
        assert any("left since" in why for why in found.hidden)
    # Nor as rows that came in a release which may not be shown.
    assert diff(left, table("accelerometer_trusted"), 1, 2, show=5).rows_added == ()


def test_rows_that_came_are_shown_as_many_as_asked(grown: Lake) -> None:
    found = diff(grown, table("accelerometer_trusted"), 1, 2, show=3)
    assert (found.added, len(found.rows_added), found.hidden) == (10, 3, ())


@pytest.mark.parametrize("name", ["releases", "customer_landing"])
def test_what_no_release_holds(grown: Lake, name: str) -> None:
    with pytest.raises(UsageError, match="belongs to no release"):
        diff(grown, table(name), 1, 2)


def test_a_row_that_stands_twice_counts_twice(tmp_path: Path) -> None:
    import pyarrow as pa

    from stedi.schema.arrow import arrow_schema

    declared = table("landed_files")
    files = []
    for name, times in (("one", [1, 1, 1, 2]), ("other", [1, 2, 2, 3])):
        rows = [{"sequence": at} for at in times]
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(declared)), tmp_path / name)
        files.append([DataFile(tmp_path / name, None, len(times))])
    with comparing.sides(declared, *files) as connection:
        assert len(connection.execute(comparing.ADDED).fetchall()) == 2
        assert len(connection.execute(comparing.REMOVED).fetchall()) == 2


def test_equal_files_are_not_read(left: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "sides", None)
    for each in TABLES:
        if each.name in ("requests", "quarantine", "customer_staged", "accelerometer_staged"):
            diff(left, each, 2, 3)


def test_the_releases_are_told(left: Lake) -> None:
    told = releases_told(left)
    assert [release.number for release in told] == [1, 2, 3]
    assert all(release.readable for release in told)
    assert told[0].change["accelerometer_trusted"] == 80
    assert told[1].change["accelerometer_trusted"] == 10
    assert told[2].change["accelerometer_trusted"] == -20
    assert told[2].change["customer_staged"] == 1
    assert told[2].rows["accelerometer_trusted"] == 70
    assert "accelerometer_staged" not in told[2].change | dict.fromkeys(told[2].rewritten, 0)
