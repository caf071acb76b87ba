"""`stedi quarantine replay` as somebody calls it whose lines were a few seconds ahead of the clock."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stedi = Callable[..., Any]

TOLERANCE_MS = 300_000
AHEAD_MS = 6_000


def line(at_ms: int, x: float) -> str:
    return json.dumps({"user": "ana@example.com", "timestamp": at_ms, "x": x, "y": 0.5, "z": 9.8}) + "\n"


@pytest.fixture
def ahead(tmp_path: Path, stedi: Stedi) -> tuple[Path, Path]:
    """A lake with two lines that are accepted once `AHEAD_MS` have passed, and one long after."""
    lake, given = tmp_path / "lake", tmp_path / "given"
    (given / "accelerometer").mkdir(parents=True)
    assert stedi("--lake", lake, "init").code == 0
    at = time.time_ns() // 1_000_000 + TOLERANCE_MS
    lines = [line(at + AHEAD_MS, 1.0), line(at + AHEAD_MS, 2.0), line(at + 86_400_000, 1.0), "{\n"]
    (given / "accelerometer" / "a.json").write_text("".join(lines))
    assert stedi("--lake", lake, "land", given, "--settle", 0).code == 0
    assert stedi("--lake", lake, "run").code == 0
    return lake, given


def test_a_replay_is_counted_then_carried_out(ahead: tuple[Path, Path], stedi: Stedi) -> None:
    lake = ahead[0]
    time.sleep(AHEAD_MS / 1000)
    tried = stedi("--lake", lake, "quarantine", "replay", "--dry-run")
    told = "accelerometer refused lines read again: 4   2 accepted, 1 still refused as FUTURE, "
    assert tried.out == f"{told}1 still refused as BAD_JSON\n"
    assert stedi("--lake", lake, "quarantine", "list", "--reason", "future").code == 0
    done = stedi("--lake", lake, "quarantine", "replay", "--reason", "future", "--json").json
    assert done["schema"] == "stedi.quarantine_replay/1"
    assert done["replayed"] == {
        "accelerometer": {
            "read": {"FUTURE": 3}, "accepted": 2, "duplicate": 0, "blank": 0, "erased": 0,
            "refused": {"FUTURE": 1},
        }
    }  # fmt: skip
    assert (done["published"], done["dry_run"]) == (True, False)
    again = stedi("--lake", lake, "quarantine", "replay")
    assert again.out.splitlines()[0].startswith("accelerometer refused lines read again: 2   1 still refused")
    assert stedi("--lake", lake, "check").code == 0
    left = stedi("--lake", lake, "quarantine", "list", "--json").json["refused"]
    assert [(each["reason"], each["lines"]) for each in left] == [("BAD_JSON", 1), ("FUTURE", 1)]


def test_what_cannot_be_followed_is_refused(ahead: tuple[Path, Path], stedi: Stedi) -> None:
    lake = ahead[0]
    done = stedi("--lake", lake, "quarantine", "replay", "--reason", "LATE")
    assert (done.code, done.out) == (2, "")
    assert "There is no reason LATE; nothing was read." in done.err
    for options in ([], ["--dry-run"]):
        done = stedi("--lake", lake, "quarantine", "replay", "--file", "accelerometer/b.json", *options)
        assert (done.code, done.out) == (2, "")
        assert f"stedi --lake {lake} quarantine list" in done.err


def test_nothing_to_read(tmp_path: Path, stedi: Stedi) -> None:
    lake = tmp_path / "lake"
    assert stedi("--lake", lake, "init").code == 0
    (tmp_path / "given/customer").mkdir(parents=True)
    (tmp_path / "given/customer/a.json").write_text("")
    assert stedi("--lake", lake, "run", "--landing", tmp_path / "given", "--settle", 0).code == 0
    for options in ([], ["--dry-run"]):
        done = stedi("--lake", lake, "quarantine", "replay", *options)
        assert (done.code, done.out.splitlines()[0]) == (
            0, "No refused line of that kind can be read again.",
        )  # fmt: skip


def test_the_file_is_landed_again_once_the_time_has_come(ahead: tuple[Path, Path], stedi: Stedi) -> None:
    lake, given = ahead
    time.sleep(AHEAD_MS / 1000)
    assert "1 there already" in stedi("--lake", lake, "land", given, "--settle", 0).out
    plan = stedi("--lake", lake, "plan")
    assert plan.code == 0
    done = stedi("--lake", lake, "run")
    told = "accelerometer refused lines read again: 3   2 accepted, 1 still refused as FUTURE"
    assert told in done.out.splitlines()
    again = stedi("--lake", lake, "run", "--json").json
    assert (again["replayed"], again["published"]) == ({}, False)
    assert stedi("--lake", lake, "check").code == 0
    assert list(lake.glob("landed_again/*")) == []
