"""What the README tells a reader to type does what it says."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker import Mosquitto

README = Path(__file__).resolve().parents[2] / "README.md"


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.M | re.S)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line.removeprefix(".venv/bin/stedi ") for line in lines if line.startswith(".venv/bin/stedi ")]


@pytest.mark.parametrize("command", [c for c in commands() if not c.startswith(("collect", "follow"))])
def test_the_readmes_commands_run(
    stedi: Callable[..., Any], built: Path, fleet: Path, recordings: Path, tmp_path: Path, command: str
) -> None:
    places = {"demo/lake": str(built), "FOLDER": str(fleet), "RECORDINGS": str(recordings)}
    arguments = [places.get(word, word) for word in shlex.split(command)]
    done = stedi(*arguments, folder=tmp_path)
    assert done.code == 0, done.err


def test_the_readmes_collector_listens(
    stedi: Callable[..., Any], mosquitto: Mosquitto, tmp_path: Path
) -> None:
    [command] = [c for c in commands() if c.startswith("collect")]
    # It would go on until somebody stops it.
    done = stedi(*shlex.split(command.replace("HOST", mosquitto.address)), "--for", 1, folder=tmp_path)
    assert done.code == 0 and "listening" in done.err, done.err


def test_there_are_some() -> None:
    assert len(commands()) >= 6


def test_the_readmes_follower_runs(stedi: Callable[..., Any], built: Path, tmp_path: Path) -> None:
    [command] = [c for c in commands() if c.startswith("follow")]
    # It would go on until somebody stops it.
    done = stedi("--lake", built, *shlex.split(command), "--for", 1, folder=tmp_path)
    assert (done.code, done.out) == (0, ""), done.err
