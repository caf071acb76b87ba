"""Whoever lands a folder is told of everything in it that was passed over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stedi = Callable[..., Any]

RECORD = b'{"customerName":"Ana","email":"ana@example.com","birthDay":"1980-01-01"}\n'
READING = b'{"user":"ana@example.com","timestamp":1655564444103,"x":1,"y":1,"z":1}\n'


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


@pytest.mark.parametrize("beside", [True, False])
def test_a_folder_of_customers_spelt_otherwise(tmp_path: Path, stedi: Stedi, beside: bool) -> None:
    given = tmp_path / "given"
    put(given, "Customer/a.json", RECORD)
    if beside:
        put(given, "accelerometer/a.json", READING)
    done = stedi("--lake", tmp_path / "lake", "land", given, "--settle", 0)
    assert done.code == (0 if beside else 2)
    assert done.err.startswith(
        "alert: Customer/ belongs to no source and was not landed: it looks like customer records, and a "
        "withdrawal of consent may be among them. Land them in customer/\n"
    )
    assert "ana" not in done.err


def test_other_folders_and_files_are_named_and_counted(tmp_path: Path, stedi: Stedi) -> None:
    given = tmp_path / "given"
    put(given, "accelerometer/a.json", READING)
    put(given, "Step-Trainer/a.json", b"{}\n")
    for number in range(12):
        put(given, f"notes{number:02}.txt", b"words\n")
    done = stedi("--lake", tmp_path / "lake", "land", given, "--settle", 0)
    lines = [line for line in done.err.splitlines() if line.startswith("alert: ")]
    assert lines[0] == (
        "alert: Step-Trainer/ belongs to no source and was not landed: a source is called step_trainer/ in "
        "small letters. Land it under that name"
    )
    assert lines[-1] == "alert: 3 more at the top of it belong to no source and were not landed"
    assert len(lines) == 11
    told = stedi("--lake", tmp_path / "lake", "land", given, "--settle", 0, "--json").json
    assert (len(told["alerts"]), told["skipped"]) == (13, 1)


def test_nothing_is_said_where_nothing_is_passed_over(tmp_path: Path, stedi: Stedi) -> None:
    put(tmp_path / "given", "customer/a.json", RECORD)
    done = stedi("--lake", tmp_path / "lake", "land", tmp_path / "given", "--settle", 0)
    assert "alert" not in done.err
