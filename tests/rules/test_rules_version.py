"""A lake is built anew where the rules have another version, and a rule that changed has one."""

import json
from pathlib import Path
from typing import Any

import pytest

from contents import contents
from rules_rows import COMMAND, STORED, rows_of_today
from stedi.asking.reader import store_with_releases
from stedi.building import changes, rules_version
from stedi.building.changes import Cause
from stedi.building.rules_version import RULES_VERSION
from stedi.building.run_context import Run
from stedi.curated import sessions
from stedi.lake.config import Lake, create
from stedi.run.reports import RunReport
from stedi.run.run import run
from tiny_landing import AT, land

WHERE = "src/stedi/building/rules_version.py"
NOW = AT + 86_400_000


def fault(stored: dict[str, Any], rows: dict[str, dict[str, str]], version: int) -> str:
    """What is wrong with a version and the rows that were stored for it; nothing: an empty text."""
    differing = sorted(
        f"{table} ({window})"
        for window, tables in rows.items()
        for table in tables.keys() | stored["rows"][window].keys()
        if tables.get(table) != stored["rows"][window].get(table)
    )
    if differing and version == stored["version"]:
        return (
            f"The same landing zone makes other rows than before: {', '.join(differing)}.\n"
            f"If a rule was to change, raise RULES_VERSION in {WHERE}, or lakes that exist keep rows of the "
            f"rule before; then store the new rows: {COMMAND}\nIf none was, the change is a fault."
        )
    if differing or version != stored["version"]:
        return f"RULES_VERSION is {version}, rows are stored of {stored['version']}. Store them: {COMMAND}"
    return ""


def test_rows_change_with_the_version_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    found = fault(json.loads(STORED.read_text()), rows_of_today(tmp_path), RULES_VERSION)
    assert not found, found


@pytest.mark.parametrize(
    ("rows", "version", "told"),
    [
        ({"t": "a", "u": "b"}, 1, ""),
        ({"t": "a", "u": "x"}, 1, "other rows than before: u (w)"),
        ({"t": "a"}, 1, "other rows than before: u (w)"),
        ({"t": "a", "u": "b", "new": "c"}, 1, "other rows than before: new (w)"),
        ({"t": "a", "u": "x"}, 2, "Store them"),
        ({"t": "a", "u": "b"}, 2, "Store them"),
    ],
)
def test_the_fault_is_told_with_what_to_do(rows: dict[str, str], version: int, told: str) -> None:
    found = fault({"version": 1, "rows": {"w": {"t": "a", "u": "b"}}}, {"w": rows}, version)
    assert told in found and bool(told) == bool(found)
    assert not found or COMMAND in found


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = create(tmp_path / "lake", buckets=2)
    land(lake.landing)
    return lake


def ran(lake: Lake) -> RunReport:
    return run(lake, clock=lambda: NOW)


def test_another_version_builds_everything_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(lake)
    assert ran(lake).causes == frozenset()
    before = contents(lake)
    monkeypatch.setattr(rules_version, "RULES_VERSION", RULES_VERSION + 1)
    assert ran(lake).causes == {Cause.RULES}
    assert ran(lake).causes == frozenset()
    assert contents(lake) == before


def test_a_lake_that_knows_bytes_of_code_is_built_anew_once(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = changes.inputs

    def of_bytes(run: Run) -> str:
        known = json.loads(told(run))
        del known["rules"]
        return json.dumps({"code": "0" * 64, **known})

    with monkeypatch.context() as patched:
        patched.setattr(changes, "inputs", of_bytes)
        patched.setattr(changes, "follows_todays_rules", lambda release: False)
        # As published by an early version, whose `since` is not asked.
        run(lake, clock=lambda: NOW)
    with store_with_releases(lake) as (_, releases):
        assert "rules" not in json.loads(releases[-1].inputs)
    assert ran(lake).causes == {Cause.RULES}
    assert ran(lake).causes == frozenset()


def test_nothing_of_a_file_of_code_is_in_what_a_release_follows(lake: Lake) -> None:
    ran(lake)
    with store_with_releases(lake) as (_, releases):
        known = json.loads(releases[-1].inputs)
    assert known.keys() == {"rules", "window", "buckets", "clock_faults", "key"}
    assert known["rules"] == RULES_VERSION


def test_a_rule_that_changes_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr(sessions, "GAP_MS", sessions.GAP_MS + 1)
    found = fault(json.loads(STORED.read_text()), rows_of_today(tmp_path), RULES_VERSION)
    assert "machine_learning_curated (from_consent)" in found
    assert "consent (" not in found
