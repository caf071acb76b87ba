"""While somebody is being removed, whatever may hold them is refused: every command is in this table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import stedi
from stedi.cli.main import app
from stedi.ground.errors import PrivacyGateError
from stedi.lake.config import opened
from stedi.run import procedures
from stedi.run.procedures import Procedure
from stedi.schema.table import Kind
from stedi.tables import TABLES

Stedi = Callable[..., Any]

SHOWS_PEOPLE: dict[str, list[str]] = {
    "query": ["select 1"],
    "show": ["customer_staged"],
    "diff": ["quarantine", "--from", "1"],
    "snapshots": [],
    "quarantine list": [],
    "quarantine replay": ["--reason", "FUTURE"],
    "check": [],
    "reconcile": [],
    "run": [],
    "demo": [],
    "plan": [],
    "maintain": [],
    "train": [],
    "evaluate": [],
    "detect": ["--model", "LAKE/models/m1", "--input", "-"],
    "models": [],
    "models list": [],
    "models show": ["newest"],
    "models promote": ["newest"],
}
"""Refused, with what they are called with."""

SHOWS_NOBODY = {
    "init": "makes a lake, or says that it is there",
    "simulate": "writes people who do not exist, elsewhere",
    "land": "adds files, and shows none; the procedure or the next run looks at them",
    "collect mqtt": "adds lines, and shows none",
    "follow": "publishes nothing until it is complete, and says so",
    "status": "counts",
    "audit verify": "shows nobody",
    "keys rotate": "shows nobody; without it a lake whose key was lost could not go on",
    "privacy status": "the officer's", "privacy find": "the officer's", "privacy verify": "the officer's",
    "privacy withdraw": "completes what is not complete first", "privacy resume": "completes it",
    "privacy erase": "completes what is not complete first", "privacy certificate": "the officer's",
}  # fmt: skip
"""Allowed, and why."""


def commands(of: Any, before: str = "") -> Iterator[str]:
    for name, command in of.commands.items():
        called = f"{before}{name}"
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield called
            yield from commands(command, f"{called} ")
        else:
            yield called


@pytest.fixture(scope="module")
def removing(home: Path, stedi: Stedi, fleet: Path) -> Path:
    """A lake in which an erasure was killed."""
    lake = home / "removing"
    assert stedi("--lake", lake, "land", fleet).code == 0
    assert stedi("--lake", lake, "run").code == 0
    procedures.save(opened(lake), Procedure("20260101T000000-abcdef", "erase", 1, "requested"))
    return lake


def test_every_command_is_in_the_table() -> None:
    there = sorted(commands(typer.main.get_command(app)))
    assert there == sorted([*SHOWS_PEOPLE, *SHOWS_NOBODY])


@pytest.mark.parametrize("command", SHOWS_PEOPLE)
def test_whatever_may_hold_the_person_is_refused(command: str, removing: Path, stedi: Stedi) -> None:
    told = [each.replace("LAKE", str(removing)) for each in SHOWS_PEOPLE[command]]
    before = "--lake", removing
    done = stedi(*(() if command == "detect" else before), *command.split(), *told)
    assert (done.code, done.out) == (4, "")
    assert f"stedi --lake {removing} privacy resume" in done.err


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_every_table_is_refused(table: str, removing: Path, keys_of_home: None) -> None:
    with pytest.raises(PrivacyGateError):
        stedi.table(table, lake=removing) if _held(table) else _queried(removing, table)


@pytest.mark.parametrize("command", ["status", "privacy status", "audit verify"])
def test_the_officer_sees_how_it_stands(command: str, removing: Path, stedi: Stedi) -> None:
    assert stedi("--lake", removing, *command.split()).code == 0


def _held(name: str) -> bool:
    return next(table.kind for table in TABLES if table.name == name) is not Kind.EXTERNAL


def _queried(lake: Path, name: str) -> None:
    from stedi.asking.query import query
    from stedi.asking.reader import reading

    with reading(opened(lake)) as reader:
        query(reader, f"select * from {name}")


@pytest.fixture
def keys_of_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_KEYS", str(home / "keys"))
