"""Files that are being landed while somebody is erased: none is lost, none keeps the person."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from stedi.erasure.procedure import carry_out
from stedi.erasure.sweeping import remove_made_again
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.sources.listing import PLACING_FOLDER
from stedi.sources.placing import place, placing_paused
from stedi.tables import SOURCES

SLOW_S = 30.0


class SlowCopy:
    """Copies a file in two parts, and goes on with the second when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        monkeypatch.setattr(shutil, "copyfileobj", self.copy)

    def copy(self, content: object, copy: object, length: int = 0) -> None:
        whole = content.read()  # type: ignore[attr-defined]
        copy.write(whole[: len(whole) // 2])  # type: ignore[attr-defined]
        copy.flush()  # type: ignore[attr-defined]
        self.begun.set()
        assert self.may_end.wait(SLOW_S)
        copy.write(whole[len(whole) // 2 :])  # type: ignore[attr-defined]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Readings of somebody who stays."""
    line = b'{"user":"somebody@stays.example","timestamp":1655564444000,"x":1,"y":1,"z":1}\n'
    (tmp_path / "given/accelerometer").mkdir(parents=True)
    (tmp_path / "given/accelerometer/late.json").write_bytes(line * 3)
    return tmp_path / "given"


def landing(lake: Lake, given: Path) -> threading.Thread:
    return in_thread(lambda: place(given, lake.landing, SOURCES, key=lake.key("suppression"), settle_s=0))


def test_what_is_being_copied_is_waited_for(
    walked: Lake, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowCopy(monkeypatch)
    copying = landing(walked, given)
    assert slow.begun.wait(SLOW_S)
    clearing = in_thread(lambda: remove_made_again(walked))
    clearing.join(0.5)
    assert clearing.is_alive() and (walked.landing / PLACING_FOLDER / "file").exists()
    slow.may_end.set()
    copying.join(SLOW_S)
    clearing.join(SLOW_S)
    assert (walked.landing / "accelerometer/late.json").read_bytes().count(b"\n") == 3
    assert not (walked.landing / PLACING_FOLDER).exists()


def test_an_erasure_while_a_file_is_being_copied(
    walked: Lake, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file holds the person too: it lands whole, and their lines leave it."""
    run(walked)
    (record,) = (line for line in _records(walked)[:1])
    email = record.split(b'"email":"')[1].split(b'"')[0].decode()
    (given / "customer").mkdir()
    (given / "customer/late.json").write_bytes(record + b"\n")
    slow = SlowCopy(monkeypatch)
    copying = landing(walked, given)
    assert slow.begun.wait(SLOW_S)
    threading.Timer(1.0, slow.may_end.set).start()
    carry_out(walked, "erase", email)
    copying.join(SLOW_S)
    monkeypatch.undo()
    assert (walked.landing / "accelerometer/late.json").read_bytes().count(b"\n") == 3
    assert (walked.landing / "customer/late.json").exists()
    run(walked)
    assert verify(walked, email).clean


def test_what_a_killed_call_left_goes(walked: Lake) -> None:
    (walked.landing / PLACING_FOLDER).mkdir()
    (walked.landing / PLACING_FOLDER / "file").write_bytes(b"half")
    assert remove_made_again(walked) == 1
    with placing_paused(walked.landing) as left:
        assert left == 0


def _records(lake: Lake) -> list[bytes]:
    (file,) = list((lake.landing / "customer").rglob("*.json"))[:1]
    return file.read_bytes().splitlines()
