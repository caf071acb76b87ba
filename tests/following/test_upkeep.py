"""A follower keeps a lake small, and the more so the older a release is."""

import fcntl
from dataclasses import replace
from typing import Any

import pytest

from stedi.asking.reader import ReleaseGoneError, reading, store_with_releases
from stedi.building.releases import Release
from stedi.following import upkeep
from stedi.following.upkeep import NEWEST_KEPT, Upkeep, thinned
from stedi.ground.errors import QualityGateError
from stedi.lake.config import Lake
from stedi.landing import releases as releases_table
from stedi.trusted import accelerometer

from .conftest import each, land_readings, rows
from .steps import follow

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
NOON_MS = 1_700_049_600_000
"""2023-11-15 12:00 UTC."""


def release(number: int, minutes_ago: int) -> Release:
    return Release(number, "r", 0, "{}", None, {}, {}, {}, NOON_MS - minutes_ago * MINUTE_MS)


def test_old_releases_are_thinned() -> None:
    # Every ten minutes for ten days; the last one now.
    history = [release(n, 10 * (1440 - n)) for n in range(1, 1441)]
    kept = thinned(history, NOON_MS)
    assert kept == sorted(kept, key=lambda each: each.number)
    assert kept[-NEWEST_KEPT:] == history[-NEWEST_KEPT:]
    minutes_ago = [(NOON_MS - each.published_at) // MINUTE_MS for each in kept[:-NEWEST_KEPT]]
    # The last of each of six whole days and of what of yesterday is a day ago; then of each hour.
    days = [10 + 60 * hours for hours in (156, 132, 108, 84, 60, 36)]
    assert minutes_ago == [*days, 1440, *(10 + 60 * hours for hours in range(23, 3, -1)), 200]


def test_a_few_releases_all_stay() -> None:
    history = [release(n, 5 - n) for n in range(1, 6)]
    assert thinned(history, NOON_MS) == history
    assert thinned(history[:1], NOON_MS) == history[:1]


def test_a_clock_that_was_ahead_keeps_what_it_published() -> None:
    ahead = [replace(release(n, 0), published_at=NOON_MS + n) for n in range(1, 30)]
    assert thinned(ahead, NOON_MS)[-1] == ahead[-1]


def follow_batches(lake: Lake, batches: int, **more: Any) -> Any:
    def lands(number: int) -> Any:
        return lambda: land_readings(lake, number)

    return follow(lake, [None, *(lands(n) for n in range(1, batches)), None], **more)


def test_small_files_are_merged_at_their_time(peopled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "DUE", 3)
    monkeypatch.setattr(upkeep, "NEWEST_KEPT", 2)
    monkeypatch.setattr(upkeep, "KEEP_DAYS", 0)
    done: list[Any] = []
    follow_batches(peopled, 5, upkeep=Upkeep(peopled, tell=done.append))
    assert len(done) == 1 and {each.table.name for each in done[0].compacted} >= {
        "landed_files", "accelerometer_trusted", "releases",
    }  # fmt: skip
    assert rows(peopled) == each(4)
    with store_with_releases(peopled) as (store, _):
        # The release of the merged files, and those after it.
        assert len(store.files(releases_table.TABLE)) == 3
    # A process that begins anew knows how many there were.
    follow(peopled, [lambda: land_readings(peopled, 5), None], upkeep=Upkeep(peopled, tell=done.append))
    assert len(done) == 2
    assert rows(peopled) == each(5)
    with pytest.raises(ReleaseGoneError), reading(peopled, at=1) as read:
        read.files(accelerometer.TABLE)


def test_nothing_is_merged_while_somebody_holds_the_lake(
    peopled: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(peopled, [None])
    monkeypatch.setattr(upkeep, "DUE", 1)
    failed: list[Exception] = []
    keeper = Upkeep(peopled, failed=failed.append)
    with peopled.lock.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not keeper.keep_small(0, 0)
    assert keeper.keep_small(5, 0) and not failed


def test_what_keeps_files_from_being_merged_does_not_hold_up_batches(
    peopled: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: Any, **__: Any) -> Any:
        raise QualityGateError("Not compacted.", ["rows differ"])

    monkeypatch.setattr(upkeep, "DUE", 1)
    monkeypatch.setattr(upkeep, "maintain", refuses)
    failed: list[Exception] = []
    heard = follow_batches(peopled, 3, upkeep=Upkeep(peopled, failed=failed.append))
    assert heard.words == ["release 1", "release 2", "release 3"]
    assert {type(error) for error in failed} == {QualityGateError}


def test_in_quiet_times_it_is_time_sooner(peopled: Lake) -> None:
    follow(peopled, [None])
    keeper = Upkeep(peopled)
    assert not keeper.keep_small(0, 100)
    assert not keeper.keep_small(9, 29)
    assert keeper.keep_small(9, 31)
