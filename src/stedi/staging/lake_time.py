"""The latest time that a lake has recorded, against the clock of a machine that may be behind."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from stedi.landing import releases, requests
from stedi.privacy.suppression import CLOCK_TOLERANCE_MS
from stedi.staging.ledger import LedgerEntry
from stedi.store.rows import rows_of
from stedi.store.store import Store


def latest_recorded_ms(store: Store, entries: Iterable[LedgerEntry]) -> int:
    """When the latest landing, request or release of a lake was recorded, UTC ms; 0 before the first.

    Args:
        store: The tables of the lake.
        entries: The whole ledger.
    """
    landed = (entry.read_at for entry in entries)
    asked = (row["requested_at"] for row in rows_of(store, requests.TABLE))
    published = (row["published_at"] for row in rows_of(store, releases.TABLE))
    return max((*landed, *asked, *published), default=0)


def clock_alert(now_ms: int, latest_ms: int) -> str | None:
    """What to tell of a clock that is behind what the lake has recorded; None while it may be right.

    Args:
        now_ms: What the clock says, UTC ms.
        latest_ms: The latest time that the lake has recorded, UTC ms.
    """
    if latest_ms - now_ms <= CLOCK_TOLERANCE_MS:
        return None
    behind = timedelta(seconds=(latest_ms - now_ms) // 1000)
    return (
        f"the clock of this machine says {_shown(now_ms)}, {behind} before the latest time that this lake "
        f"has recorded, {_shown(latest_ms)}: it is behind now, or was ahead then. What lands now is taken to "
        "have landed at the latest time recorded, and lines dated after the clock are refused as FUTURE. "
        "Set the clock right, then run again"
    )


def _shown(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
