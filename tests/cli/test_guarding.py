"""Commands about the audit log, the keys, and earlier releases."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Stedi = Callable[..., Any]


@pytest.mark.parametrize("command", [("audit", "verify"), ("keys", "rotate")], ids=" ".join)
def test_help_has_an_example(stedi: Stedi, command: tuple[str, str]) -> None:
    assert f"Example: stedi {' '.join(command)}" in stedi(*command, "--help").out


def test_a_log_is_verified_and_a_changed_one_is_told(stedi: Stedi, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert stedi("--lake", lake, "init").code == 0
    found = stedi("--lake", lake, "audit", "verify", "--json")
    assert (found.code, found.json["schema"], found.json["entries"]) == (0, "stedi.audit.verify/1", 1)
    assert "1 entry, unchanged and complete" in stedi("--lake", lake, "audit", "verify").out

    log = lake / "audit.ndjson"
    log.write_text(log.read_text().replace("lake_created", "lake_creates"))
    broken = stedi("--lake", lake, "audit", "verify")
    assert broken.code == 4
    assert "line 1: it was changed" in broken.err
    assert "Traceback" not in broken.err
    told = stedi("--lake", lake, "audit", "verify", "--json")
    assert (told.out, json.loads(told.err)["exit_code"]) == ("", 4)


def test_a_runs_log_verifies(stedi: Stedi, built: Path) -> None:
    assert stedi("--lake", built, "audit", "verify").code == 0
    entries = [json.loads(line) for line in (built / "audit.ndjson").read_text().splitlines()]
    assert entries[0]["event"] == "lake_created"
    published = next(entry for entry in entries if entry["event"] == "run_published")
    assert published["release"] == 1
    consent = published["tables"]["consent"]
    assert consent["rows"] == consent["added"] > consent["removed"] == 0


def test_a_key_is_rotated_only_with_yes(stedi: Stedi, tmp_path: Path, home: Path) -> None:
    lake = tmp_path / "lake"
    stedi("--lake", lake, "init")
    lake_id = json.loads((lake / "lake.json").read_text())["lake_id"]
    key = home / "keys" / lake_id / "pseudonym.key"
    old = key.read_text()
    plan = stedi("--lake", lake, "keys", "rotate", "pseudonym")
    assert (plan.code, key.read_text()) == (0, old)
    assert "Nothing was done" in plan.out
    assert "machine_learning_curated" in plan.out
    done = stedi("--lake", lake, "keys", "rotate", "pseudonym", "--yes", "--json")
    assert (done.code, done.json["schema"], done.json["rotated"]) == (0, "stedi.keys.rotate/1", True)
    assert key.read_text() != old
    for name in ("suppression", "audit"):
        refused = stedi("--lake", lake, "keys", "rotate", name, "--yes")
        assert refused.code == 2
        assert "never rotated" in refused.err


def test_an_earlier_release_is_queried_shown_and_compared(stedi: Stedi, built: Path) -> None:
    stedi("--lake", built, "run", "--full")
    listed = stedi("--lake", built, "snapshots", "--json").json["releases"]
    assert [release["number"] for release in listed][:2] == [1, 2]
    count = "select count(*) from customer_trusted"
    now = stedi("--lake", built, "query", count, "--json").json["rows"]
    assert stedi("--lake", built, "query", count, "--at", "1", "--json").json["rows"] == now
    same = stedi("--lake", built, "diff", "customer_trusted", "--from", "1", "--to", "2", "--json")
    assert (same.json["from"], same.json["to"], same.json["added"], same.json["removed"]) == (1, 2, 0, 0)
    refused = stedi("--lake", built, "show", "customer_trusted", "--at", "999")
    assert refused.code == 2
    assert "neither a release nor a snapshot" in refused.err
