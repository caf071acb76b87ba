"""What happens to files that change while they are staged, and to ones that come back."""

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from balance import unbalanced
from cases import phones, put
from line_cases import GOOD_CUSTOMERS
from stedi.asking.checking import check
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake, create
from stedi.run.run import run
from stedi.sources.content import LandedFile
from stedi.sources.reasons import Reason
from stedi.staging import asides, batch
from stedi.staging import stage as staging

A = "accelerometer"


def after_the_look(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Change the landing zone once, between the first look at a batch and its reading."""
    look = batch.look
    left = [change]

    def looked(*arguments: object, **named: object) -> object:
        found = look(*arguments, **named)  # type: ignore[arg-type]
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(batch, "look", looked)


def test_a_file_that_changes_meanwhile_waits_and_so_does_its_twin(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "in"
    put(landing, f"{A}/a.json", phones(1))
    put(landing, f"{A}/b.json.gz", gzip.compress(phones(1)))
    put(landing, f"{A}/c.json", phones(2))
    after_the_look(monkeypatch, lambda: put(landing, f"{A}/a.json", phones(3)))
    first = run(lake, landing, settle_s=0)
    assert first.stage.files[A] == Counter(waiting=2, read=1)
    assert first.release.rows["accelerometer_staged"] == 3
    second = run(lake, landing, settle_s=0)
    assert second.stage.files[A] == Counter(read=3)
    assert second.release.rows["accelerometer_staged"] == 9


def test_a_file_that_vanishes_meanwhile_is_told_and_read_when_it_comes_back(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "in"
    put(landing, f"{A}/a.json", phones(1))
    after_the_look(monkeypatch, lambda: (landing / A / "a.json").unlink())
    first = run(lake, landing, settle_s=0)
    assert [entry.reason for entry in first.stage.entries] == [Reason.VANISHED]
    put(landing, f"{A}/a.json", phones(1))
    second = run(lake, landing, settle_s=0)
    assert second.stage.files[A] == Counter(read=1)
    assert second.release.rows["accelerometer_staged"] == 3


def test_empty_files_are_nobodys_duplicates(lake: Lake, tmp_path: Path) -> None:
    for name in "abc":
        put(tmp_path / "in", f"{A}/{name}.json", b"")
    assert run(lake, tmp_path / "in", settle_s=0).stage.files[A] == Counter(read=3)
    put(tmp_path / "in", f"{A}/d.json", b"")
    assert run(lake, tmp_path / "in", settle_s=0).stage.files[A] == Counter(read=4)


def test_batches_of_few_files_come_to_the_same(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "FILES_AT_ONCE", 2)
    landing = tmp_path / "in"
    for number in range(5):
        put(landing, f"{A}/{number}.json", phones(number // 2, 4))
    report = run(lake, landing, settle_s=0)
    assert report.stage.files[A] == Counter(read=3, duplicate=2)
    assert report.release.rows["accelerometer_staged"] == 12


def test_many_pieces_come_to_the_same(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asides, "ROWS_HELD", 10)
    landing = tmp_path / "in"
    put(landing, f"{A}/a.json", b"".join(phones(number) for number in range(20)))
    put(landing, f"{A}/b.json", phones(1) + phones(21))
    report = run(lake, landing, settle_s=0)
    assert report.release.rows["accelerometer_staged"] == 63
    (entry,) = (e for e in report.stage.entries if e.path.endswith("b.json"))
    assert entry.accepted + entry.duplicate == 6


def test_a_file_that_cannot_be_opened_is_told_until_it_can(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "in"
    put(landing, f"{A}/user=somebody@example.org.json", phones(1))
    readinto = LandedFile.readinto

    def failing(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(LandedFile, "readinto", failing)
    for _ in range(2):
        report = run(lake, landing, settle_s=0)
        assert report.stage.unreadable == [f"{A}/user=…@…"]
        assert report.stage.files[A] == Counter(quarantined=1)
    monkeypatch.setattr(LandedFile, "readinto", readinto)
    report = run(lake, landing, settle_s=0)
    assert report.stage.unreadable == []
    assert report.release.rows["accelerometer_staged"] == 3
    assert unbalanced(lake) == []


def test_alerts_outlast_a_wait_for_young_files(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(landing, "customer/a.json", b"{broken}\n" + b"".join(GOOD_CUSTOMERS))
    time.sleep(0.6)
    put(landing, f"{A}/young.json", phones(1))
    alerts = run(lake, landing, settle_s=0.5).stage.alerts
    assert any("withdraw a consent" in alert for alert in alerts)


def test_files_that_bring_no_row_are_told_without_building_anew(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(landing, f"{A}/a.json", phones(1))
    first = run(lake, landing, settle_s=0)
    put(landing, f"{A}/b.json", phones(1))
    second = run(lake, landing, settle_s=0)
    assert not second.changed
    assert second.release.number == first.release.number + 1
    assert (
        second.release.snapshots["machine_learning_curated"]
        == first.release.snapshots["machine_learning_curated"]
    )
    assert check(lake).release == second.release.number


def customer(email: str, **told: object) -> bytes:
    return json.dumps({"email": email} | told).encode() + b"\n"


def test_a_repeated_undated_withdrawal_is_a_duplicate_whatever_lies_beside_it(
    lake: Lake, tmp_path: Path
) -> None:
    landing = tmp_path / "in"
    put(landing, "customer/1.json", customer("ana@example.org", note="w"))
    run(lake, landing, settle_s=0)
    put(landing, "customer/2.json", customer("ana@example.org", note="w") + b"\n")
    report = run(lake, landing, settle_s=0)
    assert [entry.duplicate for entry in report.stage.entries] == [1]
    assert report.release.rows["customer_staged"] == 1


def test_a_clock_that_was_ahead_is_decided_upon_again(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    put(landing, "customer/1.json", b"".join(GOOD_CUSTOMERS))
    ahead = run(lake, landing, settle_s=0, clock=lambda: time.time_ns() // 10**6 + 20 * 86_400_000)
    now = run(lake, landing, settle_s=0)
    assert now.changed
    assert now.release.as_of_ms < ahead.release.as_of_ms
    assert not run(lake, landing, settle_s=0).changed


def test_a_quarantined_customer_file_is_told(lake: Lake, tmp_path: Path) -> None:
    put(tmp_path / "in", "customer/1.json", b"".join(GOOD_CUSTOMERS).decode().encode("utf-16"))
    (alert,) = run(lake, tmp_path / "in", settle_s=0).stage.alerts
    assert "1 customer file was quarantined" in alert


def test_a_lake_among_its_own_files_is_refused(tmp_path: Path) -> None:
    lake = create(tmp_path / "in/customer/lake")
    with pytest.raises(UsageError, match="lies among the files"):
        run(lake, tmp_path / "in", settle_s=0)
