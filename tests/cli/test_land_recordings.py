"""`stedi land recordings`, and that data of different provenance never meets in a lake."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recording_folders import with_contacts

Stedi = Callable[..., Any]

CUSTOMER = '{"user":"a@example.org","timestamp":1700000000000,"x":1,"y":1,"z":1}\n'


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    (tmp_path / "customers/accelerometer").mkdir(parents=True)
    (tmp_path / "customers/accelerometer/a.json").write_text(CUSTOMER)
    return tmp_path / "customers"


def provenance(lake: Path) -> str:
    return str(json.loads((lake / "lake.json").read_text())["provenance"])


def test_recordings_land_and_run(stedi: Stedi, recordings: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    landed = stedi("--lake", lake, "land", "recordings", recordings, "--json")
    assert landed.code == 0, landed.err
    assert landed.json == {
        "schema": "stedi.land_recordings/1", "provenance": "recordings:oxford-step-counter",
        "recordings": 2, "people": 2, "readings": 2000, "distances": 400, "steps": 72,
        "copied": 6, "skipped": 0,
    }  # fmt: skip
    assert stedi("--lake", lake, "land", "recordings", recordings, "--json").json["skipped"] == 6
    done = stedi("--lake", lake, "run", "--json")
    assert done.code == 0, done.err
    assert done.json["tables"]["machine_learning_curated"]["rows"] == 2000
    assert provenance(lake) == "recordings:oxford-step-counter"
    shown = stedi("--lake", lake, "land", "recordings", recordings).out
    assert shown.startswith(
        "2 recordings of 2 people landed: 2,000 phone readings, 400 distances from 72 steps"
    )


def test_customers_and_fleets_do_not_join_recordings(
    stedi: Stedi, recordings: Path, customers: Path, fleet: Path, tmp_path: Path
) -> None:
    lake = tmp_path / "lake"
    assert stedi("--lake", lake, "land", "recordings", recordings).code == 0
    before = sorted((lake / "landing").rglob("*"))
    for arguments in (
        ("land", customers, "--settle", 0), ("land", fleet), ("run", "--landing", customers),
        ("run", "--landing", fleet), ("land", "recordings", recordings, "--data-set", "another"),
    ):  # fmt: skip
        refused = stedi("--lake", lake, *arguments)
        assert refused.code == 2, arguments
        assert "never mixed" in refused.err
    assert sorted((lake / "landing").rglob("*")) == before


def test_recordings_do_not_join_others(
    stedi: Stedi, recordings: Path, customers: Path, fleet: Path, tmp_path: Path
) -> None:
    assert stedi("--lake", tmp_path / "a", "land", customers, "--settle", 0).code == 0
    assert stedi("--lake", tmp_path / "b", "run", "--landing", fleet).code == 0
    assert [provenance(tmp_path / name) for name in "ab"] == ["stedi", "simulated"]
    for name in "ab":
        refused = stedi("--lake", tmp_path / name, "land", "recordings", recordings)
        assert refused.code == 2
        assert "never mixed" in refused.err


def test_an_empty_lake_becomes_what_lands_first(stedi: Stedi, recordings: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert stedi("--lake", lake, "init").code == 0
    assert provenance(lake) == "stedi"
    assert stedi("--lake", lake, "land", "recordings", recordings).code == 0
    assert provenance(lake) == "recordings:oxford-step-counter"
    assert stedi("--lake", lake, "audit", "verify").code == 0
    assert '"provenance_set"' in (lake / "audit.ndjson").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("recordings", "nowhere"), "There is no folder"),
        (("recordings", "."), "holds no recording"),
        (("walks", "walks"), "Two folders were named"),
        (("recordings", "walks", "--data-set", "A B"), "small letters"),
    ],
)
def test_what_cannot_be_landed(stedi: Stedi, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    with_contacts(tmp_path / "walks", name="Pixel_Ann_Hard_InHand_1")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    given = [str(tmp_path / "walks") if word == "walks" else word for word in arguments]
    refused = stedi("--lake", tmp_path / "lake", "land", *given, folder=folder)
    assert refused.code == 2
    assert told in refused.err
    assert "nothing was" in refused.err
    assert not (tmp_path / "lake").exists()
