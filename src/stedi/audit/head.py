"""The head of the audit log, kept with the keys: whoever changes the log alone is found out."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from stedi.audit.chain import HEAD, sealed, unsealed
from stedi.ground import durable
from stedi.ground.places import Place, S3Path
from stedi.ground.places.lease import leased
from stedi.lake.config import Lake
from stedi.privacy.secret_keys import SecretKeys

HEAD_SCHEMA = "stedi.audit.head/1"
LEASE_S = 30.0
"""How long a killed process keeps others from appending, on S3."""


@dataclass(frozen=True)
class Head:
    """The newest entry, written before the log is.

    It holds the entry itself, so that an append that was killed is finished and nothing is lost.

    Attributes:
        sequence: The entry's number, from 1.
        offset: Bytes of the log before it.
        line: The entry.
        written: Whether the log is known to hold it; until then a part of it may be missing.
    """

    sequence: int
    offset: int
    line: bytes
    written: bool

    def is_torn(self, rest: bytes) -> bool:
        """Whether the log from `offset` on is what an append leaves that did not end.

        That is a part of the entry, or, after a loss of power, a part and zeros.
        """
        begun = rest.rstrip(b"\0")
        return not self.written and len(rest) <= len(self.line) and self.line.startswith(begun)


def log_of(lake: Lake) -> Place:
    """The log of a lake."""
    return lake.root / "audit.ndjson"


def head_of(lake: Lake) -> Place:
    """The file of its head, outside the lake."""
    return lake.private / "audit.head"


@contextmanager
def alone(lake: Lake, *, shared: bool = False) -> Iterator[None]:
    """Keep other processes from appending; the lock is on the audit key, which nothing replaces.

    On S3 it is an object, and readers exclude each other too.
    """
    if isinstance(lake.keys, SecretKeys):
        lock = lake.root / ".audit.lock"
        assert isinstance(lock, S3Path)
        with leased(lock, "the audit log", wait_s=2 * LEASE_S, lease_s=LEASE_S, every_s=0.2):
            yield
        return
    with lake.keys.path("audit").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield


def write(lake: Lake, head: Head, key: bytes) -> None:
    """Replace the head, durably."""
    content = {
        "schema": HEAD_SCHEMA,
        "lake": lake.lake_id,
        "sequence": head.sequence,
        "offset": head.offset,
        "line": head.line.decode(),
        "written": head.written,
    }
    durable.replace(head_of(lake), sealed(content, HEAD, key))


def read(lake: Lake, key: bytes) -> Head | None:
    """The head; None where it is missing, or is not as it was sealed."""
    try:
        content = unsealed(head_of(lake).read_bytes(), HEAD, key)
    except FileNotFoundError:
        return None
    if content is None or content["lake"] != lake.lake_id:
        return None
    return Head(content["sequence"], content["offset"], content["line"].encode(), content["written"])
