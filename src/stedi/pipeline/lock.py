"""Only one run writes to a lake."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stedi.ground import durable
from stedi.ground.errors import StediError
from stedi.ground.places import S3Path
from stedi.ground.places.lease import HeldError, leased
from stedi.lake.config import Lake

WAIT_S = 600.0


class LakeBusyError(StediError):
    """Another run holds the lake."""

    def __init__(self, process: str, seconds: float) -> None:
        super().__init__(
            f"Another run (process {process}) holds this lake for over {seconds:.0f} s; nothing was run.\n"
            "Wait for it to end, or end it, and run again."
        )


@contextmanager
def only_writer(
    lake: Lake, *, wait_s: float = WAIT_S, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the lake, after waiting for another run to end; a run that dies lets go of it.

    On S3 it lets go of it when its lease has run out.

    Raises:
        LakeBusyError: The other run did not end in time.
        UsageError: Others can read the lake's folder, which is somebody else's.
        LeaseLostError: This process stood still for longer than its lease, on S3.
    """
    if isinstance(lake.lock, S3Path):
        try:
            with leased(lake.lock, "the lake", wait_s=wait_s, waiting=waiting):
                yield
        except HeldError as held:
            raise LakeBusyError(held.owner, wait_s) from None
        return
    deadline = time.monotonic() + wait_s
    told = False
    durable.require_private(lake.root)
    with durable.private_files(), lake.lock.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LakeBusyError(lake.lock.read_text().strip(), wait_s) from None
                if not told:
                    waiting()
                    told = True
                time.sleep(0.1)
        try:
            file.truncate(0)
            os.write(file.fileno(), f"{os.getpid()}\n".encode())
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
