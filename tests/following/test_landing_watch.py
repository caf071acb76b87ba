"""A watch tells of every file that appears or changes, and looks at few others for it."""

import os
import time
from pathlib import Path

import pytest

from stedi.following.landing_watch import UNSURE_NS, WHOLE_LOOK_S, FolderWatch
from stedi.tables import SOURCES

NAMES = [source.name for source in SOURCES]


class Clock:
    """A clock that a test moves: what the machine says, and seconds that only go on."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def ns(self) -> int:
        return time.time_ns() + int(self.ahead_s * 10**9)

    def monotonic(self) -> float:
        return self.ahead_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    (tmp_path / "accelerometer").mkdir()
    return tmp_path


def watch(landing: Path, clock: Clock, settle_s: float = 0) -> FolderWatch:
    made = FolderWatch(str(landing), NAMES, settle_s, clock_ns=clock.ns, monotonic=clock.monotonic)
    made.taken(made.ready())
    clock.ahead_s += 4  # From now on the time of a folder tells for sure whether it changed.
    made.taken(made.ready())
    return made


def write(landing: Path, name: str, text: str = "{}\n") -> Path:
    path = landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_file_in_any_depth_is_told_until_it_was_taken(landing: Path, clock: Clock) -> None:
    found = watch(landing, clock)
    names = ["accelerometer/a.json", "accelerometer/dt=1/hh=2/b.json", "customer/c.json"]
    for name in names:
        write(landing, name)
    write(landing, "truth/none.json")
    assert sorted(found.ready()) == names
    found.taken(names[:1])
    assert sorted(found.ready()) == names[1:]
    found.taken(names)
    assert found.ready() == []


def test_a_file_that_grows_waits_until_nobody_writes_it(landing: Path, clock: Clock) -> None:
    found = watch(landing, clock, settle_s=10)
    clock.ahead_s = 0
    path = write(landing, "customer/c.json")
    assert (found.ready(), found.waiting) == ([], 1)
    clock.ahead_s = 9
    assert found.ready() == []
    clock.ahead_s = 11
    assert found.ready() == ["customer/c.json"]
    clock.ahead_s = 0
    path.write_text("{}\n{}\n")
    assert found.ready() == []


def test_a_file_whose_name_says_it_is_not_finished_waits_for_its_own_name(
    landing: Path, clock: Clock
) -> None:
    found = watch(landing, clock)
    path = write(landing, "customer/c.json.part")
    assert (found.ready(), found.waiting) == ([], 0)
    path.rename(landing / "customer/c.json")
    assert found.ready() == ["customer/c.json"]


def test_a_file_that_is_older_than_all_others_is_told(landing: Path, clock: Clock) -> None:
    found = watch(landing, clock)
    # As `cp -p`, `rsync -a` or a clock of another machine leave it.
    os.utime(write(landing, "customer/c.json"), (1, 1))
    assert found.ready() == ["customer/c.json"]


def test_a_file_that_went_before_it_was_taken_is_forgotten(landing: Path, clock: Clock) -> None:
    found = watch(landing, clock, settle_s=10)
    path = write(landing, "customer/c.json")
    found.ready()
    path.rename(landing / "customer/d.json")
    clock.ahead_s += 11
    assert found.ready() == ["customer/d.json"]
    assert found.waiting == 1


def test_a_file_written_on_in_place_is_told_by_the_next_whole_look(landing: Path, clock: Clock) -> None:
    path = write(landing, "customer/c.json")
    found = watch(landing, clock)
    with path.open("a") as file:
        file.write("{}\n")
    assert found.ready() == []
    clock.ahead_s += WHOLE_LOOK_S
    assert found.ready() == ["customer/c.json"]


def test_a_folder_that_changes_twice_within_a_tick_is_looked_at_twice(landing: Path, clock: Clock) -> None:
    folder = landing / "accelerometer"
    found = FolderWatch(str(landing), NAMES, 0, clock_ns=clock.ns, monotonic=clock.monotonic)
    write(landing, "accelerometer/a.json")
    at = folder.stat().st_mtime_ns
    found.taken(found.ready())
    write(landing, "accelerometer/b.json")
    # A coarse clock of a file system: the second file came within the same tick as the first.
    os.utime(folder, ns=(at, at))
    assert found.ready() == ["accelerometer/b.json"]
    found.taken(["accelerometer/b.json"])
    clock.ahead_s = 2 * UNSURE_NS / 10**9
    found.ready()
    write(landing, "accelerometer/c.json")
    os.utime(folder, ns=(at, at))
    # Now the time is believed, until every file is looked at.
    assert found.ready() == []
    clock.ahead_s += WHOLE_LOOK_S
    assert found.ready() == ["accelerometer/c.json"]


def test_links_are_told_and_never_followed(landing: Path, clock: Clock) -> None:
    found = watch(landing, clock)
    write(landing, "elsewhere/c.json")
    (landing / "customer").symlink_to(landing / "elsewhere")
    (landing / "accelerometer/loop").symlink_to(landing / "accelerometer")
    (landing / "accelerometer/broken.json").symlink_to("nowhere")
    told = ["accelerometer/broken.json", "accelerometer/loop", "customer"]
    assert sorted(found.ready()) == told
    found.taken(told)
    assert found.ready() == []


def test_a_landing_zone_that_goes_and_comes_back_is_looked_at_anew(landing: Path, clock: Clock) -> None:
    write(landing, "customer/c.json")
    found = watch(landing, clock)
    (landing / "customer").rename(landing / "away")
    assert found.ready() == []
    (landing / "away").rename(landing / "customer")
    # The lake's ledger knows what it has read.
    assert found.ready() == ["customer/c.json"]


def test_a_folder_that_cannot_be_listed_holds_up_no_other(
    landing: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = watch(landing, clock)
    write(landing, "accelerometer/locked/a.json")
    write(landing, "customer/c.json")
    scandir = os.scandir

    def refusing(path: str) -> "os._ScandirContextManager[str]":  # type: ignore[name-defined]
        if path.endswith("locked"):
            raise PermissionError(path)
        return scandir(path)  # type: ignore[return-value]

    monkeypatch.setattr(os, "scandir", refusing)
    assert found.ready() == ["customer/c.json"]
    monkeypatch.undo()
    assert sorted(found.ready()) == ["accelerometer/locked/a.json", "customer/c.json"]


def test_what_landed_long_ago_is_not_looked_at_again(
    landing: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(500):
        write(landing, f"accelerometer/dt={number % 5}/{number}.json")
    found = watch(landing, clock)
    looked: list[str] = []
    lstat = os.lstat

    def counting(path: str) -> os.stat_result:
        looked.append(path)
        return lstat(path)

    monkeypatch.setattr(os, "lstat", counting)
    assert found.ready() == []
    # The folders alone: the three of the sources, and five more.
    assert len(looked) == 8
    write(landing, "accelerometer/dt=3/new.json")
    assert found.ready() == ["accelerometer/dt=3/new.json"]
