"""One lock, here or on S3: held after waiting for whoever holds it, and let go of by whoever dies."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stedi.ground.durable import private_files
from stedi.ground.errors import StediError
from stedi.ground.places import Place, S3Path
from stedi.ground.places.lease import HeldError, leased

_EVERY_S = 0.1


@contextmanager
def locked(
    lock: Place,
    what: str,
    *,
    wait_s: float,
    busy: Callable[[str], StediError],
    shared: bool = False,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold a lock; on S3 it is let go of when its lease has run out.

    Args:
        lock: Its file, in a folder that is there, which is made where it is missing; on S3 an object.
        what: What it locks, for a message: "the lake".
        wait_s: How long to wait for whoever holds it.
        busy: The error where the other does not let go in time, from who that is.
        shared: Whether others may share it; on S3 each holds it alone.
        waiting: Called once where it has to wait.

    Raises:
        StediError: What `busy` gives.
        LeaseLostError: This process stood still for longer than its lease, on S3.
    """
    with ExitStack() as stack:
        try:
            if isinstance(lock, S3Path):
                stack.enter_context(leased(lock, what, wait_s=wait_s, waiting=waiting))
            else:
                stack.enter_context(_flocked(lock, wait_s, shared, waiting))
        except HeldError as held:
            raise busy(held.owner) from None
        yield


@contextmanager
def _flocked(lock: Path, wait_s: float, shared: bool, waiting: Callable[[], None]) -> Iterator[None]:
    deadline = time.monotonic() + wait_s
    told = False
    with private_files(), lock.open("a") as file:
        while True:
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise HeldError(lock.read_text().strip()) from None
                if not told:
                    waiting()
                    told = True
                time.sleep(_EVERY_S)
        try:
            if not shared:
                file.truncate(0)
                os.write(file.fileno(), f"{os.getpid()}\n".encode())
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
