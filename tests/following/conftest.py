"""Lakes that are followed: by this process, step by step, or by one of its own that can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import preforked
from killed import lake_with_keys
from small_lake import AT, DAY, landed, reading, record
from stedi.asking.reader import reading as reading_lake
from stedi.lake.config import Lake

LONGEST_S = 120
READINGS = 9


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake that nothing has landed in."""
    return lake_with_keys(tmp_path / "lake", buckets=2)


@pytest.fixture
def peopled(lake: Lake) -> Lake:
    """A lake in which the records of two people have landed."""
    land_people(lake)
    return lake


def land_people(lake: Lake) -> None:
    place(lake, "customer", "people.json", [record(1, "Ann"), record(2, "Ben")])


def land_readings(lake: Lake, number: int, of: int = READINGS) -> None:
    """Land a file of each sensor: readings of both people that no other number has."""
    ats = [1_000 * number + 20 * k for k in range(of)]
    place(
        lake, "accelerometer", f"{number}.json", [{**reading(n, at), "y": 0.25} for n in (1, 2) for at in ats]
    )
    steps = [
        {"sensorReadingTime": AT + DAY + at, "serialNumber": record(n, "")["serialNumber"],
         "distanceFromObject": 100}
        for n in (1, 2) for at in ats
    ]  # fmt: skip
    place(lake, "step_trainer", f"{number}.json", steps)


def place(lake: Lake, source: str, name: str, lines: list[Any]) -> None:
    """Let a file appear whole, as `stedi land` does."""
    landed(lake, source, f"{name}.part", lines).rename(lake.landing / source / name)


def rows(lake: Lake) -> dict[str, int]:
    """Rows of the newest release."""
    with reading_lake(lake) as read:
        return {
            name: read.release.rows[name]
            for name in ("accelerometer_trusted", "step_trainer_trusted", "machine_learning_curated")
        }


def each(readings: int) -> dict[str, int]:
    """What `rows` are after so many files of each sensor."""
    names = ("accelerometer_trusted", "step_trainer_trusted", "machine_learning_curated")
    return dict.fromkeys(names, readings * 2 * READINGS)


class Following:
    """A process that follows a lake."""

    def __init__(self, lake: Lake, folder: Path, *options: object, first: str = "") -> None:
        self.out, self.err = folder / "out", folder / "err"
        program = f"{first}\n{preforked.STEDI}"
        command = [sys.executable, "-c", program, "--lake", lake.root, "follow", *options]
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdout=out, stderr=err, env=os.environ | {"COLUMNS": "200"}
            )

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + LONGEST_S
        while not is_so():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < until, self.out.read_text() + self.err.read_text()
            time.sleep(0.02)

    def wait_for(self, text: str) -> None:
        """Wait until it said something."""
        self.wait_until(lambda: text in self.out.read_text() + self.err.read_text())

    def wait_for_rows(self, lake: Lake, expected: dict[str, int]) -> None:
        """Wait until a release has so many rows."""
        number = expected["machine_learning_curated"]
        self.wait_until(lambda: any(n == number for n in self.curated()))
        assert rows(lake) == expected

    def curated(self) -> list[int]:
        lines = [line for line in self.out.read_text().splitlines() if line.startswith("{")]
        return [json.loads(line)["tables"]["machine_learning_curated"]["rows"] for line in lines]

    def ended(self, by: int = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(by)
        return self.process.wait(LONGEST_S)


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Callable[..., Following]]:
    """Start processes that follow; those that still do at the end are killed."""
    begun: list[Following] = []

    def begin(lake: Lake, *options: object, first: str = "") -> Following:
        folder = tmp_path / f"follower-{len(begun)}"
        folder.mkdir()
        begun.append(Following(lake, folder, *options, first=first))
        return begun[-1]

    yield begin
    for each_begun in begun:
        if each_begun.process.poll() is None:
            each_begun.process.kill()
            each_begun.process.wait()
