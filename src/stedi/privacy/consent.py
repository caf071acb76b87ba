"""Who agreed to research use, and from when: the one place that states it.

A person agrees by a customer record with a consent time. Grants need strict evidence,
withdrawals need little; where records leave something open, fewer readings pass.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from stedi.privacy.asking import asked, reached, unstaged
from stedi.privacy.counting import ClockFault, gives_until, last_counting_at, later_landing
from stedi.privacy.dispositions import Disposition
from stedi.privacy.linking import links
from stedi.privacy.window import Window

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


class State(StrEnum):
    """Where a person stands at the time of a run."""

    NEVER = "NEVER"
    SCHEDULED = "SCHEDULED"
    GIVEN = "GIVEN"
    WITHDRAWN = "WITHDRAWN"
    HOLD = "HOLD"
    UNREADABLE = "UNREADABLE"
    ERASED = "ERASED"


_TOLD = (
    "person", "effective_at", "lastupdatedate", "sharewithresearchasofdate", "consent_fault",
    "registrationdate",
)  # fmt: skip
"""What of a record decides on its person's consent."""


def states(
    records: "DataFrame",
    requests: "DataFrame",
    *,
    as_of_ms: int,
    window: Window,
    suppression_key: bytes,
    clock_faults: Sequence[ClockFault] = (),
) -> "DataFrame":
    """Tell, for each address, whose it is, the person's state at `as_of_ms` and from when readings pass.

    A person is all addresses that `privacy.linking` finds to be theirs; what is told under one
    counts for all, and a request about one is about all. An address that was passed on to somebody
    else holds them all.

    The newest record decides. One without a consent time withdraws from then on, and so does a
    request from when it was made; one from a clock that ran ahead withdraws when it landed, and again
    at its own time. While the newest tells a consent time that cannot be read nobody passes, yet
    nothing is withdrawn. A consent given again counts only when its own time is later
    than the withdrawal and than every consent time told up to it, for those may be stale copies.
    Records of the same instant that disagree give no consent. A correction may move the start
    later, never earlier, and nothing starts before the registration. What was read up to an
    erasure never passes again. No record of consent means no consent.

    Args:
        records: Staged customer records: `participant`, `effective_at`, `lastupdatedate`, `bucket`,
            `registrationdate`, `birthday`, `customername`, `sharewithresearchasofdate` (null: no
            consent, or one that cannot be read: `consent_fault`); times in UTC ms.
        requests: Withdrawals and erasures, as `privacy.asking` reads them.
        as_of_ms: The time of the run, UTC ms; a start later than it is only scheduled.
        window: `from_consent` lets readings pass from the start on, `whole_history` all of them.
        suppression_key: The key of the hashes by which requests know their person.
        clock_faults: When our clock may have been behind.

    Returns:
        One row an address: `participant`, `person`, `state`, `start_at` (null unless GIVEN or
        SCHEDULED), `readings_from` (null unless GIVEN), `erased_at` (null: no erasure),
        `person_bucket`, `bucket`; times in UTC ms.
    """
    from pyspark.sql import functions as F

    by_request = reached(records, requests, suppression_key=suppression_key)
    addresses = (
        records.groupBy("participant")
        .agg(F.min("bucket").alias("bucket"))
        .join(links(records, by_request), "participant", "left")
        .join(asked(by_request, requests), "participant", "left")
        .withColumn("person", F.coalesce("person", "participant"))
    )
    # A request may have been made later than our clock said, too.
    asked_later = later_landing(F.col("asked_at"), clock_faults, as_of_ms=as_of_ms)
    of_person = addresses.groupBy("person").agg(
        # A person is called by an address of theirs, whose bucket is the person's.
        F.max(F.when(F.col("person") == F.col("participant"), F.col("bucket"))).alias("person_bucket"),
        F.max("is_recycled").alias("is_recycled"),
        F.max(F.greatest("asked_at", asked_later)).alias("asked_at"),
        F.max("erased_at").alias("erased_at"),
    )
    whose = addresses.select("participant", "person")
    told_alone = unstaged(by_request, requests).join(whose, "participant").select(*_TOLD).distinct()
    of_people = records.join(whose, "participant").select(*_TOLD).unionByName(told_alone)
    told = _told(of_people, of_person, as_of_ms, clock_faults)
    # Nobody withdrew: both are null, and so is this.
    withdrawn = F.col("given_at") <= F.greatest("withdrawn_at", "stale_at")
    start_at = F.greatest("consent_at", "registered_at")
    # Nobody passes by a consent from later than now, nor by the others alone where such a one is told.
    is_unreadable = (F.col("unreadable_at") >= F.col("decided_at")) & F.coalesce(
        F.col("unreadable_at") > F.col("withdrawn_at"), F.lit(True)
    )
    disagrees = (F.col("disagreed_at") == F.col("newest_at")) | (F.col("disputed_at") == F.col("decided_at"))
    state = (
        F.when(F.col("erased_at").isNotNull() & (F.col("given_at").isNull() | withdrawn), State.ERASED.value)
        .when(F.col("is_recycled"), State.HOLD.value)
        .when(is_unreadable, State.UNREADABLE.value)
        .when(F.col("given_at").isNull(), State.NEVER.value)
        .when(withdrawn, State.WITHDRAWN.value)
        .when(disagrees, State.HOLD.value)
        .when(start_at > as_of_ms, State.SCHEDULED.value)
        .otherwise(State.GIVEN.value)
    )
    given = F.col("state") == State.GIVEN.value
    started = F.col("state").isin(State.GIVEN.value, State.SCHEDULED.value)
    # A consent after an erasure starts after it; only the whole history would reach back.
    whole_history = F.coalesce(F.col("erased_at") + 1, F.lit(0).cast("bigint"))
    lower_bound = whole_history if window is Window.WHOLE_HISTORY else F.col("start_at")
    people = (
        told.withColumn("state", state)
        .withColumn("start_at", F.when(started, start_at))
        .withColumn("readings_from", F.when(given, lower_bound))
        .select("person", "state", "start_at", "readings_from", "erased_at", "person_bucket")
    )
    return (
        addresses.select("participant", "person", "bucket")
        .join(people, "person")
        .select(
            "participant",
            "person",
            "state",
            "start_at",
            "readings_from",
            "erased_at",
            "person_bucket",
            "bucket",
        )
    )


