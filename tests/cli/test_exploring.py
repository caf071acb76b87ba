"""Commands that look into a lake."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stedi = Callable[..., Any]

COMMANDS = (
    "demo", "init", "simulate", "land", "run", "status", "check", "query", "show", "reconcile",
    "snapshots", "diff", "audit", "keys",
)  # fmt: skip
GROUPS = ("audit", "keys")
READING = (
    ("status",),
    ("check",),
    ("query", "select 1 as one"),
    ("show", "consent"),
    ("reconcile",),
    ("snapshots",),
    ("diff", "consent", "--from", "1"),
)


def test_every_command_is_listed_and_has_help_with_an_example(stedi: Stedi) -> None:
    listed = stedi("--help")
    assert listed.code == 0
    for command in COMMANDS:
        assert re.search(rf"^\s+{command}\s", listed.out, re.M)
        if command not in GROUPS:
            assert "Example: stedi" in stedi(command, "--help").out


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_json_names_its_schema(stedi: Stedi, built: Path, arguments: tuple[str, ...]) -> None:
    done = stedi("--lake", built, *arguments, "--json")
    assert done.code == 0
    assert done.json["schema"] == f"stedi.{arguments[0]}/1"


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: arguments[0])
def test_without_a_lake(stedi: Stedi, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    refused = stedi("--lake", tmp_path / "none", *arguments, "--json")
    assert refused.code == 2
    assert json.loads(refused.err)["exit_code"] == 2
    assert refused.out == ""
    assert not (tmp_path / "none").exists()


def test_a_lake_without_a_release_says_how_to_make_one(stedi: Stedi, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    stedi("--lake", lake, "init")
    refused = stedi("--lake", lake, "status")
    assert refused.code == 2
    assert f"stedi --lake {lake} run" in refused.err


def test_count_and_join(stedi: Stedi, built: Path, fleet: Path) -> None:
    expected = json.loads((fleet / "truth/expected.json").read_text())["lake"]["from_consent"]
    counted = stedi("--lake", built, "query", "select count(*) from machine_learning_curated", "--json")
    assert counted.json["rows"] == [[expected["machine_learning_curated"]]]
    join = "accelerometer_trusted a join customer_trusted c on a.person = c.person"
    joined = stedi("--lake", built, "query", f"select count(*) from {join}", "--json")
    assert joined.json["rows"] == [[expected["accelerometer_trusted"]]]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from customer_trusted",
        "select email from customer_trusted",
        "select coalesce(email, phone) from customer_trusted",
        "select list(c.email), any_value(c.phone) from customer_trusted c",
        "select * from quarantine",
        "select * from customer_landing",
        "with c as (select * from customer_staged) select * from c",
        "select email from customer_trusted union select path from landed_files",
    ],
)
def test_identifiers_are_masked(stedi: Stedi, built: Path, fleet: Path, sql: str) -> None:
    done = stedi("--lake", built, "query", sql, "--json")
    assert done.code == 0
    assert "masked:" in done.out.casefold()
    emails = {line.split(",")[0] for line in (fleet / "truth/steps.csv").read_text().splitlines()[1:]}
    assert emails
    assert not [email for email in emails if email.casefold() in done.out.casefold()]


def test_revealed_with_a_reason_that_is_audited(stedi: Stedi, built: Path) -> None:
    done = stedi(
        "--lake", built, "query", "select email from customer_trusted", "--reveal", "a test", "--json"
    )
    assert "@" in done.out
    entry = json.loads((built / "audit.ndjson").read_text().splitlines()[-1])
    assert (entry["event"], entry["reason"], entry["tables"]) == ("reveal", "a test", ["customer_trusted"])
    assert "@" not in json.dumps(entry)


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("select count(*) from acelerometer_trusted", "`accelerometer_trusted`"),
        ("select serialnumbr from customer_trusted", "serialnumber"),
        ("select * from customer_trusted c join nothing n on true", "no table `nothing`"),
        ("selec 1", "syntax error"),
        ("", "one SELECT"),
        ("select 1; select 2", "one SELECT"),
        ("delete from consent", "one SELECT"),
        ("create table t as select 1", "one SELECT"),
        ("copy (select 1) to 'out.csv'", "one SELECT"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
        ("select * from '/etc/passwd'", "no table"),
        ("attach 'x.db'", "one SELECT"),
        ("select * from duckdb_secrets()", "disabled"),
        ("select cast(email as int) from customer_landing", "`customer_landing.email` is masked"),
        ("select upper(email) from customer_trusted", "--reveal REASON"),
        ("select cast(reason as int) from landed_files where reason is not null", "try_cast"),
        ("select * from query_table('customer_trusted_raw')", "no table"),
    ],
)
def test_a_query_that_cannot_be_answered(stedi: Stedi, built: Path, sql: str, hint: str) -> None:
    done = stedi("--lake", built, "query", sql)
    assert done.code == 2
    assert hint in done.err
    assert "Traceback" not in done.err
    assert "/work" not in done.err.replace(str(built), "")


def test_show_tells_what_a_column_means(stedi: Stedi, built: Path) -> None:
    done = stedi("--lake", built, "show", "machine_learning_curated", "--limit", "2")
    assert "Time since the session's first reading." in done.out
    assert done.code == 0
    assert "did you mean" in stedi("--lake", built, "show", "machine_learning").err


def test_hostile_names_reach_no_terminal(stedi: Stedi, built: Path) -> None:
    done = stedi("--lake", built, "query", "select customername from customer_staged", "--reveal", "a test")
    assert "\x1b" not in done.out
    for command in ("status", "reconcile"):
        assert "\x1b" not in stedi("--lake", built, command).out


def test_status_and_check_agree(stedi: Stedi, built: Path) -> None:
    told = stedi("--lake", built, "status", "--json").json
    for source in told["sources"]:
        assert source["total_lines"] == source["plain"] + source["envelopes"]
        assert source["plain"] + source["readings"] == sum(source["lines"].values())
        assert source["lines"]["accepted"] == sum(source["dispositions"].values())
    assert stedi("--lake", built, "check").code == 0
