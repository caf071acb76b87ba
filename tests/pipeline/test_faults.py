"""Disks that fill, files that break: a clear error, what was published still served, completion after."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from killed import (
    RUN,
    SECOND_MS,
    Content,
    Due,
    Stand,
    at,
    content,
    counted,
    differing,
    files_on_disk,
    files_reached,
    history,
    lake_with_keys,
    releases_recorded,
    require_as_unkilled,
)
from stedi.asking.reader import reading
from stedi.ground.errors import CatalogBrokenError, CatalogMissingError, FilesGoneError, StediError
from stedi.lake.config import Lake
from stedi.tables import table

STEDI = "from stedi.cli.main import main; main()"


def published(told: Content) -> Content:
    """What follows from the rows alone, and not from when they landed."""
    ends = ("_trusted", "_curated", " dispositions")
    return {
        name: rows for name, rows in told.items() if name.endswith(ends) or name in ("consent", "devices")
    }


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Due, Stand, Content]:
    """A lake with a release."""
    folder = tmp_path_factory.mktemp("faults")
    lake = lake_with_keys(folder / "lake")
    due = Due(folder / "in", SECOND_MS)
    history()[0].write(due.landing, "0")
    at(lake, due)
    return due, Stand.of(lake, folder / "kept"), content(lake)


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 200)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])


def overwritten(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def begun_anew(path: Path) -> None:
    import sqlite3

    path.unlink()
    database = sqlite3.connect(path)
    database.execute("create table something (else_ text)")
    database.close()


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (garbage, CatalogBrokenError),
        (cut, CatalogBrokenError),
        (overwritten, CatalogBrokenError),
        (emptied, CatalogMissingError),
        (begun_anew, CatalogMissingError),
        (Path.unlink, CatalogMissingError),
    ],
)
def test_a_broken_catalog_stops_everything_until_it_is_back(
    first: tuple[Due, Stand, Content], broken: Callable[[Path], None], error: type[StediError]
) -> None:
    due, stand, there = first
    lake = stand.put_back()
    files = files_on_disk(lake)
    whole = lake.catalog.read_bytes()
    broken(lake.catalog)
    for work in (lambda: at(lake, due), lambda: content(lake)):
        with pytest.raises(error, match=r"catalog\.db back from your backup"):
            work()
    assert files_on_disk(lake) == files
    lake.catalog.write_bytes(whole)
    require_as_unkilled(lake, due, there)


@pytest.mark.parametrize("what", ["metadata/*.json", "metadata/snap-*.avro", "metadata/*-m*.avro"])
@pytest.mark.parametrize("name", ["accelerometer_staged", "accelerometer_trusted"])
def test_metadata_that_is_gone_is_told_and_other_tables_are_served(
    first: tuple[Due, Stand, Content], name: str, what: str
) -> None:
    due, stand, there = first
    lake = stand.put_back()
    lost = {path: path.read_bytes() for path in _folder(lake, name).glob(what)}
    assert lost
    for path in lost:
        path.unlink()
    with pytest.raises(FilesGoneError, match=rf"Files of {name} are gone.*\n.*backup"):
        at(lake, due)
    with reading(lake) as reader:
        assert reader.files(table("customer_trusted"))
        with pytest.raises(FilesGoneError):
            reader.files(table(name))
    for path, bytes_ in lost.items():
        path.write_bytes(bytes_)
    at(lake, due)
    require_as_unkilled(lake, due, there)


@pytest.mark.parametrize("name", ["accelerometer_staged", "releases", "landed_files"])
def test_rows_that_nothing_can_build_again_are_asked_for(
    first: tuple[Due, Stand, Content], name: str
) -> None:
    due, stand, there = first
    lake = stand.put_back()
    lost = {path: path.read_bytes() for path in _folder(lake, name).glob("data/*")}
    for path in lost:
        path.unlink()
    with pytest.raises(FilesGoneError, match=rf"Files of {name} are gone.*\n.*backup\.$"):
        at(lake, due)
    for path, bytes_ in lost.items():
        path.write_bytes(bytes_)
    at(lake, due)
    require_as_unkilled(lake, due, there)


def test_rows_that_can_be_built_again_are(first: tuple[Due, Stand, Content]) -> None:
    due, stand, there = first
    lake = stand.put_back()
    for path in _folder(lake, "accelerometer_trusted").glob("data/*"):
        path.unlink()
    with reading(lake) as reader, pytest.raises(FilesGoneError, match="built anew: stedi run"):
        reader.files(table("accelerometer_trusted"))
    at(lake, due)
    assert not differing(published(content(lake)), published(there))


def _folder(lake: Lake, name: str) -> Path:
    (found,) = lake.warehouse.glob(f"*/{name}")
    return found


def together(lake: Lake, due: Due, meanwhile: Callable[[], None] = lambda: None) -> None:
    command = [sys.executable, "-c", RUN, str(lake.root), str(due.landing), str(due.moment_ms)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    meanwhile()
    told = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], told


@pytest.mark.long
def test_two_runs_at_once_are_one(first: tuple[Due, Stand, Content], tmp_path: Path) -> None:
    due, _, there = first
    lake = lake_with_keys(tmp_path / "lake")
    together(lake, due)
    require_as_unkilled(lake, due, there)


def test_two_runs_at_once_while_more_lands(tmp_path: Path) -> None:
    due = Due(tmp_path / "in", SECOND_MS)
    history()[0].write(due.landing, "0")
    aside = tmp_path / "aside"
    history()[1].write(aside, "1")

    def land() -> None:
        for file in sorted(aside.rglob("*.json")):
            file.rename(due.landing / file.relative_to(aside))

    lake = lake_with_keys(tmp_path / "lake")
    together(lake, due, land)
    at(lake, due)
    one = lake_with_keys(tmp_path / "one")
    at(one, due)
    assert not differing(published(content(lake)), published(content(one)))
    assert files_on_disk(lake) == files_reached(lake)
    assert releases_recorded(lake) == list(range(1, len(releases_recorded(lake)) + 1))
    assert counted(lake, due)[0].changed is False


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = tmp_path_factory.mktemp("disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk can be made by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def on_small_disk(small_disk: Path) -> tuple[Lake, Due, Content]:
    lake = lake_with_keys(small_disk / "lake")
    due = Due(small_disk / "in", SECOND_MS)
    history()[0].write(due.landing, "0")
    at(lake, due)
    history()[1].write(due.landing, "1")
    return lake, due, content(lake)


FREE_KB = (4, 60, 120, 250, 400, 600)
IN_CI = (120,)


@pytest.mark.parametrize(
    "free_kb", [pytest.param(kb, marks=[] if kb in IN_CI else pytest.mark.long) for kb in FREE_KB]
)
def test_a_full_disk(on_small_disk: tuple[Lake, Due, Content], tmp_path: Path, free_kb: int) -> None:
    lake, due, there = on_small_disk
    stand = Stand.of(lake, tmp_path)
    filler = lake.root.parent / "filler"
    free = os.statvfs(lake.root).f_bavail * os.statvfs(lake.root).f_frsize
    filler.write_bytes(bytes(free - free_kb * 1024))
    command = [sys.executable, "-c", STEDI, "--lake", str(lake.root), "run", "--landing", str(due.landing)]
    done = subprocess.run([*command, "--settle", "0"], capture_output=True, text=True, check=False)
    assert (done.returncode, "the disk is full" in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not differing(content(lake), there)
    filler.unlink()
    at(lake, due)
    whole = lake_with_keys(tmp_path / "whole")
    at(whole, due)
    assert not differing(published(content(lake)), published(content(whole)))
    assert files_on_disk(lake) == files_reached(lake)
    assert not lake.scratch.exists()
    stand.put_back()
