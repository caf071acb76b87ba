"""Lines refused as FUTURE are read again when they come again, or by a replay: then their time has come."""

import gzip
import json
from collections import Counter
from typing import Any

import pytest

from contents import contents
from refused_lake import (
    ANA,
    GOOD_AND_BAD,
    at,
    entries,
    kept,
    phone,
    put,
    record,
    replay_at,
    require_closed,
    run_at,
    step,
)
from stedi.asking.reader import reading
from stedi.asking.refusals import rehearse_replay
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake


@pytest.fixture
def refused(lake: Lake) -> Lake:
    """A lake in which lines of every source were refused, most of them because they tell a later time."""
    put(lake, "customer/a.json", record(-10, -10), record(5, -10, registered=4))
    put(lake, "accelerometer/a.json", *GOOD_AND_BAD)
    put(lake, "step_trainer/a.json", step(-1), step(1), step(1), step(60))
    run_at(lake, 0)
    return lake


def test_a_replay_reads_lines_whose_time_has_come(refused: Lake) -> None:
    told = replay_at(refused, 10)
    assert told.read == {
        "customer": Counter(FUTURE=1),
        "accelerometer": Counter(FUTURE=3, BAD_JSON=1),
        "step_trainer": Counter(FUTURE=3),
    }
    assert told.accepted == Counter(customer=1, accelerometer=2, step_trainer=1)
    assert told.duplicate == Counter(step_trainer=1, customer=0, accelerometer=0)
    assert told.refused == {
        "customer": Counter(),
        "accelerometer": Counter(FUTURE=1, BAD_JSON=1),
        "step_trainer": Counter(FUTURE=1),
    }
    phones = entries(refused)["accelerometer/a.json"]
    assert (phones.lines, phones.accepted, phones.quarantined, phones.duplicate, phones.blank) == (
        7,
        4,
        2,
        0,
        1,
    )
    assert (phones.landed_at, phones.replayed_at) == (at(0), at(10))
    assert kept(refused) == Counter(
        {("BAD_JSON", '{"user":'): 1, ("FUTURE", phone(50).decode()): 1, ("FUTURE", step(60).decode()): 1}
    )
    staged = contents(refused)["accelerometer_staged"]
    assert Counter(row[1] for row in staged) == Counter([at(-2), at(-1), at(2), at(2)])


def test_a_replay_twice_changes_nothing(refused: Lake) -> None:
    replay_at(refused, 10)
    before, ledger = contents(refused), entries(refused)
    with reading(refused) as reader:
        release = reader.release.number
    told = replay_at(refused, 11)
    assert (told.lines, told.accepted.total(), told.entries) == (3, 0, [])
    assert (contents(refused), entries(refused)) == (before, ledger)
    with reading(refused) as reader:
        assert reader.release.number == release


def test_the_landed_files_need_not_be_there(refused: Lake) -> None:
    for file in refused.landing.rglob("*.json"):
        file.unlink()
    assert replay_at(refused, 10).accepted.total() == 4


def test_only_some_reasons_and_files(refused: Lake) -> None:
    assert replay_at(refused, 10, reasons=["BAD_JSON"]).refused == {"accelerometer": Counter(BAD_JSON=1)}
    assert entries(refused)["accelerometer/a.json"].replayed_at is None
    told = replay_at(refused, 10, files=["accelerometer/a.json"], reasons=["FUTURE"])
    assert told.read == {"accelerometer": Counter(FUTURE=3)}
    with pytest.raises(UsageError, match="No refused line of accelerometer/b.json is kept"):
        replay_at(refused, 10, files=["accelerometer/b.json"])


def test_a_rehearsal_counts_and_changes_nothing(refused: Lake) -> None:
    before, ledger = contents(refused), entries(refused)
    with reading(refused) as reader:
        told = rehearse_replay(reader, now_ms=at(10))
    assert told.accepted == Counter(customer=1, accelerometer=2, step_trainer=2)
    assert told.refused["accelerometer"] == Counter(FUTURE=1, BAD_JSON=1)
    assert (contents(refused), entries(refused)) == (before, ledger)


@pytest.mark.parametrize(
    "copied", [lambda path: path.read_bytes(), lambda path: gzip.compress(path.read_bytes())]
)
def test_a_copy_that_comes_once_the_time_has_come(refused: Lake, copied: Any) -> None:
    for source in ("customer", "accelerometer", "step_trainer"):
        path = refused.landing / source / "a.json"
        (path.parent / "again.json").write_bytes(copied(path))
    report = run_at(refused, 10)
    require_closed(refused)
    assert report.stage.replayed.accepted == Counter(customer=1, accelerometer=2, step_trainer=1)
    assert "BAD_JSON" not in report.stage.replayed.read["accelerometer"]
    assert {path: entry.verdict.value for path, entry in entries(refused).items() if "again" in path} == {
        f"{source}/again.json": "duplicate" for source in ("customer", "accelerometer", "step_trainer")
    }
    assert len(contents(refused)["accelerometer_staged"]) == 4
    assert not run_at(refused, 10).published


