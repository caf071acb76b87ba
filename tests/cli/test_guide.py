"""The guide from recordings to steps, typed as it stands, on some of the recordings."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs/train-a-detector.md"

SOME = (
    "Pixel_Jamie_Hard_BackPocket_1",
    "Samsung_Carmelo_Hard_BackPocket_1",
)


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(), re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert all(line.startswith(".venv/bin/stedi ") for line in lines)
    return [line.removeprefix(".venv/bin/stedi ") for line in lines]


@pytest.mark.long
def test_from_recordings_landed_to_steps_as_they_happen(
    stedi: Callable[..., Any], data_folder: Path, tmp_path: Path
) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for name in SOME:
        (recordings / name).symlink_to(data_folder / "oxford/optimisation/data" / name)
    places = {"RECORDINGS": str(recordings), "READINGS": str(recordings / SOME[1] / "accelerometer.csv")}
    told = {}
    for command in commands():
        words = shlex.split(command)
        if "MODEL" in words:
            (model,) = stedi("--lake", "walks", "models", "--json", folder=tmp_path).json["models"]
            assert model["state"] == "current"
            places["MODEL"] = model["path"]
        done = stedi(*(places.get(word, word) for word in words), folder=tmp_path)
        assert done.code == 0, done.err
        told[words[2] if words[0] == "--lake" else words[0]] = done
    steps = [json.loads(line) for line in told["detect"].out.splitlines()]
    assert {frozenset(step) for step in steps} == {frozenset({"step_ms", "emitted_ms"})}
    # It has learnt from this one: 314 contacts.
    assert 305 <= len(steps) <= 323
    assert all(step["emitted_ms"] >= step["step_ms"] for step in steps)
