"""Recordings of real walks: both layouts, and truth without bounces."""

from pathlib import Path

import numpy as np
import pytest

from recording_folders import LEFT, PHONE_NS, STARTED_NS, counting_rows, with_contacts, write
from stedi.ground.errors import UsageError
from stedi_fleet.recordings import find, read
from stedi_fleet.recordings.names import circumstances


def test_a_folder_of_two_files(tmp_path: Path) -> None:
    walk = read(with_contacts(tmp_path))
    assert (walk.phone, walk.person, walk.surface, walk.position) == ("Pixel", "Ann", "Hard", "InHand")
    assert walk.t_ms[:3].tolist() == [0.0, 20.0, 40.0]
    assert walk.rate_hz == pytest.approx(50.0)
    assert walk.acceleration[26].tolist() == [0.5, 9.05, -0.25]
    assert walk.left_ms is not None
    assert walk.left_ms[:2].tolist() == [1050.0, 2050.0]
    assert walk.true_steps_ms[:3].tolist() == [1050.0, 1550.0, 2050.0]
    assert len(walk.true_steps_ms) == 36
    assert walk.masked == ()
    assert (walk.hardware_count, walk.algorithm_count) == (None, None)


def test_a_foot_that_bounces_steps_once(tmp_path: Path) -> None:
    bounced = with_contacts(tmp_path, left=[*LEFT, 54, 104])
    assert read(bounced).true_steps_ms.tolist() == read(with_contacts(tmp_path / "b")).true_steps_ms.tolist()


def test_contacts_missed_on_one_foot_are_masked(tmp_path: Path) -> None:
    walk = read(with_contacts(tmp_path, left=[at for at in LEFT if at not in (80, 90)]))
    assert walk.masked == ((7050.0, 10050.0),)
    assert walk.is_known(np.array([7049.0, 7050.0, 9000.0, 10050.0])).tolist() == [True, False, False, True]
    assert len(walk.true_steps_ms) == 34


def test_a_stand_is_not_masked(tmp_path: Path) -> None:
    left, right = ([at for at in foot if not 60 < at < 120] for foot in (LEFT, range(15, 190, 10)))
    assert read(with_contacts(tmp_path, left=left, right=right)).masked == ()


def test_a_foot_that_was_never_seen_is_masked_from_end_to_end(tmp_path: Path) -> None:
    walk = read(with_contacts(tmp_path, left=[]))
    assert walk.masked == ((0.0, 19950.0),)


def test_a_contact_sensor_that_was_not_read_is_masked(tmp_path: Path) -> None:
    folder = with_contacts(tmp_path)
    rows = (folder / "stepcounter.csv").read_text().splitlines()
    (folder / "stepcounter.csv").write_text("\n".join(rows[:61] + rows[65:]))
    (stretch,) = read(folder).masked
    assert stretch == (6050.0, np.nextafter(6550.0, np.inf))


def test_one_file_with_counts(tmp_path: Path) -> None:
    file = write(tmp_path / "user1_bag_1506421989895.csv", counting_rows())
    walk = read(file)
    assert (walk.name, walk.person, walk.position) == ("user1_bag_1506421989895", "User1", "Purse")
    assert walk.true_steps_ms[:2].tolist() == [500.0, 1000.0]
    assert (len(walk.true_steps_ms), walk.algorithm_count, walk.hardware_count) == (39, 33, 36)
    assert walk.left_ms is None
    assert read(tmp_path).true_steps_ms.tolist() == walk.true_steps_ms.tolist()


def test_counts_from_before_the_recording_do_not_count_and_a_count_may_begin_anew(tmp_path: Path) -> None:
    rows = counting_rows()
    for i, row in enumerate(rows):
        row[5] = 100 + i // 25 if i < 500 else (i - 500) // 25
    walk = read(write(tmp_path / "walk.csv", rows))
    assert walk.true_steps_ms[0] == 500.0
    assert len(walk.true_steps_ms) == 19 + 19
    assert walk.person == "unknown"


def test_two_steps_told_at_once_are_two(tmp_path: Path) -> None:
    rows = counting_rows()
    for row in rows:
        row[5] = 2 * (int(str(row[5])) // 2)
    assert len(read(write(tmp_path / "walk.csv", rows)).true_steps_ms) == 38


def test_headings_are_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path / "walk.csv", [["time", "x", "y", "z", "a", "b", "c"], *counting_rows()])
    assert len(read(file).t_ms) == 1000


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("Samsung_Dario_Hard_ArmBand_1", "Armband"),
        ("Samsung_Dario_Hard_Backpocket_2", "BackPocket"),
        ("user2_neckpouch_1506423094931", "NeckPouch"),
        ("user2_HAND_1506423094931", "InHand"),
    ],
)
def test_positions_have_one_spelling(name: str, position: str) -> None:
    told = circumstances(name)
    assert told is not None
    assert told.position == position


@pytest.mark.parametrize("name", ["stepcounter_1503502498728", "A_B_C_D_1", "Pixel_Ann_Hard_InHand_x", ""])
def test_other_names_tell_nothing(name: str) -> None:
    assert circumstances(name) is None


def test_all_recordings_below_a_folder_are_found(tmp_path: Path) -> None:
    one = with_contacts(tmp_path / "data")
    two = write(tmp_path / "more" / "walk.csv", counting_rows())
    write(
        tmp_path / "stats.csv",
        [["#dir", "user", "phone", "position", "surface", "duration", "steps"], ["a"] * 7],
    )
    assert find(tmp_path) == [one, two]


@pytest.mark.parametrize("folder", ["gone", "."])
def test_a_folder_without_recordings_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(UsageError, match="nothing was read"):
        find(tmp_path / folder)


def test_times_equal_to_the_nanosecond_are_kept(tmp_path: Path) -> None:
    rows = counting_rows()
    rows[7][0] = rows[6][0]
    walk = read(write(tmp_path / "walk.csv", rows))
    assert walk.t_ms[6] == walk.t_ms[7] == 6 * PHONE_NS / 1e6
    assert rows[0][0] == STARTED_NS


def test_the_oxford_recordings(oxford: Path) -> None:
    walks = [read(path) for path in find(oxford)]
    assert len(walks) == 48
    assert {walk.person for walk in walks} == {"Carmelo", "Dario", "Jamie"}
    assert {walk.position for walk in walks} == {
        "Armband", "BackPocket", "FrontPocket", "InHand", "NeckPouch", "Purse", "SwingingArm",
    }  # fmt: skip
    assert sum(len(walk.true_steps_ms) for walk in walks) == 13_631
    assert round(sum(walk.t_ms[-1] for walk in walks) / 1000) == 7652
    assert {round(walk.rate_hz, -2) for walk in walks} == {100.0, 200.0, 400.0}
