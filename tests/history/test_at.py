"""An older release is read as it was, but brings back nobody who left since."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from history.conftest import deliver, record, started
from line_cases import T0_MS
from stedi.asking.query import query
from stedi.asking.reader import At, LakeReader, ReleaseGoneError, readable, reading, store_with_releases
from stedi.ground.errors import PrivacyGateError, UsageError
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.store.rows import append_rows
from stedi.tables import DERIVED, STAGED, table
from stedi.upkeep.rotation import rotate

ROWS = {"accelerometer_trusted": (80, 90), "machine_learning_curated": (80, 90), "customer_trusted": (4, 4)}


def counted(lake: Lake, name: str, at: At | None) -> int:
    with reading(lake, at) as reader:
        rows = query(reader, f"select count(*) from {name}").rows
    return int(rows[0][0])


@pytest.mark.parametrize("name", ROWS)
def test_by_number_snapshot_and_time(grown: Lake, name: str) -> None:
    with store_with_releases(grown) as (_, releases):
        first, second = releases
    between = datetime.fromtimestamp(second.published_at / 1000, UTC) - timedelta(milliseconds=1)
    snapshot = first.snapshots["accelerometer_trusted"]
    assert snapshot is not None
    olds: list[At] = [1, "1", str(snapshot), snapshot, between, between.isoformat()]
    assert {counted(grown, name, at) for at in olds} == {ROWS[name][0]}
    news: list[At | None] = [None, 2, "2", datetime.now(UTC), "2999-01-01", "2999-01-01T00:00:00Z"]
    assert {counted(grown, name, at) for at in news} == {ROWS[name][1]}


def test_a_time_is_utc_unless_it_says_otherwise(grown: Lake) -> None:
    with store_with_releases(grown) as (_, releases):
        at = datetime.fromtimestamp(releases[0].published_at / 1000, UTC) + timedelta(milliseconds=1)
    with reading(grown, at.replace(tzinfo=None)) as reader:
        assert reader.release.number == 1
    with reading(grown, (at + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%S.%f+03:00")) as reader:
        assert reader.release.number == 1


@pytest.mark.parametrize("at", [0, 3, "12345678901234567890", "yesterday", "1999-01-01", "", "1.5", "-1"])
def test_what_means_no_release(grown: Lake, at: At) -> None:
    with pytest.raises(UsageError, match="nothing was read"), reading(grown, at):
        pass


@pytest.mark.parametrize("name", [t.name for t in DERIVED])
def test_who_withdrew_is_brought_back_by_no_table(left: Lake, name: str) -> None:
    with reading(left, 2) as reader, pytest.raises(PrivacyGateError, match="taken out since") as refused:
        query(reader, f"select * from {name}")
    assert "example.org" not in str(refused.value)
    assert refused.value.exit_code == 4
    assert counted(left, name, None) >= 0


@pytest.mark.parametrize("name", [t.name for t in STAGED] + ["landed_files", "releases", "customer_landing"])
def test_what_landed_is_shown_as_it_was(left: Lake, name: str) -> None:
    assert counted(left, name, 1) >= 4 or name in ("landed_files", "releases")


def test_after_a_withdrawal_the_next_releases_are_readable(left: Lake) -> None:
    with store_with_releases(left) as (_, releases):
        assert [r.number for r in releases] == [1, 2, 3]
    assert counted(left, "customer_trusted", 3) == 3


def test_a_later_start_and_a_new_key_refuse_what_they_took_out(tmp_path: Path) -> None:
    lake = started(tmp_path / "lake")
    rotate(lake, "pseudonym")
    later = {"lastUpdateDate": str(T0_MS + 10_000), "shareWithResearchAsOfDate": str(T0_MS + 100)}
    deliver(lake, "later", customer=record(1, **later) + b"\n")
    assert counted(lake, "machine_learning_curated", None) == 90 - 5
    for name in ("accelerometer_trusted", "customer_trusted", "machine_learning_curated"):
        with pytest.raises(PrivacyGateError, match="accelerometer_trusted: 5 rows left since") as refused:
            counted(lake, name, 2)
        # Side by side, old and new pseudonyms of the same rows would be a map.
        assert "customers_curated: 4 subject keys left since" in refused.value.faults


def test_a_request_not_yet_carried_out_and_an_expired_snapshot(tmp_path: Path) -> None:
    lake = started(tmp_path / "lake")
    asked = {"request": "r", "kind": "withdraw", "requested_at": 1, "about": "email", "hash": "0" * 64}
    with store_with_releases(lake) as (store, _):
        append_rows(store, requests.TABLE, [asked], "r")
    for name in ("accelerometer_trusted", "machine_learning_curated", "customer_staged"):
        with pytest.raises(PrivacyGateError, match="not yet carried out"):
            counted(lake, name, 1)
    with store_with_releases(lake) as (store, releases):
        snapshot = releases[0].snapshots["accelerometer_trusted"]
        expire = store._load(table("accelerometer_trusted")).maintenance.expire_snapshots()
        expire.by_id(snapshot).commit()
        assert [readable(store, release) for release in releases] == [False, True]
    for name in ("accelerometer_trusted", "machine_learning_curated"):
        with pytest.raises(ReleaseGoneError, match="Release 1 can no longer be read"):
            counted(lake, name, 1)
    assert counted(lake, "accelerometer_trusted", 2) == 90


def test_a_reader_of_the_newest_looks_at_no_history(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeReader, "_require_nobody_left", None)
    assert counted(grown, "customer_trusted", None) == 4
