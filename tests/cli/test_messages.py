"""What commands say of a lake agrees with the lake, and with what other commands say."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stedi.lake.config import opened
from stedi.run.gate import NOT_PUBLISHED
from stedi.run.procedures import Procedure, save

Stedi = Callable[..., Any]


@pytest.fixture
def lake(stedi: Stedi, fleet: Path, tmp_path: Path) -> Path:
    """A lake whose files are read in place."""
    done = stedi("--lake", tmp_path / "lake", "run", "--landing", fleet)
    assert done.code == 0 and "passed, every line accounted for" in done.out
    return tmp_path / "lake"


def releases_told(stedi: Stedi, lake: Path) -> int:
    """How many releases there are, by all that tell it."""
    told = stedi("--lake", lake, "status", "--json").json
    rows = {each["name"]: each for each in told["tables"]}
    counted = stedi("--lake", lake, "query", "select count(*) from releases", "--json").json["rows"][0][0]
    listed = len(stedi("--lake", lake, "snapshots", "--json").json["releases"])
    assert rows["releases"]["rows"] == counted == listed == told["release"]
    assert rows["releases"]["snapshot"] is not None
    return listed


def test_status_counts_the_releases(stedi: Stedi, lake: Path) -> None:
    assert releases_told(stedi, lake) == 1
    assert re.search(r"^landing +releases +1 +[0-9]+$", stedi("--lake", lake, "status").out, re.M)


def test_a_run_says_which_release_it_published(stedi: Stedi, lake: Path, fleet: Path, tmp_path: Path) -> None:
    """Files that bring no row make a release; nothing new makes none."""
    again = stedi("--lake", lake, "run", "--landing", fleet)
    assert "Nothing new: no row changed, release 1 is the newest" in again.out
    more = shutil.copytree(fleet, tmp_path / "more") / "customer"
    (more / "junk.json").write_text("junk\n")
    told = stedi("--lake", lake, "plan", "--landing", tmp_path / "more")
    assert "landed_files" in told.out and "no row would leave a trusted table" in told.out
    done = stedi("--lake", lake, "run", "--landing", tmp_path / "more", "--json").json
    assert (done["release"], done["published"], done["changed"]) == (2, True, False)
    assert releases_told(stedi, lake) == 2
    (more / "other.json").write_text("other junk\n")
    shown = stedi("--lake", lake, "run", "--landing", tmp_path / "more").out
    assert "No row of a trusted or curated table changed; release 3 was published" in shown
    assert "still stands" not in shown
    assert releases_told(stedi, lake) == 3
    after = stedi("--lake", lake, "run", "--landing", tmp_path / "more", "--json").json
    assert (after["release"], after["published"]) == (3, False)


@pytest.mark.parametrize("command", ["run", "plan"])
def test_files_read_in_place_are_not_denied(stedi: Stedi, lake: Path, command: str) -> None:
    refused = stedi("--lake", lake, command)
    assert refused.code == 2
    assert "Nothing has landed" not in refused.err
    assert "landing zone is empty; files that are read in place are named with each run" in refused.err
    assert f"stedi --lake {lake} run --landing DIR" in refused.err


def test_status_says_that_an_erasure_is_not_complete(
    stedi: Stedi, lake: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEDI_KEYS", str(home / "keys"))
    save(opened(lake), Procedure("20260101T000000-abcdef", "erase", 1, "requested"))
    told = stedi("--lake", lake, "status")
    assert told.code == 0
    assert "request 20260101T000000-abcdef is not complete: rows of that person may be counted" in told.err
    assert f"stedi --lake {lake} privacy resume" in told.err


def test_nobody_asked_to_leave(stedi: Stedi, lake: Path) -> None:
    assert "Nobody asked" in stedi("--lake", lake, "privacy", "status").out


def test_a_failed_gate_speaks_of_no_release_that_may_not_be_there() -> None:
    assert NOT_PUBLISHED == "Nothing was published; what readers see is unchanged."


def test_commands_in_messages_name_the_lake(stedi: Stedi, lake: Path, tmp_path: Path) -> None:
    """Whoever types what a message says asks the same lake, and not `./lake`."""
    asked = tmp_path / "who.txt"
    asked.write_text("niemand@nowhere.example\n")
    done = stedi("--lake", lake, "privacy", "withdraw", "--email-file", asked, "--yes")
    assert done.code == 2
    assert f": stedi --lake {lake} privacy withdraw --email-file FILE|- --yes --unknown" in done.err
    done = stedi("--lake", lake, "privacy", "certificate", "20260101T000000-000000")
    assert f": stedi --lake {lake} privacy status" in done.err
    asked.write_text("person1@example.org\n")
    done = stedi("--lake", lake, "privacy", "erase", "--email-file", asked, "--yes")
    assert (done.code, "stedi --lake ANOTHER land FOLDER" in done.err) == (2, True)
    empty = tmp_path / "empty"
    assert stedi("--lake", empty, "init").code == 0
    done = stedi("--lake", empty, "maintain", "--json")
    assert f"stedi --lake {empty} run" in done.err
