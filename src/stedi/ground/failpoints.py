"""Named points at which a process may be made to die, so that tests prove what happens then."""

import os
import signal
from collections import Counter

VARIABLE = "STEDI_FAILPOINT"
"""Names a point, `publish.committed`, or the n-th time it is reached, `publish.committed:3`."""

POINTS = (
    "durable.written",
    "store.create",
    "recover.table",
    "recover.swept",
    "respell.table",
    "stage.read",
    "stage.told",
    "stage.written",
    "stage.table",
    "stage.rows",
    "stage.ledger",
    "replay.read",
    "replay.written",
    "replay.table",
    "replay.rows",
    "replay.ledger",
    "replay.quarantine",
    "run.built",
    "publish.table",
    "publish.committed",
    "publish.released",
    "run.published",
    "audit.intended",
    "audit.appended",
    "rotation.key_aside",
    "rotation.marked",
    "rotation.replaced",
    "plan.begun",
    "plan.done",
    "maintain.written",
    "maintain.table",
    "maintain.compacted",
    "maintain.released",
    "maintain.table_expired",
    "maintain.table_swept",
    "privacy.remembered",
    "privacy.planned",
    "privacy.logged",
    "privacy.requested",
    "privacy.models_marked",
    "privacy.left_use",
    "privacy.landed_found",
    "privacy.table_left",
    "privacy.left_staged",
    "privacy.emptied",
    "privacy.left_landed",
    "privacy.released",
    "privacy.table_expired",
    "privacy.expired",
    "privacy.table_stripped",
    "privacy.stripped",
    "privacy.cleared",
    "privacy.retrained",
    "privacy.proved",
    "privacy.certified",
    "privacy.audited",
)

times: Counter[str] = Counter()
"""How often this process reached each point, so that a test knows where its middle and its end are."""


def reached(point: str) -> None:
    """Die at once, as by a loss of power, if this point was asked for.

    Args:
        point: One of `POINTS`.
    """
    assert point in POINTS, f"{point} is no failpoint"
    times[point] += 1
    asked = os.environ.get(VARIABLE)
    if asked is None:
        return
    name, _, nth = asked.partition(":")
    if name == point and times[point] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
