"""Which files are merged when a table is compacted after every few commits."""

from pathlib import Path

import pytest

from stedi.store.compaction import ROWS_AT_ONCE, groups
from stedi.store.data_files import DataFile


def files(folder: Path, *sizes: int, bucket: int = 0) -> list[DataFile]:
    """Files of so many rows, one after the other in time."""
    made = []
    for number, rows in enumerate(sizes):
        path = folder / f"{bucket}-{number}-{rows}"
        path.write_bytes(b"x")
        made.append(DataFile(path, bucket, rows, (number, number)))
    return made


def rows(found: list[list[DataFile]]) -> list[list[int]]:
    return [sorted(file.rows for file in group) for group in found]


@pytest.mark.parametrize(
    ("sizes", "merged"),
    [
        ((10, 10, 10), [[10, 10, 10]]),
        # A file at most four times as large as all smaller ones is one of their size.
        ((10, 10, 80), [[10, 10, 80]]),
        ((10, 10, 81), [[10, 10]]),
        ((10, 1000), []),
        ((10,), []),
        ((), []),
        ((1000, 10, 30, 5, 300), [[5, 10, 30]]),
        # What it becomes counts: 45 rows are a quarter of 180.
        ((180, 10, 30, 5, 900), [[5, 10, 30, 180, 900]]),
        ((ROWS_AT_ONCE // 2, 10, 10), [[10, 10]]),
    ],
)
def test_a_file_waits_for_others_of_its_size(
    tmp_path: Path, sizes: tuple[int, ...], merged: list[list[int]]
) -> None:
    assert rows(groups(files(tmp_path, *sizes), tiered=True)) == merged


def test_buckets_are_merged_apart(tmp_path: Path) -> None:
    there = [*files(tmp_path, 10, 10, 1000), *files(tmp_path, 1000, 1000, bucket=1)]
    assert rows(groups(there, tiered=True)) == [[10, 10], [1000, 1000]]


def test_a_row_is_written_again_a_few_times_in_all(tmp_path: Path) -> None:
    """A hundred times, 20 files of 100 rows come to a bucket and are merged."""
    there: list[DataFile] = []
    written = 0
    for turn in range(100):
        folder = tmp_path / str(turn)
        folder.mkdir()
        there += files(folder, *[100] * 20)
        for group in groups(there, tiered=True):
            written += sum(file.rows for file in group)
            there = [file for file in there if file not in group]
            there += files(folder, sum(file.rows for file in group), bucket=0)
        assert len(there) <= 5
    landed = 100 * 20 * 100
    assert sum(file.rows for file in there) == landed
    # Half of a hundred times, if each time all of them were merged.
    assert landed <= written <= 7 * landed
