"""`stedi follow` as a process: it publishes what lands, lets others in, dies and is stopped."""

import fcntl
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import preforked
from contents import contents
from killed import files_on_disk, files_reached, lake_with_keys, releases_recorded
from stedi.asking.reader import reading
from stedi.lake.config import Lake
from stedi.run.run import run

from .conftest import LONGEST_S, Following, each, land_people, land_readings, rows

Begin = Callable[..., Following]


def test_what_lands_is_published_and_the_officer_is_let_through(
    lake: Lake, tmp_path: Path, following: Begin
) -> None:
    follower = following(lake, "--every", 0.2, "--json")
    follower.wait_for("waiting")
    land_people(lake)
    land_readings(lake, 1)
    follower.wait_for_rows(lake, each(1))
    officer = [sys.executable, "-c", preforked.STEDI, "--lake", str(lake.root), "privacy", "withdraw"]
    file = tmp_path / "email"
    file.write_text("person1@example.org\n")
    number = 2
    with subprocess.Popen(
        [*officer, "--email-file", str(file), "--yes"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as withdrawing:
        # While files land without a pause.
        while withdrawing.poll() is None:
            land_readings(lake, number)
            number += 1
            time.sleep(0.2)
    assert withdrawing.returncode == 0
    land_readings(lake, number)
    halves = {name: rows // 2 for name, rows in each(number).items()}
    follower.wait_for_rows(lake, halves)
    assert follower.ended() == 0
    told = [json.loads(line) for line in follower.out.read_text().splitlines()]
    assert {line["schema"] for line in told} == {"stedi.follow/1"}
    assert sum(line["new_files"] for line in told) <= 1 + 2 * number
    assert all(line["waited_s"] < 60 for line in told)
    assert "What is published is whole" in follower.err.read_text()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_though_somebody_else_holds_the_lake(lake: Lake, following: Begin, by: int) -> None:
    land_people(lake)
    with lake.lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        follower = following(lake, "--every", 0.2)
        follower.wait_for("another command holds this lake")
        time.sleep(1.5)
        assert follower.ended(by) == 0
    said = follower.err.read_text()
    assert said.count("another command holds this lake") == 1
    assert "stopping after the batch under way" in said and "stopped: 0 releases" in said
    assert follower.out.read_text() == ""


def test_the_batch_under_way_is_ended_first(lake: Lake, following: Begin) -> None:
    land_people(lake)
    land_readings(lake, 1, of=4_000)
    follower = following(lake)
    follower.wait_until(lake.scratch.exists)
    assert follower.ended() == 0
    assert follower.out.read_text().count("release 1 ") == 1
    assert not lake.scratch.exists()


def test_a_process_that_has_grown_begins_anew_and_nobody_notices(lake: Lake, following: Begin) -> None:
    land_people(lake)
    begins_anew = "import stedi.following.memory as memory\nmemory.GROWN_BYTES = -1"
    follower = following(lake, "--every", 0.2, "--json", "--count", 2, first=begins_anew)
    follower.wait_until(lambda: bool(follower.curated()))
    land_readings(lake, 1)
    assert follower.process.wait(LONGEST_S) == 0
    assert rows(lake) == each(1)
    said = follower.err.read_text()
    assert said.count("following ") == 1
    assert "stopped: 2 releases of 3 files, 38 lines" in said


def kill_and_follow(lake: Lake, following: Begin, kills: int, seed: int) -> None:
    """Land files without a pause under followers that are killed at random instants; compare with one run."""
    rng = random.Random(seed)
    land_people(lake)
    number = 0
    for _ in range(kills):
        follower = following(lake, "--every", 0, "--json")
        until = None
        while until is None or time.monotonic() < until:
            number += 1
            land_readings(lake, number)
            time.sleep(0.1)
            if until is None and (lake.scratch.exists() or follower.out.read_text()):
                until = time.monotonic() + rng.uniform(0, 1.5)
        assert follower.ended(signal.SIGKILL) == -signal.SIGKILL
    last = following(lake, "--every", 0, "--json")
    last.wait_for_rows(lake, each(number))
    assert last.ended() == 0
    at_once = lake_with_keys(lake.root.parent / "at_once", buckets=lake.buckets)
    shutil.copytree(lake.landing, at_once.landing, dirs_exist_ok=True)
    run(at_once, full=True)
    assert contents(lake) == contents(at_once)
    assert files_on_disk(lake) == files_reached(lake)
    with reading(lake) as read:
        assert releases_recorded(lake) == list(range(1, read.release.number + 1))


def test_killed_at_a_random_instant(lake: Lake, following: Begin) -> None:
    kill_and_follow(lake, following, kills=1, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 14))
def test_killed_at_many_random_instants(lake: Lake, following: Begin, seed: int) -> None:
    kill_and_follow(lake, following, kills=15, seed=seed)
