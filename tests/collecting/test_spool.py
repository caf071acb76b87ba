import errno
import json
import os
import time
from pathlib import Path

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from stedi.collecting.broker import Broker
from stedi.collecting.mqtt import Collector
from stedi.collecting.spool import paused, spooling
from stedi.landing.step_trainer import SOURCE


def landed(landing: Path) -> list[bytes]:
    files = [p for p in sorted((landing / "step_trainer").rglob("*")) if p.is_file()]
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in files)
    return [line for p in files for line in p.read_bytes().splitlines()]


def test_a_line_that_a_kill_cut_is_left_out(tmp_path: Path) -> None:
    room = tmp_path / ".collecting"
    room.mkdir()
    (room / "a.part").write_bytes(b'{"whole":1}\n{"cut":')
    (room / "b.part").write_bytes(b"cut alone")
    with spooling(tmp_path, SOURCE, time.time) as spool:
        assert spool.landed == 1
    [file] = [p for p in (tmp_path / "step_trainer").rglob("*") if p.is_file()]
    assert file.read_bytes() == b'{"whole":1}\n' and not list(room.iterdir())


def test_a_session_that_was_taken_over_is_named(tmp_path: Path) -> None:
    broker = Broker("localhost", client_id="mine")
    with spooling(tmp_path, SOURCE, time.time) as spool:
        collector = Collector(broker, "stedi/+/readings", spool)
        reason = ReasonCode(PacketTypes.DISCONNECT, "Session taken over")
        collector._disconnected(collector._client, None, None, reason, None)
    assert collector._refused and "'mine'" in collector._refused and "--client-id" in collector._refused


def test_what_is_kept_before_in_and_after_a_pause_lands_once(tmp_path: Path) -> None:
    with spooling(tmp_path, SOURCE, time.time) as spool:
        assert spool.keep([b"1", b"2"])
        [part] = (tmp_path / ".collecting").glob("*.part")
        assert part.stat().st_mode & 0o777 == 0o600
        with paused(tmp_path, SOURCE):
            assert landed(tmp_path) == [b"1", b"2"]
            assert not spool.keep([b"3"])
            spool.land()
            assert landed(tmp_path) == [b"1", b"2"]
        assert spool.keep([b"3"])
        assert spool.keep([b"4"])
        assert spool.landed == 1
    assert sorted(landed(tmp_path)) == [b"1", b"2", b"3", b"4"] and spool.landed == 2


def test_a_spool_begins_and_ends_while_an_erasure_works(tmp_path: Path) -> None:
    (tmp_path / ".collecting").mkdir()
    with paused(tmp_path, SOURCE), spooling(tmp_path, SOURCE, time.time) as spool:
        assert not spool.keep([b"1"])
    assert landed(tmp_path) == []


def test_a_full_disk_leaves_what_was_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left"), spooling(tmp_path, SOURCE, time.time) as spool:
        assert spool.keep([json.dumps({"n": 1}).encode()])
        monkeypatch.setattr(os, "fdatasync", full)
        spool.keep([json.dumps({"n": 2}).encode()])
    assert landed(tmp_path) == [b'{"n": 1}']
