"""What is asked of many objects takes a request for a thousand of them, and not one for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stedi.ground.places import S3Path, all_there, remove_files
from stedi.ground.places.client import client


@pytest.fixture
def files(bucket: str) -> list[S3Path]:
    paths = [S3Path(bucket, f"table/data/{number:02d}.parquet") for number in range(12)]
    for path in (*paths, S3Path(bucket, "table/data/another")):
        path.write_bytes(b"x")
    return paths


@pytest.fixture
def asked(files: list[S3Path]) -> Iterator[list[str]]:
    """The kinds of requests made, in their order."""
    names: list[str] = []

    def heard(model: object, **_: object) -> None:
        names.append(str(getattr(model, "name", "")))

    events = client("s3").meta.events
    events.register("before-call.s3.*", heard)
    yield names
    events.unregister("before-call.s3.*", heard)


def test_whether_files_are_there_is_asked_once_a_folder(files: list[S3Path], asked: list[str]) -> None:
    assert all_there(files)
    assert asked == ["ListObjectsV2"]


def test_one_file_is_asked_for_by_its_name(files: list[S3Path], asked: list[str]) -> None:
    assert all_there(files[:1])
    assert asked == ["HeadObject"]


def test_a_file_that_is_gone_is_missed(files: list[S3Path], tmp_path: Path) -> None:
    files[7].unlink()
    assert not all_there(files)
    assert not all_there([files[7]])
    here = tmp_path / "here"
    here.touch()
    assert all_there([here, *files[:7]]) and all_there([])
    assert not all_there([here, tmp_path / "gone"])
    # What is a folder, or begins as a file, is not that file.
    assert not all_there([files[0].parent / "0", files[0]])


def test_files_go_by_one_request(files: list[S3Path], asked: list[str], tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.touch()
    files[3].unlink()
    asked.clear()
    remove_files([*files, here, tmp_path / "gone"])
    assert asked == ["DeleteObjects"]
    assert not here.exists()
    assert [path.name for path in files[0].parent.iterdir()] == ["another"]
    asked.clear()
    remove_files([])
    assert asked == []
