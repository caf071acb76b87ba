"""Who agreed to research use, and from when: the one place that states it.

A person agrees by a customer record with a consent time. Grants need strict evidence,
withdrawals need little; where records leave something open, fewer readings pass.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from stedi.privacy.dispositions import Disposition
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


def states(records: "DataFrame", *, as_of_ms: int, window: Window) -> "DataFrame":
    """Tell, for each person, the state at `as_of_ms` and from when readings pass.

    The newest record decides. One without a consent time withdraws from then on, and a consent
    given again counts only when its own time is later than the withdrawal and than every consent
    time told up to it, for those may be stale copies. Records of the same
    instant that disagree give no consent. A correction may move the start later, never earlier,
    and nothing starts before the registration. No record of consent means no consent.

    Args:
        records: Staged customer records: `participant`, `effective_at`, `bucket`,
            `registrationdate`, `sharewithresearchasofdate` (null: no consent); times in UTC ms.
        as_of_ms: The time of the run, UTC ms; a start later than it is only scheduled.
        window: `from_consent` lets readings pass from the start on, `whole_history` all of them.

    Returns:
        One row a person: `participant`, `state`, `start_at` (null unless GIVEN or SCHEDULED),
        `readings_from` (null unless GIVEN), `bucket`; times in UTC ms.
    """
    from pyspark.sql import Window as Rows
    from pyspark.sql import functions as F

    consent_at = F.col("sharewithresearchasofdate")
    instants = records.groupBy("participant", "effective_at").agg(
        F.min("bucket").alias("bucket"),
        F.max(consent_at).alias("consent_at"),
        F.max(F.when(consent_at.isNotNull(), F.col("registrationdate"))).alias("registered_at"),
        F.max(consent_at.isNull().cast("int")).alias("withdraws"),
        (
            (F.min(consent_at) != F.max(consent_at))
            | (F.min("registrationdate") != F.max("registrationdate"))
        ).alias("disagrees"),
    )
    withdraws = F.max(F.when(F.col("withdraws") == 1, F.col("effective_at")))
    told = instants.withColumn("withdrawn_at", withdraws.over(Rows.partitionBy("participant")))
    before = F.col("effective_at") <= F.col("withdrawn_at")
    people = told.groupBy("participant").agg(
        F.min("bucket").alias("bucket"),
        F.max("consent_at").alias("consent_at"),
        F.max("registered_at").alias("registered_at"),
        F.max("effective_at").alias("newest_at"),
        F.max("withdrawn_at").alias("withdrawn_at"),
        F.max(F.when(before, F.col("consent_at"))).alias("stale_at"),
        F.max(F.when(F.col("disagrees"), F.col("effective_at"))).alias("disagreed_at"),
    )
    start_at = F.greatest("consent_at", "registered_at")
    # Nobody withdrew: both are null, and so is this.
    withdrawn = F.col("consent_at") <= F.greatest("withdrawn_at", "stale_at")
    state = (
        F.when(F.col("consent_at").isNull(), State.NEVER.value)
        .when(withdrawn, State.WITHDRAWN.value)
        .when(F.col("disagreed_at") == F.col("newest_at"), State.HOLD.value)
        .when(start_at > as_of_ms, State.SCHEDULED.value)
        .otherwise(State.GIVEN.value)
    )
    given = F.col("state") == State.GIVEN.value
    started = F.col("state").isin(State.GIVEN.value, State.SCHEDULED.value)
    lower_bound = F.lit(0).cast("bigint") if window is Window.WHOLE_HISTORY else F.col("start_at")
    return (
        people.withColumn("state", state)
        .withColumn("start_at", F.when(started, start_at))
        .withColumn("readings_from", F.when(given, lower_bound))
        .select("participant", "state", "start_at", "readings_from", "bucket")
    )


def newest(records: "DataFrame") -> "DataFrame":
    """Keep each person's newest record; of several at one instant, one by its values alone."""
    from pyspark.sql import Window as Rows
    from pyspark.sql import functions as F

    # Every column that is shown takes part, so that the order of landing cannot matter.
    told = [c for c in records.columns if c not in ("participant", "_file_sha256", "_line", "bucket")]
    order = [F.desc("effective_at"), *(F.desc_nulls_last(c) for c in told if c != "effective_at")]
    ranked = records.withColumn("_rank", F.row_number().over(Rows.partitionBy("participant").orderBy(*order)))
    return ranked.where("_rank = 1").drop("_rank")


def consented(readings: "DataFrame", consent: "DataFrame", *, moment: str) -> "DataFrame":
    """Keep the readings taken while their participant agreed to research use.

    A reading is kept when its participant's state is GIVEN and `moment` is not before
    `readings_from`. No consent on record means no reading.

    Args:
        readings: One row a reading, with the columns `participant` and `moment` (UTC ms).
        consent: One row a person, as `states` gives it.
        moment: Name of the column that tells when a reading was taken.
    """
    from pyspark.sql import functions as F

    granted = consent.where(F.col("state") == State.GIVEN.value).select(
        F.col("participant").alias("_participant"), F.col("readings_from").alias("_from")
    )
    covers = (F.col("participant") == F.col("_participant")) & (F.col(moment) >= F.col("_from"))
    # A semi-join, so that a doubled consent row cannot double a reading.
    return readings.join(granted, covers, "left_semi")


def disposition(*, moment: str | None = None) -> "Column":
    """What became of a row that was left-joined with its participant's consent.

    Args:
        moment: The column that tells when a reading was taken; None for customer records.
    """
    from pyspark.sql import functions as F

    state = F.col("state")
    told = (
        F.when(state == State.HOLD.value, Disposition.HELD.value)
        .when(state.isNull(), Disposition.NO_OWNER.value)
        .when(state == State.WITHDRAWN.value, Disposition.WITHDRAWN.value)
        .when(state != State.GIVEN.value, Disposition.NOT_CONSENTED.value)
    )
    if moment:
        told = told.when(F.col(moment) < F.col("readings_from"), Disposition.BEFORE_START.value)
    return told.otherwise(Disposition.PASSED.value)
