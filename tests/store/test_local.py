"""Tables of a lake on this machine."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.manifest import ManifestFile

from stedi.ground.errors import StediError
from stedi.landing import accelerometer
from stedi.store import manifests
from stedi.store.data_files import DataFile
from stedi.store.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    found = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    found.create([accelerometer.TABLE])
    yield found
    found.close()


def with_moments(path: Path, bucket: int, first: int, last: int) -> DataFile:
    columns = {
        accelerometer.TABLE.partition: pa.array([bucket] * 2, pa.int32()),
        accelerometer.TABLE.moment: pa.array([first, last], pa.int64()),
    }
    pq.write_table(pa.table(columns), path)
    return DataFile(path, bucket, 2, (first, last))


def test_every_snapshot_holds_what_pyiceberg_says_it_holds(store: LocalStore, tmp_path: Path) -> None:
    table = accelerometer.TABLE
    every = [with_moments(tmp_path / f"{n}.parquet", n % 3, 1_000 * n, 1_000 * n + 999) for n in range(8)]
    store.append(table, every[:3], {})
    store.append(table, every[3:5], {})
    store.replace(table, every[5:6], {}, leaving=[every[1], every[3]])
    store.replace(table, every[6:], {})
    loaded = store._load(table)
    held = []
    for snapshot in store.snapshots(table):
        planned = loaded.scan(snapshot_id=snapshot.id).plan_files()
        paths = sorted(task.file.file_path.removeprefix("file://") for task in planned)
        files = store.files(table, snapshot=snapshot.id)
        assert [str(file.path) for file in files] == paths
        assert all(file in every for file in files), "bucket, rows and moments are as they were added"
        held.append([every.index(file) for file in files])
    assert held == [[0, 1, 2], [0, 1, 2, 3, 4], [0, 2, 4, 5], [6, 7]]
    assert store.files(table, snapshot=store.snapshots(table)[1].id, within=(2_500, 3_000)) == every[2:4]
    assert store.reached(table) >= {file.path for file in every}


def test_a_manifest_is_read_once_to_tell_its_files(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table, read = accelerometer.TABLE, list[str]()
    records = manifests._records

    def counted(io: Any, location: str, reader: Any) -> Iterator[Any]:
        read.append(location)
        return records(io, location, reader)

    monkeypatch.setattr(manifests, "_records", counted)
    for n in range(4):
        store.append(table, [with_moments(tmp_path / f"{n}.parquet", n, n, n)], {})
        store.files(table)
    for snapshot in store.snapshots(table):
        store.files(table, snapshot=snapshot.id)
    store.reached(table)
    assert len(read) == len(set(read)) == 4 + 4, "manifests, and lists of them"


def test_rows_that_were_deleted_beside_their_file_are_not_read(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As engines delete that merge on reading."""
    from pyiceberg.manifest import ManifestContent

    table = accelerometer.TABLE
    store.append(table, [with_moments(tmp_path / "0.parquet", 0, 1, 2)], {})
    monkeypatch.setattr(ManifestFile, "content", ManifestContent.DELETES)
    for ask in (store.files, store.reached, lambda table: store.replace(table, [], {})):
        with pytest.raises(StediError, match="deleted without rewriting"):
            ask(table)


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
