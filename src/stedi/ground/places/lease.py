"""A lock that is an object on S3: whoever dies lets go of it after a while."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from threading import Event, Thread
from uuid import uuid4

from stedi.ground.errors import StediError
from stedi.ground.places.client import as_files, client
from stedi.ground.places.s3path import S3Path

LEASE_S = 120.0
"""A lock that was not renewed for so long is nobody's."""

RENEWALS = 4
"""How often it is renewed within that time."""


class LeaseLostError(StediError):
    """Another took the lock, because this process did not renew it in time."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(
            f"This process stood still, or could not reach S3, for over {seconds:.0f} s, and lost {what}; "
            "another may have gone on meanwhile.\nRun again: what was not published is taken away first."
        )


class HeldError(Exception):
    """Another holds the lock, and did not let go in time.

    Attributes:
        owner: Who does, as it says itself.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(owner)


@dataclass
class _Held:
    path: S3Path
    content: dict[str, object]
    lease_s: float
    etag: str
    renewed_at: float
    is_lost: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether nobody can have taken it yet."""
        return not self.is_lost and time.monotonic() - self.renewed_at < self.lease_s


@contextmanager
def leased(
    path: S3Path,
    what: str,
    *,
    wait_s: float,
    lease_s: float = LEASE_S,
    every_s: float = 1.0,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold a lock, which is renewed meanwhile, after waiting for whoever holds it.

    It is taken only where it is not there, or was not renewed for `lease_s` by the clock of S3; by a
    condition on the request, so by one alone.

    Args:
        path: The object.
        what: What it locks, for a message: "the lake".
        wait_s: How long to wait.
        lease_s: How long it stays another's after a kill.
        every_s: How often to ask for it.
        waiting: Called once, where one has to wait.

    Raises:
        HeldError: The other did not let go in time.
        LeaseLostError: Another took it meanwhile, which happens only to a process that stood still.
    """
    held = _taken(path, wait_s, lease_s, every_s, waiting)
    over = Event()
    renewing = Thread(target=_renew, args=(held, over), daemon=True)
    renewing.start()
    try:
        yield
        if not held.is_safe:
            raise LeaseLostError(what, lease_s)
    finally:
        over.set()
        renewing.join()
        # One that another has taken meanwhile is theirs: the condition fails, and theirs stays.
        with suppress(OSError), as_files(str(path)):
            client("s3").delete_object(Bucket=path.bucket, Key=path.key, IfMatch=held.etag)


def _taken(path: S3Path, wait_s: float, lease_s: float, every_s: float, waiting: Callable[[], None]) -> _Held:
    deadline = time.monotonic() + wait_s
    owner = f"{os.getpid()} on {socket.gethostname()}"
    content: dict[str, object] = {"owner": owner, "token": uuid4().hex, "lease_s": lease_s}
    told = False
    while True:
        before = _looked_at(path)
        if before is None or before.age_s > before.lease_s:
            with suppress(FileExistsError, FileNotFoundError):
                asked_at = time.monotonic()
                etag = _put(path, content, before.etag if before else None)
                return _Held(path, content, lease_s, etag, asked_at)
            continue
        if time.monotonic() >= deadline:
            raise HeldError(before.owner)
        if not told:
            waiting()
            told = True
        time.sleep(every_s)


@dataclass(frozen=True)
class _Seen:
    owner: str
    token: str
    lease_s: float
    age_s: float
    etag: str


def _looked_at(path: S3Path) -> _Seen | None:
    """The lock as it is; None where nobody holds it."""
    try:
        with as_files(str(path)):
            told = client("s3").get_object(Bucket=path.bucket, Key=path.key)
            with told["Body"] as body:
                content = json.loads(body.read())
    except FileNotFoundError:
        return None
    # Both times are of S3: what a clock of ours says does not matter.
    now = parsedate_to_datetime(told["ResponseMetadata"]["HTTPHeaders"]["date"])
    age_s = (now - told["LastModified"]).total_seconds()
    return _Seen(content["owner"], content["token"], content["lease_s"], age_s, told["ETag"])


def _put(path: S3Path, content: dict[str, object], instead_of: str | None) -> str:
    # No two renewals are one content, so that none has the ETag of another.
    body = json.dumps({**content, "renewal": uuid4().hex}).encode()
    condition = {"IfMatch": instead_of} if instead_of else {"IfNoneMatch": "*"}
    with as_files(str(path)):
        told = client("s3").put_object(Bucket=path.bucket, Key=path.key, Body=body, **condition)
    return str(told["ETag"])


def _renew(held: _Held, over: Event) -> None:
    while not over.wait(held.lease_s / RENEWALS):
        asked_at = time.monotonic()
        try:
            held.etag = _put(held.path, held.content, held.etag)
            held.renewed_at = asked_at
        except (FileExistsError, FileNotFoundError):
            # An answer to an earlier try may have got lost: then the object is our own.
            seen = _looked_at(held.path)
            if seen is None or seen.token != held.content["token"]:
                held.is_lost = True
                return
            held.etag, held.renewed_at = seen.etag, asked_at
        except OSError:
            continue  # S3 cannot be reached just now: the next time may do.
