"""What a follower does with what lands, and with what keeps it from publishing."""

import errno
import fcntl
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from small_lake import record
from stedi.following import following
from stedi.following.pace import Pace
from stedi.following.troubles import MOST_FAULTS
from stedi.ground.errors import (
    CatalogMissingError,
    KeyMissingError,
    LakeMissingError,
    PrivacyGateError,
    QualityGateError,
)
from stedi.lake.config import Lake
from stedi.run import procedures
from stedi.run.procedures import COMPLETE, Procedure
from stedi.staging.landed_again import keep_landed_again

from .conftest import each, land_people, land_readings, place, rows
from .steps import AT_ONCE, Heard, follow


def raising(error: Exception, times: int) -> Callable[[pytest.MonkeyPatch], None]:
    def arrange(patch: pytest.MonkeyPatch) -> None:
        real, left = following.run, [error] * times

        def run(*arguments: Any, **more: Any) -> Any:
            if left:
                raise left.pop()
            return real(*arguments, **more)

        patch.setattr(following, "run", run)

    return arrange


def test_each_batch_is_a_release_and_nothing_is_looked_at_twice(peopled: Lake) -> None:
    heard = follow(
        peopled, [None, lambda: land_readings(peopled, 1), None, lambda: land_readings(peopled, 2)]
    )
    assert heard.words == ["release 1", "release 2", "release 3"]
    assert [report.stage.listed for report in heard.reports] == [1, 2, 2]
    assert rows(peopled) == each(2)


def test_a_landing_zone_that_is_not_there_yet(lake: Lake) -> None:
    heard = follow(lake, [None, None, lambda: land_people(lake), None])
    assert heard.words == ["nothing there", "release 1"]


def test_a_landing_zone_that_goes_meanwhile(peopled: Lake) -> None:
    away = peopled.root.parent / "away"
    things = [
        None,
        lambda: (peopled.landing / "customer").rename(away),
        None,
        lambda: away.rename(peopled.landing / "customer"),
        lambda: land_readings(peopled, 1),
    ]
    heard = follow(peopled, things)
    assert heard.words == ["release 1", "nothing there", "nothing new", "release 2"]


def test_a_batch_waits_for_the_least_time_between_releases(peopled: Lake) -> None:
    waits = Pace(every_s=3600, look_s=0, others_s=0)
    heard = follow(peopled, [None, lambda: land_readings(peopled, 1), None, None], pace=waits)
    assert heard.words == ["release 1"]


def test_a_file_read_in_place_is_not_taken_while_it_may_be_written(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "landing/customer").mkdir(parents=True)
    path = tmp_path / "landing/customer/a.json"
    half = json.dumps(record(1, "Ann"))
    heard = follow(
        lake, [None, lambda: path.write_text(half[:20]), None], landing=tmp_path / "landing", settle_s=60
    )
    assert [(w, r.stage.unsettled) for w, r in zip(heard.words, heard.reports, strict=True)] == [
        ("release 1", 0)
    ]
    # And one that already stood there when it began is not waited for with the lake in its hands.
    heard = follow(lake, [None, None], landing=tmp_path / "landing", settle_s=60)
    assert [r.stage.unsettled for r in heard.reports] == [1]


