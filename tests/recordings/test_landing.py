"""Recordings land like any customer's files, and all of them arrive in machine_learning_curated."""

import json
from pathlib import Path

import numpy as np
import pytest

from recording_folders import STARTED_NS, contact_rows, counting_rows, with_contacts, write
from stedi.ground.errors import UsageError
from stedi.tables import SOURCES
from stedi_fleet.recordings import read
from stedi_fleet.recordings.distance import BASE_MM, distance
from stedi_fleet.recordings.landing import beginnings, land, provenance
from stedi_fleet.recordings.owners import address


def landed(landing: Path, source: str) -> list[dict[str, object]]:
    return [
        json.loads(line)
        for file in sorted((landing / source).iterdir())
        for line in file.read_text().splitlines()
    ]


def content(landing: Path) -> dict[str, bytes]:
    return {str(p.relative_to(landing)): p.read_bytes() for p in landing.rglob("*") if p.is_file()}


@pytest.fixture
def walks(tmp_path: Path) -> Path:
    folder = tmp_path / "walks"
    for name in ("Pixel_Ann_Hard_InHand_1", "Pixel_ann_Hard_Purse_1", "Nexus_Bob_Hard_ArmBand_1"):
        with_contacts(folder, name=name)
    return folder


def test_a_person_is_one_customer_who_consented_before_the_first_recording(
    walks: Path, tmp_path: Path
) -> None:
    told = land(walks, tmp_path / "landing", SOURCES, key=bytes(32))
    assert (told.recordings, told.people, told.readings, told.steps) == (3, 2, 3000, 108)
    assert (told.placed.copied, told.placed.skipped) == (3 + 3 + 2, 0)
    customers = {c["email"]: c for c in landed(tmp_path / "landing", "customer")}
    assert set(customers) == {address("Ann"), address("Bob")}
    first = min(int(str(r["timestamp"])) for r in landed(tmp_path / "landing", "accelerometer"))
    assert all(int(str(c["shareWithResearchAsOfDate"])) < first - 24 * 3_600_000 for c in customers.values())
    serials = {r["serialNumber"] for r in landed(tmp_path / "landing", "step_trainer")}
    assert serials == {c["serialNumber"] for c in customers.values()}
    assert len(serials) == 2


def test_recordings_of_a_person_lie_an_hour_apart_at_least(walks: Path, tmp_path: Path) -> None:
    land(walks, tmp_path / "landing", SOURCES, key=bytes(32))
    of_ann = sorted(
        int(str(row["timestamp"]))
        for row in landed(tmp_path / "landing", "accelerometer")
        if row["user"] == address("Ann")
    )
    assert sum(gap > 3_600_000 for gap in np.diff(of_ann)) == 1


def test_recordings_whose_names_tell_one_hour_lie_apart_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stedi_fleet.recordings.landing.PLACES", 2)
    names = [f"Pixel_Ann_Hard_InHand_{number}" for number in range(6)]
    begun = beginnings([with_contacts(tmp_path, name=name) for name in names])
    assert np.diff(sorted(begun.values())).min() >= 2 * 3_600_000


def test_the_same_recordings_give_the_same_bytes_whatever_lies_beside(walks: Path, tmp_path: Path) -> None:
    land(walks, tmp_path / "landing", SOURCES, key=bytes(32))
    before = content(tmp_path / "landing")
    again = land(walks, tmp_path / "landing", SOURCES, key=bytes(32))
    assert (again.placed.copied, again.placed.skipped) == (0, 8)
    with_contacts(walks, name="Pixel_Ann_Hard_BackPocket_1")
    land(walks, tmp_path / "landing", SOURCES, key=bytes(32))
    after = content(tmp_path / "landing")
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 2
    assert not any("ann" in name.lower() for name in after)


def test_readings_of_one_ms_become_two_and_keep_their_values(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path / "walks")
    rows = [
        [STARTED_NS + i * 1_250_000, 3, float(np.float32(9 + i % 7 / 7)), -0.0, 1e-5] for i in range(16_000)
    ]
    rows[11][0] = rows[10][0]
    write(folder / "accelerometer.csv", rows)
    land(tmp_path / "walks", tmp_path / "landing", SOURCES, key=bytes(32))
    readings = landed(tmp_path / "landing", "accelerometer")
    at = np.array([int(str(row["timestamp"])) for row in readings])
    assert len(readings) == 16_000
    assert np.all(np.diff(at) > 0)
    assert np.abs((at - at[0]) - read(folder).t_ms).max() <= 1.5
    assert [row["x"] for row in readings] == [row[2] for row in rows]
    assert readings[0]["y"] == 0.0


def test_readings_that_fall_in_too_few_ms_are_refused(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path / "walks")
    rows = [[STARTED_NS + (i // 50) * 10**9, 3, 9.8, 0.0, i / 1e6] for i in range(1000)]
    write(folder / "accelerometer.csv", rows)
    with pytest.raises(UsageError, match="too many readings in one ms"):
        land(tmp_path / "walks", tmp_path / "landing", SOURCES, key=bytes(32))


def test_a_dip_at_every_contact_and_no_reading_where_contacts_are_missing(tmp_path: Path) -> None:
    walk = read(with_contacts(tmp_path, left=[at for at in range(10, 190, 10) if at not in (80, 90)]))
    at_ms, mm = distance(walk)
    assert walk.masked == ((7050.0, 10050.0),)
    assert not np.any((at_ms > 7200) & (at_ms < 9900))
    known = walk.true_steps_ms[walk.is_known(walk.true_steps_ms)]
    assert set(known) <= set(at_ms[mm < BASE_MM - 100])
    assert np.count_nonzero(mm < BASE_MM - 100) == len(known) + 1
    assert mm[0] == BASE_MM


def test_a_recording_that_was_only_counted_is_read_each_100_ms(tmp_path: Path) -> None:
    walk = read(write(tmp_path / "user1_hand_1.csv", counting_rows()))
    at_ms, mm = distance(walk)
    assert np.diff(at_ms).tolist() == [100.0] * (len(at_ms) - 1)
    assert np.count_nonzero(mm < BASE_MM - 100) == len(walk.true_steps_ms)


def test_all_faults_are_told_and_nothing_lands(walks: Path, tmp_path: Path) -> None:
    with_contacts(walks, name="morning")
    with_contacts(walks / "copy", name="Pixel_Ann_Hard_InHand_1")
    broken = with_contacts(walks, name="Pixel_Cid_Hard_InHand_1")
    write(broken / "stepcounter.csv", [*contact_rows([], []), ["x"]])
    with pytest.raises(UsageError, match="No recording was landed") as refused:
        land(walks, tmp_path / "landing", SOURCES, key=bytes(32))
    for told in ("does not tell who walked", "another recording has its name", "is not the 3 numbers"):
        assert told in str(refused.value)
    assert not (tmp_path / "landing").exists()


@pytest.mark.parametrize("name", ["", "Oxford", "a b", "a--b", "../x", "a\n"])
def test_a_data_set_has_a_plain_name(name: str) -> None:
    with pytest.raises(UsageError, match="nothing was landed"):
        provenance(name)
