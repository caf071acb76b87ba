"""Tables of a lake on this machine."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.manifest import ManifestFile

from stedi.landing import accelerometer
from stedi.store.data_files import DataFile
from stedi.store.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    found = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    found.create([accelerometer.TABLE])
    yield found
    found.close()


def test_files_of_a_time_are_asked_for_without_the_parser_of_filters(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves one thread at a time; of many runs that staged side by side, one failed on it."""

    def parsed(_text: str) -> None:
        raise AssertionError("a filter was parsed")

    monkeypatch.setattr("pyiceberg.expressions.parser.parse", parsed)
    assert store.files(accelerometer.TABLE, within=(0, 1)) == []


def test_no_file_that_leaves_is_missed_though_manifests_are_asked_side_by_side(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyIceberg's evaluator of manifests keeps the one it looks at where other threads see it."""
    from pyiceberg.expressions import visitors

    kept: list[DataFile] = []
    for bucket in range(12):
        path = tmp_path / f"{bucket}.parquet"
        pq.write_table(pa.table({accelerometer.TABLE.partition: pa.array([bucket], pa.int32())}), path)
        kept.append(DataFile(path, bucket, 1))
        store.append(accelerometer.TABLE, kept[-1:], {})

    def looked_at(each: visitors._ManifestEvalVisitor, manifest: ManifestFile) -> bool:
        each.partition_fields = manifest.partitions or []
        sleep(0.05)
        return visitors.visit(each.partition_filter, each)

    monkeypatch.setattr(visitors._ManifestEvalVisitor, "eval", looked_at)
    store.replace(accelerometer.TABLE, [], {}, leaving=kept[-1:])
    assert [file.path for file in store.files(accelerometer.TABLE)] == sorted(file.path for file in kept[:-1])
