"""Rotate the pseudonym key: a new one in its place, and no way from the old to the new."""

from stedi import audit
from stedi.ground.errors import UsageError
from stedi.ground.failpoints import reached
from stedi.ground.zones import Zone
from stedi.lake.config import Lake, marked, opened
from stedi.privacy.keys import NAMES, key_mark
from stedi.run.lock import only_writer
from stedi.tables import DERIVED

ROTATED = "pseudonym"

REFUSED = {
    "suppression": (
        "requests and the list of erased people are hashes under it. Under another key nobody of them "
        "would be known again, and what was erased would come back."
    ),
    "audit": "every entry of the audit log is sealed with it, and could no longer be verified.",
}
"""Why the other keys stay."""


def plan(lake: Lake, key: str) -> list[str]:
    """What rotating a key would do, in order.

    Raises:
        UsageError: There is no such key, or it is never rotated.
    """
    if key in REFUSED:
        raise UsageError(f"The {key} key is never rotated; nothing was done.\nReason: {REFUSED[key]}")
    if key not in NAMES:
        raise UsageError(f"A lake has no such key; nothing was done.\nIts keys: {', '.join(NAMES)}")
    curated = ", ".join(table.name for table in DERIVED if table.zone is Zone.CURATED)
    return [
        f"a new key replaces {lake.keys.where(key)}; forget the old one in backups too",
        f"the next run builds {curated} anew: other subject keys and sessions, otherwise the same rows",
        "every other table stays as it is",
        "snapshots from before keep the old pseudonyms until they are expired",
    ]


def rotate(lake: Lake, key: str) -> None:
    """Put a new key in the place of the pseudonym key; waits for a run to end.

    Killed at any moment, the lake has one key, the old or the new. The old one is not needed, so
    that a lake whose pseudonym key was lost can be gone on with.

    Raises:
        UsageError: There is no such key, or it is never rotated.
        LakeBusyError: A run holds the lake.
    """
    plan(lake, key)
    with only_writer(lake):
        lake = opened(lake.root)
        audit.record(lake, "key_rotation_begun", key=key)
        mark = key_mark(lake.keys.put_aside(key), lake.lake_id)
        reached("rotation.key_aside")
        # From here on the new key is the lake's, wherever it lies.
        lake = marked(lake, key, mark)
        reached("rotation.marked")
        lake.keys.take_aside(key)
        reached("rotation.replaced")
        audit.record(lake, "key_rotated", key=key)
