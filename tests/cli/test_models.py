"""`stedi models`, and what becomes of them when somebody withdraws, as a stranger sees it."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def lake(home: Path, model: Path) -> Path:
    assert (model / "card.md").exists()
    return home / "walkers"


def test_models_are_listed_shown_and_not_promoted_unjudged(stedi: Callable[..., Any], lake: Path) -> None:
    listed = stedi("--lake", lake, "models", "--json").json
    assert listed["schema"] == "stedi.models/1"
    (only,) = listed["models"]
    assert (only["state"], only["provenance"], only["count_error_percent"]) == (
        "candidate",
        "simulated",
        None,
    )
    assert only["version"] in stedi("--lake", lake, "models").out
    shown = stedi("--lake", lake, "models", "show", "newest", "--json")
    source = shown.json["source"]
    # How many, and no digest of anybody.
    assert source["people"] == only["people"] and shown.json["state"] == "candidate"
    card = stedi("--lake", lake, "models", "show", only["version"]).out
    assert card.startswith(f"# Step detector {only['version']}") and "simulated customers" in card
    promoted = stedi("--lake", lake, "models", "promote", "newest")
    assert promoted.code == 3 and "judged on people left out" in promoted.err
    for version in ("nobody", "current", "../walkers"):
        assert stedi("--lake", lake, "models", "promote", version).code == 2


def test_where_a_copy_goes_is_asked_first(stedi: Callable[..., Any], lake: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    for place in (tmp_path / "mine", lake / "models/copy", "/proc/model"):
        done = stedi("--lake", lake, "train", "--out", place)
        assert done.code == 2, done.err
        assert "features" not in done.err


@pytest.mark.long
def test_whoever_withdraws_is_in_no_model(
    stedi: Callable[..., Any], lake: Path, fleet_of_walkers: Path, tmp_path: Path
) -> None:
    (before,) = stedi("--lake", lake, "models", "--json").json["models"]
    with (fleet_of_walkers / "truth/customers.csv").open() as file:
        people = [row["email"] for row in csv.DictReader(file) if row["kind"] == "consent_at_registration"]
    (tmp_path / "person.txt").write_text(people[0] + "\n")
    request = ("--email-file", tmp_path / "person.txt")
    done = stedi("--lake", lake, "privacy", "withdraw", *request, "--yes", "--json")
    assert done.code == 0, done.err
    assert (done.json["stale_models"], done.json["models_retrained"]) == (1, 1)
    old, new = stedi("--lake", lake, "models", "--json").json["models"]
    assert (old["version"], old["state"], old["path"]) == (before["version"], "stale_consent", None)
    assert (old["replaced_by"], new["state"]) == (new["version"], "candidate")
    assert new["people"] == before["people"] - 1 and new["sha256"] != before["sha256"]
    again = stedi("--lake", lake, "train", "--replace-stale", "--json")
    assert again.code == 0 and again.json["by"] == {old["version"]: new["version"]}
    assert stedi("--lake", lake, "models", "show", old["version"]).code == 2
    assert stedi("--lake", lake, "privacy", "verify", *request).code == 0
