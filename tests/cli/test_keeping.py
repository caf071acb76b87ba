"""The commands that look ahead and keep a lake small."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stedi_fleet.simulator import simulate

Stedi = Callable[..., Any]


@pytest.mark.parametrize("command", ["plan", "maintain"])
def test_help_has_an_example(stedi: Stedi, command: str) -> None:
    assert f"Example: stedi {command}" in stedi(command, "--help").out


def test_no_lake_is_told(stedi: Stedi, tmp_path: Path) -> None:
    for command in ("plan", "maintain"):
        done = stedi("--lake", tmp_path / "none", command)
        assert (done.code, done.out) == (2, "")
        assert "No lake in" in done.err
        assert not (tmp_path / "none").exists()


def test_plan_then_run_then_maintain(stedi: Stedi, tmp_path: Path) -> None:
    lake, fleet = tmp_path / "lake", tmp_path / "fleet"
    simulate(fleet, customers=3, minutes=0.5)
    stedi("--lake", lake, "init")
    released = stedi("--lake", lake, "maintain")
    assert released.code == 2
    assert "no release yet" in released.err

    planned = stedi("--lake", lake, "plan", "--landing", fleet, "--settle", "0", "--json")
    assert (planned.code, planned.json["schema"]) == (0, "stedi.plan/1")
    assert (planned.json["effect"], planned.json["publishes"]) == ("additive", True)
    assert planned.json["causes"] == ["nothing was published yet"]
    done = stedi("--lake", lake, "run", "--landing", fleet, "--settle", "0", "--json")
    after = {table["table"]: table["after"] for table in planned.json["tables"]}
    assert {name: told["rows"] for name, told in done.json["tables"].items()}.items() <= after.items()

    again = stedi("--lake", lake, "plan", "--landing", fleet, "--settle", "0")
    assert again.code == 0
    assert "Nothing to do: no row would change, no new release" in again.out

    kept = stedi("--lake", lake, "maintain", "--keep", "1", "--json")
    assert (kept.code, kept.json["schema"]) == (0, "stedi.maintain/1")
    assert kept.json["after"]["files"] <= kept.json["before"]["files"]
    assert "Nothing to do" in stedi("--lake", lake, "maintain", "--keep", "1").out
    both = stedi("--lake", lake, "maintain", "--keep", "1", "--keep-days", "2", "--json")
    assert (both.code, json.loads(both.err)["exit_code"]) == (2, 2)
    assert stedi("--lake", lake, "maintain", "--keep", "0").code == 2


def test_a_run_ends_though_nobody_hears_of_its_progress(tmp_path: Path) -> None:
    landed = tmp_path / "landing" / "customer"
    landed.mkdir(parents=True)
    (landed / "broken.json").write_text("{")
    command = [Path(sys.executable).with_name("stedi"), "--lake", tmp_path / "lake"]
    unheard, progress = os.pipe()
    os.close(unheard)
    run = [*command, "run", "--landing", tmp_path / "landing", "--settle", "0"]
    assert subprocess.run(run, stderr=progress, stdout=subprocess.DEVNULL, check=False).returncode == 0
    os.close(progress)
    told = subprocess.run([*command, "snapshots"], capture_output=True, text=True, check=True).stdout
    assert told.startswith("release 1")
