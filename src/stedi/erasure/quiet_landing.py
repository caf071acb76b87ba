"""A landing zone that nobody else writes to, while an erasure looks at its files or empties lines of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from stedi.collecting.spool import paused
from stedi.lake.config import Lake
from stedi.landing import step_trainer
from stedi.sources.placing import placing_paused


@contextmanager
def quiet_landing(lake: Lake) -> Iterator[None]:
    """Let no file be landed meanwhile: `stedi land` waits, and what a collector has kept so far is landed.

    A file that is just being copied would be emptied, or removed, under the hands of whoever copies it.
    """
    with placing_paused(lake.landing), paused(lake.landing, step_trainer.SOURCE):
        yield
