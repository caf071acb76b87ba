"""Prove that the audit log is as it was written: no byte changed, no entry dropped, moved or cut."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stedi.audit import head as heads
from stedi.audit.chain import BROKEN, ENTRY, before_the_first, digest, unsealed
from stedi.audit.head import Head
from stedi.ground.errors import PrivacyGateError
from stedi.ground.places import Place
from stedi.lake.config import Lake

BLOCK_BYTES = 1 << 16


@dataclass(frozen=True)
class Verified:
    """A log that was verified; what is wrong with one is raised.

    Attributes:
        entries: How many it holds.
        newest_at_ms: When the newest was written, UTC ms.
        unfinished: Whether the newest stands in the head alone, because its writer was killed; the
            next entry puts it into the log.
    """

    entries: int
    newest_at_ms: int
    unfinished: bool


class AuditBrokenError(PrivacyGateError):
    """The audit log is not as it was written."""

    def __init__(self, path: str, faults: list[str]) -> None:
        super().__init__(
            f"The audit log {path} is not as it was written; nothing in it can be relied upon alone.",
            [*faults[:20], *([f"and {len(faults) - 20:,} more"] if len(faults) > 20 else [])],
        )


def verify(lake: Lake) -> Verified:
    """Prove that the log of a lake is whole and unchanged.

    Raises:
        AuditBrokenError: A byte was changed, or an entry dropped, moved, inserted or cut, or the
            log or its head is missing; all faults are told.
        KeyMissingError: There is no audit key; nothing was verified.
    """
    key = lake.key("audit")
    with heads.alone(lake, shared=True):
        head = heads.read(lake, key)
        there = heads.head_of(lake).exists()
        log = heads.log_of(lake).read_bytes() if heads.log_of(lake).exists() else b""
    unfinished = False
    if head and head.line != log[head.offset :] and len(log) >= head.offset:
        unfinished = head.is_torn(log[head.offset :])
    if head and unfinished:
        log = log[: head.offset] + head.line
    faults, entries = _faults_of_lines(log, before_the_first(lake.lake_id), key)
    newest = entries[-1] if entries else None
    if head_fault := _fault_of_end(head, there, log, newest):
        faults.append(head_fault)
    if faults or newest is None:
        raise AuditBrokenError(str(heads.log_of(lake)), faults)
    return Verified(len(entries), newest["at_ms"], unfinished)


def latest(lake: Lake, event: str) -> dict[str, Any] | None:
    """The newest entry of an event that is as it was written; None where there is none."""
    key = lake.key("audit")
    try:
        for line in _from_the_end(heads.log_of(lake)):
            entry = unsealed(line, ENTRY, key)
            if entry and entry["event"] == event:
                return entry
    except FileNotFoundError:
        pass
    return None


def _from_the_end(log: Place) -> Iterator[bytes]:
    """The lines of a log, the last first: of a long one no more is read than is asked for."""
    with log.open("rb") as file:
        before = file.seek(0, os.SEEK_END)
        rest = b""
        while before:
            begin = max(0, before - BLOCK_BYTES)
            file.seek(begin)
            rest, *lines = (file.read(before - begin) + rest).splitlines(keepends=True)
            yield from reversed(lines)
            before = begin
        if rest:
            yield rest


def entries_of(lake: Lake, event: str) -> list[dict[str, Any]]:
    """The entries of an event that are as they were written, the oldest first."""
    key = lake.key("audit")
    log = heads.log_of(lake)
    lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
    # An append that was killed is in the head alone.
    if (head := heads.read(lake, key)) and head.line not in lines[-1:]:
        lines.append(head.line)
    entries = (unsealed(line, ENTRY, key) for line in lines)
    return [entry for entry in entries if entry and entry["event"] == event]


def _faults_of_lines(log: bytes, first: str, key: bytes) -> tuple[list[str], list[dict[str, Any]]]:
    faults: list[str] = []
    entries: list[dict[str, Any]] = []
    due, before = 1, first
    for number, line in enumerate(log.splitlines(keepends=True), start=1):
        entry = unsealed(line, ENTRY, key)
        if entry is None:
            faults.append(f"line {number}: it was changed, inserted or cut")
            due, before = due + 1, ""
            continue
        sequence = entry["sequence"]
        if sequence != due:
            faults.append(f"line {number}: entry {sequence} stands where entry {due} belongs")
        elif before and entry["previous"] != before:
            faults.append(f"line {number}: entry {sequence} follows upon another entry than the one before")
        if BROKEN in entry:
            faults.append(f"line {number}: when entry {sequence} was written, {entry[BROKEN]}")
        entries.append(entry)
        due, before = sequence + 1, digest(line)
    return faults, entries


def _fault_of_end(head: Head | None, there: bool, log: bytes, newest: dict[str, Any] | None) -> str | None:
    if head is None:
        if there:
            return "the head beside the keys was changed"
        if not log:
            return "there is neither a log nor a head: nothing was ever recorded, or both were removed"
        return "the head beside the keys is missing, so that nobody can tell whether the log was cut"
    if not log:
        return f"the log is gone, and the head knows of {head.sequence:,} entries"
    if log[head.offset :] == head.line:
        return None
    if newest is None or newest["sequence"] < head.sequence:
        last = newest["sequence"] if newest else 0
        return f"the end was cut: the head knows of entry {head.sequence}, the log ends with entry {last}"
    return f"the log does not end with entry {head.sequence}, the newest that the head knows"
