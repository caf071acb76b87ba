"""Whatever is done to the log or its head is found out; the untouched log verifies."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from stedi import audit
from stedi.audit.head import head_of, log_of
from stedi.lake.config import Lake


def is_broken(lake: Lake) -> bool:
    try:
        audit.verify(lake)
    except audit.AuditBrokenError as broken:
        assert broken.exit_code == 4
        assert broken.faults
        return True
    return False


def lines(lake: Lake) -> list[bytes]:
    return log_of(lake).read_bytes().splitlines(keepends=True)


def test_the_untouched_log_verifies(logged: Lake) -> None:
    found = audit.verify(logged)
    assert (found.entries, found.unfinished) == (5, False)
    entries = [json.loads(line) for line in lines(logged)]
    assert [entry["sequence"] for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0]["event"] == "lake_created"
    assert found.newest_at_ms == entries[-1]["at_ms"]


@pytest.mark.parametrize("change", [0x01, 0x20])
def test_every_single_byte_changed(logged: Lake, change: int) -> None:
    log = log_of(logged)
    whole = log.read_bytes()
    unseen = []
    for at in range(len(whole)):
        log.write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])
        if not is_broken(logged):
            unseen.append(at)
    assert unseen == []
    log.write_bytes(whole)
    assert not is_broken(logged)


def test_every_length_cut(logged: Lake) -> None:
    whole = log_of(logged).read_bytes()
    for length in range(len(whole)):
        log_of(logged).write_bytes(whole[:length])
        assert is_broken(logged), length


def test_every_byte_inserted_or_dropped(logged: Lake) -> None:
    whole = log_of(logged).read_bytes()
    for at in range(len(whole) + 1):
        more = b" " if at % 2 else b"\n"
        for changed in (whole[:at] + more + whole[at:], whole[:at] + whole[at + 1 :]):
            log_of(logged).write_bytes(changed)
            assert changed == whole or is_broken(logged), at


def test_each_entry_dropped_each_pair_swapped_each_repeated(logged: Lake) -> None:
    whole = lines(logged)
    for at in range(len(whole)):
        log_of(logged).write_bytes(b"".join(whole[:at] + whole[at + 1 :]))
        assert is_broken(logged)
        for to in range(len(whole) + 1):
            log_of(logged).write_bytes(b"".join(whole[:to] + [whole[at]] + whole[to:]))
            assert is_broken(logged)
    for one, other in combinations(range(len(whole)), 2):
        swapped = list(whole)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        log_of(logged).write_bytes(b"".join(swapped))
        assert is_broken(logged)


def test_a_forged_entry(logged: Lake, tmp_path: Path) -> None:
    from stedi.audit.chain import ENTRY, digest, sealed

    whole = lines(logged)
    content = json.loads(whole[-1]) | {"sequence": 6, "previous": digest(whole[-1])}
    content.pop("hmac")
    forged = sealed(content, ENTRY, bytes(32))
    log_of(logged).write_bytes(b"".join(whole) + forged)
    assert is_broken(logged)
    # With the audit key, but without the head, it is found out too.
    forged = sealed(content, ENTRY, logged.key("audit"))
    log_of(logged).write_bytes(b"".join(whole) + forged)
    assert is_broken(logged)


def test_an_old_copy_restored(logged: Lake) -> None:
    old = log_of(logged).read_bytes()
    audit.record(logged, "reveal", reason="later", tables=[])
    assert not is_broken(logged)
    log_of(logged).write_bytes(old)
    assert is_broken(logged)


@pytest.mark.parametrize("gone", ["log", "head", "both"])
def test_removed(logged: Lake, gone: str) -> None:
    if gone != "head":
        log_of(logged).unlink()
    if gone != "log":
        head_of(logged).unlink()
    assert is_broken(logged)


def test_emptied(logged: Lake) -> None:
    log_of(logged).write_bytes(b"")
    assert is_broken(logged)


def test_every_byte_of_the_head_changed_or_cut(logged: Lake) -> None:
    whole = head_of(logged).read_bytes()
    for at in range(len(whole)):
        head_of(logged).write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :])
        assert is_broken(logged), at
        head_of(logged).write_bytes(whole[:at])
        assert is_broken(logged), at


def test_the_log_of_another_lake(logged: Lake, tmp_path: Path) -> None:
    from stedi.lake.config import create

    other = create(tmp_path / "other")
    audit.record(other, "reveal", reason="elsewhere", tables=[])
    log_of(logged).write_bytes(log_of(other).read_bytes())
    head_of(logged).write_bytes(head_of(other).read_bytes())
    assert is_broken(logged)


@pytest.mark.parametrize("how", ["cut", "changed", "removed", "head removed", "head changed", "torn"])
def test_what_was_done_is_not_forgotten_by_going_on(logged: Lake, how: str) -> None:
    whole = lines(logged)
    if how == "cut":
        log_of(logged).write_bytes(b"".join(whole[:-1]))
    elif how == "changed":
        log_of(logged).write_bytes(b"".join(whole[:-1]) + whole[-1].replace(b"r1", b"r2"))
    elif how == "removed":
        log_of(logged).unlink()
    elif how == "torn":
        log_of(logged).write_bytes(b"".join(whole)[:-9])
    elif how == "head removed":
        head_of(logged).unlink()
    else:
        head_of(logged).write_bytes(head_of(logged).read_bytes().replace(b"5", b"4"))
    for number in range(2):
        audit.record(logged, "reveal", reason=f"after {number}", tables=[])
        assert is_broken(logged)
    # What comes after is chained again: only the old fault is told.
    newest = [json.loads(line) for line in lines(logged)[-2:]]
    assert [entry["sequence"] for entry in newest] == [6, 7]
    assert "broken" in newest[0]
    assert "broken" not in newest[1]