def _told(
    records: "DataFrame", of_person: "DataFrame", as_of_ms: int, clock_faults: Sequence[ClockFault]
) -> "DataFrame":
    """What all records of each person tell together, beside what is known of the person.

    Returns:
        One row a person, with the latest `consent_at` and `registered_at`, `newest_at`, `withdrawn_at`,
        `unreadable_at`, `stale_at` (the latest consent told up to `withdrawn_at`) and `disagreed_at`; and
        as of now, without who consents from later on, `given_at`, `decided_at` and `disputed_at`.
    """
    from pyspark.sql import functions as F

    consent_at = F.col("sharewithresearchasofdate")
    is_unreadable = consent_at.isNull() & F.col("consent_fault").isNotNull()
    told_at = last_counting_at(clock_faults, as_of_ms=as_of_ms)
    instants = records.groupBy("person", "effective_at").agg(
        F.max(consent_at).alias("consent_at"),
        F.max(F.when(consent_at.isNotNull(), F.col("registrationdate"))).alias("registered_at"),
        F.max(F.when(consent_at.isNull() & ~is_unreadable, told_at)).alias("withdraws_at"),
        F.max(F.when(is_unreadable, told_at)).alias("unreadable_at"),
        F.max(consent_at.isNull().cast("int")).alias("is_silent"),
        (
            (F.min(consent_at) != F.max(consent_at))
            | (F.min("registrationdate") != F.max("registrationdate"))
        ).alias("disagrees"),
    )
    at = F.col("effective_at")
    has_come = at <= gives_until(as_of_ms)
    decides = has_come | (F.col("is_silent") == 1)
    by_record = instants.groupBy("person").agg(
        F.max("withdraws_at").alias("by_record_at"), F.max("unreadable_at").alias("unreadable_at")
    )
    withdrawals = of_person.join(by_record, "person").withColumn(
        "withdrawn_at", F.greatest("by_record_at", "asked_at")
    )
    return (
        instants.drop("withdraws_at", "unreadable_at")
        .join(withdrawals, "person")
        .groupBy("person", "person_bucket", "is_recycled", "erased_at", "withdrawn_at", "unreadable_at")
        .agg(
            F.max("consent_at").alias("consent_at"),
            F.max("registered_at").alias("registered_at"),
            F.max(F.when(has_come, F.col("consent_at"))).alias("given_at"),
            F.max("effective_at").alias("newest_at"),
            F.max(F.when(decides, at)).alias("decided_at"),
            F.max(F.when(at <= F.col("withdrawn_at"), F.col("consent_at"))).alias("stale_at"),
            F.max(F.when(F.col("disagrees"), at)).alias("disagreed_at"),
            F.max(F.when(F.col("disagrees") & decides, at)).alias("disputed_at"),
        )
    )


def newest(records: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Keep each person's newest record; of several at one instant, one by its values alone.

    Args:
        records: Staged customer records.
        consent: One row an address, as `states` gives it.

    Returns:
        The records with `person` in place of `participant`, and the person's `bucket`.
    """
    from pyspark.sql import Window as Rows
    from pyspark.sql import functions as F

    # Every column that is shown takes part, so that the order of landing cannot matter.
    told = [c for c in records.columns if c not in ("participant", "_file_sha256", "_line", "bucket")]
    order = [F.desc("effective_at"), *(F.desc_nulls_last(c) for c in told if c != "effective_at")]
    whose = consent.select("participant", "person", F.col("person_bucket").alias("bucket"))
    of_person = records.drop("bucket").join(whose, "participant").drop("participant")
    ranked = of_person.withColumn("_rank", F.row_number().over(Rows.partitionBy("person").orderBy(*order)))
    return ranked.where("_rank = 1").drop("_rank")


def outcome() -> "Column":
    """What becomes of whatever a person told or read, but for its time: from the person's `state`.

    It is told of rows that were left-joined with consent: without a state nobody is known.
    """
    from pyspark.sql import functions as F

    state = F.col("state")
    return (
        F.when(state.isin(State.HOLD.value, State.UNREADABLE.value), Disposition.HELD.value)
        .when(state.isNull(), Disposition.NO_OWNER.value)
        .when(state == State.WITHDRAWN.value, Disposition.WITHDRAWN.value)
        .when(state != State.GIVEN.value, Disposition.NOT_CONSENTED.value)
        .otherwise(Disposition.PASSED.value)
    )


def disposition() -> "Column":
    """What became of a customer record that was joined with its person's consent."""
    from pyspark.sql import functions as F

    is_erased = F.col("effective_at") <= F.col("erased_at")
    return F.when(is_erased, Disposition.ERASED.value).otherwise(outcome())
