"""What a message tells the user to type can be typed as it stands."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stedi.cli import whole_commands

Stedi = Callable[..., Any]
INSTALLED = Path(sys.executable).with_name("stedi")


def test_a_folder_that_is_not_there_names_the_commands_that_help(stedi: Stedi, tmp_path: Path) -> None:
    lake = tmp_path / "a lake"
    assert stedi("--lake", lake, "init").code == 0
    for command in (["land", tmp_path / "none"], ["run", "--landing", tmp_path / "none"]):
        told = stedi("--lake", lake, *command)
        assert told.code == 2
        assert f"There is no folder {tmp_path / 'none'}; nothing was read." in told.err
        assert f": stedi --lake '{lake}' land FOLDER\n" in told.err
        assert f": stedi --lake '{lake}' run --landing FOLDER\n" in told.err


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        (["privacy", "erase", "--email-file", "none"], "privacy erase --email-file FILE|-"),
        (["privacy", "find", "--email-file", "none"], "privacy find --email-file FILE|-"),
        (["privacy", "certificate"], "privacy certificate --email-file FILE|-"),
        (["maintain", "--keep", "1", "--keep-days", "2"], "maintain --help"),
        (["maintain", "--keep", "0"], "maintain --help"),
        (["show", "nothing"], "show --help"),
        (["keys", "rotate", "nothing"], "keys rotate --help"),
        (["quarantine", "list"], "run"),
    ],
)
def test_a_remedy_is_a_whole_command(stedi: Stedi, tmp_path: Path, command: list[str], remedy: str) -> None:
    lake = tmp_path / "lake"
    assert stedi("--lake", lake, "init").code == 0
    told = stedi("--lake", lake, *command)
    assert told.code == 2
    assert f": stedi --lake {lake} {remedy}" in told.err, told.err


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """What is said after `init`, and of a folder that is not there."""

    def call(typed: str, path: str = "/usr/bin:/bin", cwd: Path = tmp_path) -> tuple[str, str]:
        told = {**os.environ, "PATH": path, "HOME": str(tmp_path), "STEDI_KEYS": str(tmp_path / "keys")}
        script = f"{typed} --lake l init; {typed} --lake l land none"
        done = subprocess.run(["/bin/sh", "-c", script], cwd=cwd, env=told, capture_output=True, text=True)
        lines = done.stderr.splitlines()
        hint = next(line for line in lines if line.startswith("next: "))
        return hint.split(" --lake")[0].removeprefix("next: "), next(
            line.rpartition(": ")[2].split(" --lake")[0]
            for line in lines
            if "land FOLDER" in line and line != hint
        )

    return call


def test_commands_are_called_as_the_user_called_this_one(
    said: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    own = tmp_path / "bin"
    own.mkdir()
    assert said("stedi", f"{INSTALLED.parent}:/usr/bin:/bin") == ("stedi",) * 2
    assert said(str(INSTALLED)) == (str(INSTALLED),) * 2
    (own / "stedi").symlink_to(INSTALLED)
    assert said("stedi", f"{own}:/usr/bin:/bin") == ("stedi",) * 2
    assert said("./bin/stedi", f"{own}:/usr/bin:/bin") == ("bin/stedi",) * 2
    (own / "stedi").unlink()
    (own / "stedi").write_text(f'#!/bin/sh\nexec {INSTALLED} "$@"\n')
    (own / "stedi").chmod(0o755)
    assert said("stedi", f"{own}:/usr/bin:/bin") == ("stedi",) * 2
    # Another program of that name is not this one.
    (own / "stedi").write_text("#!/bin/sh\n")
    assert said(str(INSTALLED), f"{own}:/usr/bin:/bin") == (str(INSTALLED),) * 2


def test_a_program_of_another_name_is_called_by_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-c"])
    assert whole_commands.called() == "stedi"
