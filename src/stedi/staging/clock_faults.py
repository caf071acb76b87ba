"""What refused customer records tell of our clock: one dated after its landing may say that it was behind.

The ledger keeps the hours of such times as notes. A record without a time of its own, or a request, that came
about then may in truth have come as late as that: see `privacy.counting`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stedi.landing import customer
from stedi.privacy.counting import HOUR_MS, ClockFault
from stedi.sources.reasons import Reason
from stedi.sources.strict_json import object_of
from stedi.sources.values import BEYOND_MS, value_of
from stedi.staging.ledger import LedgerEntry

if TYPE_CHECKING:
    import pyarrow as pa

NOTE = "dated_ahead:"
_HOUR = "%Y-%m-%dT%H"


def dated_ahead_notes(refused: "pa.RecordBatch") -> Counter[str]:
    """How many refused customer records tell a time after their landing, by the hour that they tell.

    Args:
        refused: Refused lines of a customer file: `reason`, `raw`.
    """
    found: Counter[str] = Counter()
    for reason, raw in zip(*(refused.column(name).to_pylist() for name in ("reason", "raw")), strict=True):
        if reason == Reason.FUTURE and (told_ms := _told_ms(raw)) is not None:
            found[f"{NOTE}{datetime.fromtimestamp(told_ms // 1000, UTC).strftime(_HOUR)}"] += 1
    return found


def clock_faults(entries: Iterable[LedgerEntry]) -> tuple[ClockFault, ...]:
    """The times told by refused customer records, each once, from the whole ledger."""
    return tuple(
        sorted(
            {
                ClockFault(entry.landed_at, _hour_ms(note.removeprefix(NOTE)) + HOUR_MS)
                for entry in entries
                for note in entry.notes
                if note.startswith(NOTE)
            }
        )
    )


def _hour_ms(hour: str) -> int:
    return int(datetime.strptime(hour, _HOUR).replace(tzinfo=UTC).timestamp()) * 1000


def _told_ms(raw: bytes) -> int | None:
    """The latest time that a record tells of itself."""
    fields = object_of(raw)
    if isinstance(fields, Reason):
        return None
    told = {key.lower(): value for key, value in fields.items() if key.isascii()}
    times = (value_of(told.get(c.name), c, BEYOND_MS) for c in (customer.LAST_UPDATE, customer.REGISTRATION))
    return max((time for time in times if isinstance(time, int)), default=None)
