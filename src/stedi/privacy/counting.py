"""At which times records and requests count when a clock was wrong: one of others, or ours.

A record counts from its last update, or from its landing where that is earlier (`effective_at`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from stedi.privacy.suppression import CLOCK_TOLERANCE_MS, About

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
"""What landed up to a day before a refused record may have landed by the same clock."""


class ClockFault(NamedTuple):
    """A customer record was refused, for it tells a time after its landing: our clock may have been behind.

    Attributes:
        landed_at: When it landed as we knew, UTC ms.
        told_until: The end of the hour that it tells, UTC ms.
    """

    landed_at: int
    told_until: int


def last_counting_at(faults: Sequence[ClockFault], *, as_of_ms: int) -> "Column":
    """The last time at which a record without consent counts, as a column over customer records.

    It counts when it landed, for its clock may run ahead; and at its own time, for ours may have been behind,
    as soon as that may have come. One that tells no time of its own counts when it may have landed in truth.

    Args:
        faults: When our clock may have been behind.
        as_of_ms: The time of the run, UTC ms.
    """
    from pyspark.sql import functions as F

    at, own = F.col("effective_at"), F.col("lastupdatedate")
    return counted_at(at, own, faults, as_of_ms=as_of_ms)


def counted_at(at: "Column", own: "Column", faults: Sequence[ClockFault], *, as_of_ms: int) -> "Column":
    """The last time at which something counts that came at a time and tells one of its own, or none (null).

    Args:
        at: From when it counts, or when it landed as we knew, UTC ms.
        own: Its own time, UTC ms.
        faults: When our clock may have been behind.
        as_of_ms: The time of the run, UTC ms.
    """
    from pyspark.sql import functions as F

    own_at = F.when(own <= gives_until(as_of_ms), own)
    landing = F.when(own.isNull(), later_landing(at, faults, as_of_ms=as_of_ms))
    return F.greatest(at, own_at, landing)


def later_landing(landed_at: "Column", faults: Sequence[ClockFault], *, as_of_ms: int) -> "Column":
    """When in truth something may have landed, where that is later than we knew; else null.

    It may have landed as late as any record tells that was refused before it, or within a day after it, as
    soon as that time may have come.

    Args:
        landed_at: When it landed as we knew, UTC ms.
        faults: When our clock may have been behind.
        as_of_ms: The time of the run, UTC ms.
    """
    from pyspark.sql import functions as F

    latest = F.lit(None).cast("bigint")
    told_until = 0
    for fault in sorted(faults):
        if told_until < fault.told_until <= as_of_ms + HOUR_MS:
            told_until = fault.told_until
            applies = (landed_at >= fault.landed_at - DAY_MS) & (landed_at < told_until)
            latest = F.when(applies, F.lit(told_until).cast("bigint")).otherwise(latest)
    return latest


def gives_until(as_of_ms: int) -> int:
    """Up to when the time of a record may have come, by the tolerance of clocks, UTC ms.

    One that gives consent from later on landed while our clock ran ahead: nobody passes by it yet.
    """
    return as_of_ms + CLOCK_TOLERANCE_MS


def next_counting_at(
    records: "DataFrame", requests: "DataFrame", faults: Sequence[ClockFault], *, as_of_ms: int
) -> int | None:
    """When time alone will make a record count that does not count yet, UTC ms; None when it never will.

    Args:
        records: Customer records: `effective_at`, `lastupdatedate`, `sharewithresearchasofdate`, UTC ms.
        requests: Withdrawals and erasures, and what records told that were not staged.
        faults: When our clock may have been behind.
        as_of_ms: The time of the run, UTC ms.
    """
    from pyspark.sql import functions as F

    gives = F.col("sharewithresearchasofdate").isNotNull()
    comes_at = F.when(gives, F.col("effective_at")).otherwise(F.col("lastupdatedate")) - CLOCK_TOLERANCE_MS
    found: int | None = records.agg(F.min(F.when(comes_at > as_of_ms, comes_at))).collect()[0][0]
    own_at = F.col("covers_until") - CLOCK_TOLERANCE_MS
    is_told = F.col("about").isin(About.WITHDREW.value, About.UNREADABLE.value)
    unstaged: int | None = requests.agg(F.min(F.when(is_told & (own_at > as_of_ms), own_at))).collect()[0][0]
    told = [fault.told_until - HOUR_MS for fault in faults]
    return min((at for at in (found, unstaged, *told) if at is not None and at > as_of_ms), default=None)
