"""Only one run writes to a lake."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stedi.ground import durable
from stedi.ground.errors import StediError
from stedi.ground.locks import locked
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
    durable.require_private(lake.root)
    with locked(
        lake.lock, "the lake", wait_s=wait_s, busy=lambda owner: LakeBusyError(owner, wait_s), waiting=waiting
    ):
        yield
