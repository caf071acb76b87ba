"""An entry is whole or is finished by the next one; processes do not disturb each other."""

import json
import os
import signal
import subprocess
import sys

import pytest

from stedi import audit
from stedi.audit import verifying
from stedi.audit.head import head_of, log_of
from stedi.ground.errors import KeyMissingError
from stedi.lake.config import Lake

RECORDS = """
import sys
from pathlib import Path
from stedi import audit
from stedi.audit import verifying
from stedi.lake.config import opened
lake = opened(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    audit.record(lake, "reveal", reason=f"{sys.argv[3]} {number}", tables=[])
"""


def recording(lake: Lake, times: int, who: str, failpoint: str = "") -> "subprocess.Popen[bytes]":
    environment = os.environ | {"STEDI_FAILPOINT": failpoint} if failpoint else os.environ
    return subprocess.Popen([sys.executable, "-c", RECORDS, lake.root, str(times), who], env=environment)


def reasons(lake: Lake) -> list[str]:
    return [json.loads(line).get("reason", "") for line in log_of(lake).read_text().splitlines()]


@pytest.mark.parametrize("point", ["audit.intended", "audit.appended"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_killed_while_appending(lake: Lake, point: str, nth: int) -> None:
    assert recording(lake, 3, "killed", f"{point}:{nth}").wait() == -signal.SIGKILL
    found = audit.verify(lake)
    assert found.entries == nth
    assert found.unfinished == (point == "audit.intended")
    audit.record(lake, "reveal", reason="next", tables=[])
    assert audit.verify(lake) == audit.Verified(nth + 1, audit.verify(lake).newest_at_ms, False)
    assert reasons(lake) == ["", *[f"killed {number}" for number in range(nth - 1)], "next"][-(nth + 1) :]


def test_a_torn_end_is_told_and_finished(logged: Lake) -> None:
    before = log_of(logged).read_bytes()
    assert recording(logged, 1, "killed", "audit.intended").wait() == -signal.SIGKILL
    line = json.loads(head_of(logged).read_bytes())["line"].encode()
    for length in range(len(line)):
        log_of(logged).write_bytes(before + line[:length])
        assert audit.verify(logged).unfinished
    # A loss of power may leave zeros where the end of a file was promised.
    log_of(logged).write_bytes(before + line[:50] + bytes(len(line) - 50))
    assert audit.verify(logged).unfinished
    audit.record(logged, "reveal", reason="next", tables=[])
    assert log_of(logged).read_bytes().startswith(before + line)
    assert audit.verify(logged).entries == 7


def test_what_no_kill_leaves_is_not_taken_for_torn(logged: Lake) -> None:
    before = log_of(logged).read_bytes()
    assert recording(logged, 1, "killed", "audit.intended").wait() == -signal.SIGKILL
    line = json.loads(head_of(logged).read_bytes())["line"].encode()
    changed = before[:40] + bytes([before[40] ^ 1]) + before[41:]
    for content in (
        before[:-1],
        before + b"x",
        before + line[:50] + b"x",
        before + line + b"x",
        changed,
        b"",
    ):
        log_of(logged).write_bytes(content)
        with pytest.raises(audit.AuditBrokenError):
            audit.verify(logged)
    # Nor after going on.
    log_of(logged).write_bytes(before[:-1])
    audit.record(logged, "reveal", reason="next", tables=[])
    with pytest.raises(audit.AuditBrokenError):
        audit.verify(logged)


def test_processes_append_one_after_the_other(lake: Lake) -> None:
    writers = [recording(lake, 10, who) for who in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert audit.verify(lake).entries == 31
    for who in "abc":
        assert [r for r in reasons(lake) if r.startswith(who)] == [f"{who} {n}" for n in range(10)]


def test_no_identity_is_recorded(lake: Lake) -> None:
    serial = "5d8b7f6e-1c2d-4e3f-8a9b-0c1d2e3f4a5b"
    audit.record(lake, "reveal", reason="who is Ann.Lee@example.org", tables={"x": [f"of {serial}"]})
    content = log_of(lake).read_text() + head_of(lake).read_text()
    assert "example.org" not in content
    assert serial not in content


def test_a_fact_takes_no_key_of_the_entry(lake: Lake) -> None:
    with pytest.raises(ValueError, match="sequence"):
        audit.record(lake, "reveal", sequence=7)
    assert not log_of(lake).exists()


def test_without_the_audit_key_nothing_is_recorded(logged: Lake) -> None:
    before = log_of(logged).read_bytes()
    logged.keys.path("audit").unlink()
    with pytest.raises(KeyMissingError):
        audit.record(logged, "reveal", reason="a test", tables=[])
    with pytest.raises(KeyMissingError):
        audit.verify(logged)
    assert log_of(logged).read_bytes() == before


def test_others_read_neither_log_nor_head(logged: Lake) -> None:
    assert [path.stat().st_mode & 0o777 for path in (log_of(logged), head_of(logged))] == [0o600, 0o600]


def test_the_newest_entry_of_an_event(logged: Lake) -> None:
    audit.record(logged, "reveal", reason="later", tables=[])
    newest = audit.latest(logged, "reveal")
    assert newest is not None
    assert newest["reason"] == "later"
    assert audit.latest(logged, "export") is None


@pytest.mark.parametrize("block", [1, 7, 300, 1 << 16])
def test_the_newest_entry_is_found_from_the_end(
    logged: Lake, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "BLOCK_BYTES", block)
    for number in range(5):
        audit.record(logged, "reveal", reason=f"{number}", tables=[])
        audit.record(logged, "check", number=number)
    first = audit.latest(logged, "lake_created")
    newest = audit.latest(logged, "reveal")
    assert first is not None and first["sequence"] == 1
    assert newest is not None and newest["reason"] == "4"
    assert audit.latest(logged, "export") is None


def test_of_a_long_log_the_end_alone_is_read(logged: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        audit.record(logged, "reveal", reason=f"{number}", tables=[])
    seen: list[bytes] = []
    real = verifying.unsealed
    monkeypatch.setattr(verifying, "BLOCK_BYTES", 1024)
    monkeypatch.setattr(verifying, "unsealed", lambda line, *more: seen.append(line) or real(line, *more))
    assert audit.latest(logged, "reveal") is not None
    assert len(seen) == 1
