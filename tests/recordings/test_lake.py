"""Real walks take the ordinary way: every reading and every distance arrives, pseudonymous."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import stedi
from balance import unbalanced
from stedi.asking.reader import reading
from stedi.lake.config import Lake, create
from stedi.privacy.pseudonyms import session_key
from stedi.run.run import run
from stedi.tables import SOURCES
from stedi_fleet.recordings import find, read
from stedi_fleet.recordings.distance import distance
from stedi_fleet.recordings.landing import beginnings, land, provenance
from stedi_fleet.recordings.owners import address

SUBSET = ("Samsung_Jamie_Hard_InHand_1", "Samsung_Jamie_Hard_InHand_2", "Samsung_Dario_Hard_BackPocket_1")

pytestmark = pytest.mark.data


def made(folder: Path, walks: Path) -> Lake:
    lake = create(folder / "lake", provenance=provenance("oxford-step-counter"))
    land(walks, lake.landing, SOURCES, key=lake.key("suppression"))
    run(lake)
    return lake


@pytest.fixture(scope="module")
def few(oxford: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Path]]:
    folder = tmp_path_factory.mktemp("few")
    walks = folder / "walks"
    walks.mkdir()
    for name in SUBSET:
        (walks / name).symlink_to(oxford / name)
    yield made(folder, walks), walks


def rows(lake: Lake) -> pa.Table:
    return stedi.table("machine_learning_curated", lake=lake.root).to_arrow()


def check_all_arrived(lake: Lake, folder: Path) -> int:
    """Compare every recording with its session; return how many readings there are."""
    key = lake.key("pseudonym")
    table = rows(lake).sort_by([("session", "ascending"), ("elapsed_ms", "ascending")])
    sessions = table.column("session").to_numpy()
    elapsed = table.column("elapsed_ms").to_numpy()
    offset = table.column("distance_offset_ms").to_numpy(zero_copy_only=False)
    mm = table.column("distancefromobject").to_numpy(zero_copy_only=False)
    xyz = np.stack([table.column(axis).to_numpy() for axis in "xyz"], axis=1)
    begun = beginnings(find(folder))
    assert len(set(sessions)) == len(begun)
    for path, begin_ms in begun.items():
        walk = read(path)
        session = session_key(address(walk.person), begin_ms, key)
        own = slice(*np.searchsorted(sessions, [session, f"{session}~"]))
        assert np.array_equal(xyz[own], walk.acceleration + 0.0)
        assert np.abs(elapsed[own] - walk.t_ms).max() <= 1.5
        near = ~np.isnan(offset[own])
        rebuilt = np.unique(np.stack([(elapsed[own] + offset[own])[near], mm[own][near]], axis=1), axis=0)
        at_ms, distance_mm = distance(walk)
        assert np.array_equal(rebuilt[:, 0], np.rint(at_ms))
        assert np.array_equal(rebuilt[:, 1], distance_mm)
    return len(table)


def test_every_reading_and_every_distance_of_a_few(few: tuple[Lake, Path]) -> None:
    lake, walks = few
    assert check_all_arrived(lake, walks) == 14_537 + 15_232 + 22_730
    assert unbalanced(lake) == []
    with reading(lake) as opened:
        told = opened.release.dispositions
    assert {source: set(counts) for source, counts in told.items()} == {
        source: {"passed"} for source in ("customer", "accelerometer", "step_trainer")
    }


def test_the_lake_says_whose_data_it_holds(few: tuple[Lake, Path]) -> None:
    lake, _ = few
    assert lake.provenance == "recordings:oxford-step-counter"
    assert b"jamie" not in (lake.root / "lake.json").read_bytes().lower()


@pytest.mark.long
def test_every_reading_and_every_distance_of_all(oxford: Path, tmp_path: Path) -> None:
    assert check_all_arrived(made(tmp_path, oxford), oxford) == 2_198_983
