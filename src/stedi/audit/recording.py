"""Append to the audit log: killed at any moment, an entry is whole, or is finished by the next."""

import getpass
import os
import time
from dataclasses import dataclass
from typing import Any

from stedi.audit import head as heads
from stedi.audit.chain import (
    BROKEN,
    ENTRY,
    OWN,
    SCHEMA,
    before_the_first,
    digest,
    sealed,
    unsealed,
    without_identity,
)
from stedi.audit.head import Head
from stedi.ground import durable
from stedi.ground.failpoints import reached
from stedi.ground.places import Place, S3Path
from stedi.lake.config import Lake
from stedi.privacy.keys import NAMES

CREATED = "lake_created"


def record(lake: Lake, event: str, **facts: object) -> None:
    """Append an event to the lake's audit log, durably; the first of a lake is its creation.

    A log that is not as its head tells is gone on with, so that nobody can stop an erasure by
    touching it; the entry says so, and from then on `verify` does too.

    Args:
        lake: The lake.
        event: What happened, such as "reveal".
        facts: Counts, names of tables, ids, a stated reason; never a personal value. What looks
            like an e-mail or a serial number is hidden.

    Raises:
        KeyMissingError: There is no audit key; nothing was recorded.
        ValueError: A fact has the name of a key that every entry has.
    """
    if taken := OWN & facts.keys():
        raise ValueError(f"no fact of the audit log may be called {', '.join(sorted(taken))}")
    key = lake.key("audit")
    with heads.alone(lake):
        end = _end(lake, key)
        if end.sequence == 0 and event != CREATED:
            end = _append(lake, key, end, CREATED, _creation(lake))
        _append(lake, key, end, event, facts)


def begin(lake: Lake) -> None:
    """Record the creation of a lake whose log holds nothing yet."""
    key = lake.key("audit")
    with heads.alone(lake):
        end = _end(lake, key)
        if end.sequence == 0:
            _append(lake, key, end, CREATED, _creation(lake))


def _creation(lake: Lake) -> dict[str, object]:
    return {
        "lake": lake.lake_id,
        "window": lake.window.value,
        "buckets": lake.buckets,
        "provenance": lake.provenance,
        "keys": list(NAMES),
    }


@dataclass(frozen=True)
class _End:
    """Where the next entry goes: after which entry, at which byte, and why the chain is broken there."""

    sequence: int
    digest: str
    offset: int
    broken: str | None = None


def _append(lake: Lake, key: bytes, end: _End, event: str, facts: dict[str, Any]) -> _End:
    content = {
        **{name: without_identity(fact) for name, fact in facts.items()},
        "schema": SCHEMA,
        "sequence": end.sequence + 1,
        "previous": end.digest,
        "at_ms": time.time_ns() // 1_000_000,
        "actor": actor(),
        "event": event,
    }
    if end.broken:
        content[BROKEN] = end.broken
    line = sealed(content, ENTRY, key)
    # The head goes first and holds the entry, so that a log that lacks it was killed, or cut.
    heads.write(lake, Head(end.sequence + 1, end.offset, line, written=False), key)
    reached("audit.intended")
    _write(lake, line, end.offset)
    reached("audit.appended")
    heads.write(lake, Head(end.sequence + 1, end.offset, line, written=True), key)
    return _End(end.sequence + 1, digest(line), end.offset + len(line))


def _end(lake: Lake, key: bytes) -> _End:
    log = heads.log_of(lake)
    head = heads.read(lake, key)
    size = log.stat().st_size if log.exists() else 0
    if head is None:
        if not size and not heads.head_of(lake).exists():
            return _End(0, before_the_first(lake.lake_id), 0)
        return _after_break(lake, key, None, "the head was missing or changed")
    rest = None
    if size >= head.offset:
        rest = _from(log, head.offset) if size else b""
    if rest is not None and rest != head.line and head.is_torn(rest):
        _write(lake, head.line, head.offset)
        rest = head.line
    if rest != head.line:
        return _after_break(lake, key, head, "the end of the log was not the entry that the head knows")
    return _End(head.sequence, digest(head.line), head.offset + len(head.line))


def _from(log: Place, offset: int) -> bytes:
    with log.open("rb") as file:
        file.seek(offset)
        return file.read()


def _after_break(lake: Lake, key: bytes, head: Head | None, why: str) -> _End:
    """Behind the newest entry that the key vouches for, on a line of its own."""
    log = heads.log_of(lake)
    content = log.read_bytes() if log.exists() else b""
    known = {head.sequence: head.line} if head else {}
    for line in content.splitlines(keepends=True):
        if entry := unsealed(line, ENTRY, key):
            known[entry["sequence"]] = line
    newest = max(known, default=0)
    before = digest(known[newest]) if known else before_the_first(lake.lake_id)
    if content and not content.endswith(b"\n"):
        _write(lake, b"\n", len(content))
        content += b"\n"
    return _End(newest, before, len(content), why)


def _write(lake: Lake, content: bytes, offset: int) -> None:
    """Let the log end with this content at that byte, durably."""
    log = heads.log_of(lake)
    if isinstance(log, S3Path):
        _write_object(log, content, offset)
        return
    is_new = not log.exists()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        durable.settle(lake.root)


def _write_object(log: S3Path, content: bytes, offset: int) -> None:
    """An object is written whole, in the place of the one that was read and of no other."""
    try:
        before, etag = log.read_with_etag()
    except FileNotFoundError:
        before, etag = b"", None
    with log.open_instead_of(etag) if etag else log.open("xb") as file:
        file.write(before[:offset] + content)


def actor() -> str:
    """Who does it, as the audit log knows them: the name of the user of the machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # In a container a user may have no name.
