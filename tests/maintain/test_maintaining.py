"""Maintenance makes files fewer and changes no row, killed anywhere too."""

import signal
from typing import Any

import pyarrow.parquet as pq
import pytest

from contents import contents
from keeping import RUNS, Grown, killed, land_next, orphans
from stedi.asking.reader import ReleaseGoneError, reading, store_with_releases
from stedi.audit import verify
from stedi.building.releases import RELEASED
from stedi.ground.errors import QualityGateError, UsageError
from stedi.ground.failpoints import POINTS
from stedi.lake.config import create
from stedi.landing import customer, releases
from stedi.staging.ledger import Ledger
from stedi.store.compaction import groups
from stedi.tables import STAGED
from stedi.upkeep.maintenance import kept_releases, maintain

MAINTAINS = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.upkeep.maintenance import maintain

maintain(opened(Path(sys.argv[1])), keep=1)
"""

QUICK = ("maintain.table:2", "maintain.released")
POINTS_OF_MAINTENANCE = [
    *QUICK,
    *(pytest.param(point, marks=pytest.mark.long) for point in POINTS if point.startswith("maintain.")),
    pytest.param("maintain.table_expired:7", marks=pytest.mark.long),
]


def data_files(grown: Grown) -> int:
    with reading(grown.lake) as reader:
        return sum(len(reader.files(each)) for each in (*RELEASED, releases.TABLE))


def ledger(grown: Grown) -> list[Any]:
    with store_with_releases(grown.lake) as (store, _):
        return Ledger.of(store).entries


def test_files_become_few_and_the_next_run_finds_nothing(grown: Grown) -> None:
    before, files, known = contents(grown.lake), data_files(grown), ledger(grown)
    done = maintain(grown.lake, keep=1)
    assert done.changed
    assert data_files(grown) < files
    assert done.after.files < done.before.files
    assert contents(grown.lake) == before
    assert ledger(grown) == known
    assert orphans(grown.lake) == []
    with reading(grown.lake) as reader:
        for each in RELEASED:
            assert len(reader.files(each)) <= (grown.lake.buckets if each.partition else 1)

    ran = grown.run()
    assert not ran.changed
    assert ran.release.number == done.release
    again = maintain(grown.lake, keep=1)
    assert (again.changed, again.release) == (False, done.release)
    assert verify(grown.lake).entries


@pytest.mark.parametrize(
    "seed", [pytest.param(s, marks=[] if s < 1 else pytest.mark.long) for s in range(30)]
)
def test_runs_with_maintenance_between_equal_a_full_rebuild(tmp_path: Any, seed: int) -> None:
    grown = Grown(create(tmp_path / "lake", buckets=3), seed=100 + seed)
    for number in range(4):
        land_next(grown, runs=True)
        maintain(grown.lake, keep=1 + number % 2)
    land = contents(grown.lake)
    grown.run(full=True)
    assert contents(grown.lake) == land


@pytest.mark.parametrize("point", POINTS_OF_MAINTENANCE)
def test_killed_anywhere_the_next_run_finds_nothing_to_build(grown: Grown, point: str) -> None:
    before = contents(grown.lake)
    assert killed(grown.lake, MAINTAINS, point) == -signal.SIGKILL
    ran = grown.run()
    assert not ran.changed
    assert contents(grown.lake) == before
    assert orphans(grown.lake) == []
    maintain(grown.lake, keep=1)
    assert contents(grown.lake) == before
    assert not maintain(grown.lake, keep=1).changed


def test_killed_and_maintained_again(grown: Grown) -> None:
    before = contents(grown.lake)
    assert killed(grown.lake, MAINTAINS, "maintain.written:3") == -signal.SIGKILL
    assert maintain(grown.lake, keep=1).changed
    assert contents(grown.lake) == before
    assert not grown.run().changed


def test_recovery_keeps_rows_that_were_compacted(grown: Grown) -> None:
    maintain(grown.lake, keep=1)
    before = contents(grown.lake)
    land_next(grown, runs=False)
    assert killed(grown.lake, RUNS, "stage.rows", grown.now) == -signal.SIGKILL
    grown.landed -= 1
    for file in grown.lake.landing.rglob("3.json"):
        file.unlink()
    grown.run()
    assert contents(grown.lake) == before


def test_what_is_not_published_is_not_compacted(grown: Grown) -> None:
    land_next(grown, runs=False)
    assert killed(grown.lake, RUNS, "run.built", grown.now) == -signal.SIGKILL
    with pytest.raises(UsageError, match="not published yet"):
        maintain(grown.lake, keep=1)
    grown.run()
    assert maintain(grown.lake, keep=1).changed


def test_a_file_that_lacks_a_row_is_never_committed(grown: Grown, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(grown.lake)
    write = pq.write_table
    monkeypatch.setattr(pq, "write_table", lambda rows, *a, **named: write(rows.slice(1), *a, **named))
    with pytest.raises(QualityGateError, match="does not hold the rows"):
        maintain(grown.lake, keep=1)
    monkeypatch.setattr(
        pq, "write_table", lambda rows, *a, **named: write(rows.take([0, *range(len(rows) - 1)]), *a, **named)
    )
    with pytest.raises(QualityGateError, match="does not hold the rows"):
        maintain(grown.lake, keep=1)
    monkeypatch.undo()
    assert contents(grown.lake) == before
    assert not grown.run().changed
    assert orphans(grown.lake) == []


def test_releases_that_are_kept_can_be_read_and_others_not(grown: Grown) -> None:
    counted = {}
    for number in (1, 2, 3):
        with reading(grown.lake, number) as reader:
            counted[number] = sum(f.rows for f in reader.stored_files(STAGED[1]))
    done = maintain(grown.lake, keep=3)
    assert (done.release, done.oldest_readable) == (4, 2)
    for number in (2, 3):
        with reading(grown.lake, number) as reader:
            files = reader.stored_files(STAGED[1])
            assert sum(pq.read_metadata(f.path).num_rows for f in files) == counted[number]
    with reading(grown.lake, 1) as reader, pytest.raises(ReleaseGoneError):
        reader.stored_files(STAGED[1])


def test_small_files_are_merged_by_bucket_and_big_ones_left(grown: Grown) -> None:
    with store_with_releases(grown.lake) as (store, _):
        files = store.files(customer.TABLE)
    for group in groups(files):
        assert len({file.bucket for file in group}) == 1
        assert len(group) > 1


def test_which_releases_are_kept(grown: Grown) -> None:
    with store_with_releases(grown.lake) as (_, known):
        ends = [release.published_at for release in known]
        day = 86_400_000
        assert kept_releases(known, 2, 0, 0) == known[-2:]
        assert kept_releases(known, 99, 0, 0) == known
        assert kept_releases(known, None, 1, ends[-1] + 2 * day) == known[-1:]
        # Release 2 was the newest until release 3 was published.
        assert kept_releases(known, None, 1, ends[2] + day) == known[1:]
        assert kept_releases(known, None, 1, ends[2] + day + 1) == known[2:]
