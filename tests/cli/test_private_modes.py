"""Every file of a lake and its keys is its owner's alone, whatever the umask and whoever made the folder."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leaving import consenting, without_long_lines
from stedi.lake.config import opened
from stedi_fleet.simulator import simulate

Stedi = Callable[..., Any]

OTHERS = 0o077


@pytest.fixture
def careless() -> Iterator[None]:
    """A umask that lets everybody do everything."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def called(home: Path, monkeypatch: pytest.MonkeyPatch, careless: None) -> Callable[..., int]:
    """The command line under such a umask."""
    from stedi.cli.main import _ended

    monkeypatch.setenv("STEDI_KEYS", str(home / "careless-keys"))

    def call(*arguments: object) -> int:
        os.umask(0)
        return _ended([str(argument) for argument in arguments])

    return call


def open_to_others(*folders: Path) -> list[str]:
    return [
        f"{stat.S_IMODE(path.lstat().st_mode):o} {path}"
        for folder in folders
        for path in (folder, *folder.rglob("*"))
        if path.lstat().st_mode & OTHERS
    ]


@pytest.mark.parametrize("made", ["by us", "by somebody before"])
def test_nobody_else_reads_a_file_of_a_lake(
    made: str, called: Callable[..., int], home: Path, tmp_path: Path
) -> None:
    lake, fleet, asked = tmp_path / "deep" / "lake", tmp_path / "fleet", tmp_path / "person.txt"
    if made != "by us":
        lake.mkdir(parents=True)
        (lake / "landing").mkdir()
        lake.chmod(0o755)
    simulate(fleet, customers=3, minutes=0.5, dirty=True)
    without_long_lines(fleet)
    at = ("--lake", lake)
    assert called(*at, "init") == 0
    assert called(*at, "land", fleet) == 0
    assert called(*at, "run") == 0
    keys = opened(lake).keys.folder
    assert open_to_others(lake, keys) == []
    assert called(*at, "query", "select 1", "--reveal", "test") == 0
    asked.write_text(consenting(opened(lake))[0])
    assert called(*at, "privacy", "erase", "--email-file", asked, "--yes", "--empty-undecodable") == 0
    assert called(*at, "maintain", "--keep", 1) == 0
    assert called(*at, "plan") == 0
    assert called(*at, "keys", "rotate", "pseudonym", "--yes") == 0
    assert called(*at, "run") == 0
    assert open_to_others(lake, keys) == []


def test_the_library_makes_private_files_too(careless: None, tmp_path: Path) -> None:
    from leaving import landed_lake

    simulate(tmp_path / "fleet", customers=2, minutes=0.5)
    (tmp_path / "lake").mkdir()
    lake = landed_lake(tmp_path / "lake", tmp_path / "fleet", buckets=2)
    assert open_to_others(lake.root, lake.keys.folder) == []
    # Afterwards the process makes files as it did before.
    assert os.umask(0) == 0


def test_an_open_lake_of_an_earlier_version_is_closed(
    called: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lake, fleet = tmp_path / "lake", tmp_path / "fleet"
    simulate(fleet, customers=2, minutes=0.5)
    assert (called("--lake", lake, "land", fleet), called("--lake", lake, "run")) == (0, 0)
    for path in (lake, *lake.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    capsys.readouterr()
    assert called("--lake", lake, "status") == 0
    assert f"others could read the lake in {lake}" in capsys.readouterr().err
    assert open_to_others(lake) == []
    assert called("--lake", lake, "status") == 0
    assert "others could read" not in capsys.readouterr().err