def test_a_copy_that_comes_too_early_changes_nothing(refused: Lake) -> None:
    (refused.landing / "accelerometer/again.json").write_bytes(
        (refused.landing / "accelerometer/a.json").read_bytes()
    )
    before = kept(refused)
    assert run_at(refused, 1).stage.replayed.accepted.total() == 0
    assert kept(refused) == before
    assert replay_at(refused, 10).accepted["accelerometer"] == 2


def test_the_same_line_in_another_file_is_accepted_and_the_refused_one_a_copy(refused: Lake) -> None:
    put(refused, "accelerometer/b.json", phone(2))
    run_at(refused, 10)
    told = replay_at(refused, 11)
    assert (told.accepted["accelerometer"], told.duplicate["accelerometer"]) == (1, 1)


def test_envelopes(lake: Lake) -> None:
    readings = [{"timestamp": at(h), "x": 1.0, "y": 0.0, "z": 9.8} for h in (-1, 1, 2, 90)]
    line = json.dumps({"user": "Ana@Example.com", "readings": [*readings, None, {"x": 1}], "gateway": 3})
    put(lake, "customer/a.json", record(-10, -10))
    put(lake, "accelerometer/a.json", line.encode())
    run_at(lake, 0)
    told = replay_at(lake, 5)
    assert told.accepted["accelerometer"] == 2
    assert told.refused["accelerometer"] == Counter(FUTURE=1, MISSING=1)
    entry = entries(lake)["accelerometer/a.json"]
    assert (entry.plain, entry.envelopes, entry.readings) == (0, 1, 6)
    assert (entry.accepted, entry.quarantined, entry.blank) == (3, 2, 1)
    staged = contents(lake)["accelerometer_staged"]
    assert sorted((row[1], row[7], row[8]) for row in staged) == [
        (at(-1), 1, 1), (at(1), 1, 2), (at(2), 1, 3),
    ]  # fmt: skip


def test_lines_that_an_older_reader_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that knew no envelopes refused them whole; today's opens them."""
    from stedi.sources import lines

    readings = [{"timestamp": at(h), "x": 1.0, "y": 0.0, "z": 9.8} for h in (-2, -1, 90)]
    line = json.dumps({"user": ANA, "readings": [*readings, None]})
    put(lake, "customer/a.json", record(-10, -10))
    put(lake, "accelerometer/a.json", phone(-3), line.encode(), b'\xef\xbb\xbf{"user":1}')
    with monkeypatch.context() as older:
        older.setattr(lines, "envelope_of", lambda line: None)
        run_at(lake, 0)
    assert entries(lake)["accelerometer/a.json"].quarantined == 2
    told = replay_at(lake, 1)
    assert (told.accepted["accelerometer"], told.blank["accelerometer"]) == (2, 1)
    entry = entries(lake)["accelerometer/a.json"]
    assert (entry.lines, entry.plain, entry.envelopes, entry.readings) == (3, 2, 1, 4)
    assert (entry.accepted, entry.quarantined, entry.blank) == (3, 2, 1)
    assert sorted(reason for reason, _ in kept(lake)) == ["BAD_JSON", "FUTURE"]
    assert replay_at(lake, 100).accepted["accelerometer"] == 1


def test_a_line_that_was_cut_is_never_taken_for_a_whole_one(lake: Lake) -> None:
    long = phone(-1)[:-1] + b',"note":"' + b"a" * (1 << 20) + b'"}'
    put(lake, "accelerometer/a.json", phone(-2), long, phone(1))
    put(lake, "customer/a.json", record(-10, -10))
    run_at(lake, 0)
    told = replay_at(lake, 5)
    assert told.read == {"accelerometer": Counter(FUTURE=1)}
    assert Counter(reason for reason, _ in kept(lake)) == Counter(LINE_TOO_LONG=1)


def test_many_refused_lines_in_several_files_of_the_quarantine(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stedi.staging.asides.ROWS_HELD", 50)
    monkeypatch.setattr("stedi.staging.rejudging.LINES_AT_ONCE", 100)
    put(lake, "customer/a.json", record(-10, -10))
    for n in range(6):
        put(lake, f"accelerometer/{n}.json", *(phone(1 + n + i / 100) for i in range(80)), b"no")
    run_at(lake, 0)
    told = replay_at(lake, 20)
    assert told.accepted["accelerometer"] == 480
    assert kept(lake) == Counter({("BAD_JSON", "no"): 6})