def test_a_file_that_changed_while_it_was_read_is_looked_at_again(
    peopled: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, told = following.run, [1, 0]

    def run(*arguments: Any, **more: Any) -> Any:
        report = real(*arguments, **more)
        if more["names"]:
            report.stage.unsettled = told.pop(0)
        return report

    monkeypatch.setattr(following, "run", run)
    heard = follow(peopled, [None, lambda: land_readings(peopled, 1), None, None])
    assert heard.words == ["release 1", "release 2", "nothing new"]


def test_another_run_holds_the_lake(peopled: Lake) -> None:
    lock = peopled.lock.open("a")

    def hold() -> None:
        fcntl.flock(lock, fcntl.LOCK_EX)
        land_readings(peopled, 1)

    heard = follow(peopled, [None, hold, None, None, lambda: fcntl.flock(lock, fcntl.LOCK_UN)])
    assert heard.words == ["release 1", "waiting for lake", "release 2"]
    lock.close()


def test_people_are_being_removed(peopled: Lake) -> None:
    one = Procedure("20260101T000000-abcdef", "erase", 1, "requested")

    def begins() -> None:
        procedures.save(peopled, one)
        land_readings(peopled, 1)

    def ends() -> None:
        procedures.save(peopled, Procedure(one.request, one.kind, 1, COMPLETE))

    heard = follow(peopled, [None, begins, None, None, ends])
    assert heard.words == ["release 1", "removing people", "release 2"]


REFUSED = {
    "the quality gate": QualityGateError("Nothing was published: lines do not add up.", ["a"]),
    "the privacy gate": PrivacyGateError("Nothing was published: a row stands without consent.", ["a"]),
    "a full disk": OSError(errno.ENOSPC, "No space left on device"),
    "a catalog that somebody took away": CatalogMissingError("catalog.db"),
    "what nobody foresaw": ZeroDivisionError(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_keeps_a_batch_from_being_published_is_told_once(
    peopled: Lake, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    raising(REFUSED[name], 3)(monkeypatch)
    heard = follow(peopled, [None] * 5)
    kind = type(REFUSED[name]).__name__
    assert heard.words == [f"failed: {kind}", "release 1", "goes on after 3"] or heard.words == [
        f"failed: {kind}",
        "goes on after 3",
        "release 1",
    ]


def test_a_failure_is_tried_again_less_and_less_often(peopled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(REFUSED["the quality gate"], 100)(monkeypatch)
    waits: list[float] = []

    class Counting(Heard):
        def failed(self, error: Exception, again_s: float) -> None:
            waits.append(again_s)

    slow = Pace(every_s=0, look_s=0, others_s=0, retry_s=3600)
    follow(peopled, [None] * 20, pace=slow, listener=Counting())
    assert [round(wait) for wait in waits] == [60]


def test_what_nobody_foresaw_ends_it_when_it_goes_on(peopled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(ZeroDivisionError(), 100)(monkeypatch)
    left = iter(range(100))
    with pytest.raises(ZeroDivisionError):
        follow(peopled, ((lambda: next(left)) for _ in range(50)))
    assert next(left) == MOST_FAULTS


def test_a_missing_key_ends_it(peopled: Lake) -> None:
    key = peopled.keys.path("pseudonym")  # type: ignore[union-attr]
    with pytest.raises(KeyMissingError):
        follow(peopled, [None, key.unlink, lambda: land_readings(peopled, 1), None])


def test_a_lake_that_was_taken_away_ends_it(peopled: Lake) -> None:
    with pytest.raises(LakeMissingError):
        follow(peopled, [None, lambda: shutil.rmtree(peopled.root), None])


def test_time_alone_makes_a_batch(peopled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    real, looked = following.run, list[Any]()

    def run(*arguments: Any, **more: Any) -> Any:
        looked.append(more["names"])
        return real(*arguments, **more)

    monkeypatch.setattr(following, "run", run)
    # A consent from a time to come, which comes while nothing lands.
    soon = following.now_ms() + 5_000
    place(peopled, "customer", "later.json", [record(3, "Eve", shareWithResearchAsOfDate=soon)])
    heard, until = Heard(), time.monotonic() + 60
    waits = iter(lambda: len(heard.words) == 2 or time.monotonic() > until, True)
    follow(peopled, (None for _ in waits), pace=Pace(every_s=0, look_s=0.1, others_s=0), listener=heard)
    assert heard.words == ["release 1", "release 2"]
    assert looked == [None, []]


def test_files_that_were_landed_again_are_heard_of(peopled: Lake) -> None:
    heard = follow(
        peopled, [None, lambda: keep_landed_again(peopled, [peopled.landing / "customer/people.json"]), None]
    )
    assert heard.words == ["release 1", "nothing new"]


def test_every_file_is_looked_at_now_and_then(peopled: Lake) -> None:
    often = Pace(every_s=0, look_s=0, others_s=0, whole_run_s=0)
    heard = follow(peopled, [None, None], pace=often)
    assert heard.words == ["release 1", "nothing new"]
    assert [report.stage.listed for report in heard.reports] == [1, 1]
    assert AT_ONCE.whole_run_s == 3600
