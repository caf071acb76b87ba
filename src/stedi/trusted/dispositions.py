"""What became of every accepted row: the other half of the conservation equation.

Of a reading it follows from its own staged row and from the small tables that say whose it was
and who agreed, so it can be told for any part of the readings.
"""

from typing import TYPE_CHECKING

from stedi.privacy.consent import State, disposition, newest
from stedi.privacy.dispositions import Disposition
from stedi.privacy.ownership import standing_at
from stedi.privacy.standing import Standing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def of_customers(customer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Count the customer records by what became of them: `disposition`, `rows`.

    Of a person's records those up to an erasure are erased, the newest stands for the person, and
    the others are superseded.
    """
    from pyspark.sql import functions as F

    whose = consent.select("participant", "erased_at")
    records = customer_staged.join(whose, "participant")
    is_erased = F.coalesce(F.col("effective_at") <= F.col("erased_at"), F.lit(False))
    current = newest(customer_staged, consent).join(_people(consent), "person").where(~is_erased)
    every = records.agg(F.count(F.lit(1)).alias("records"), F.count(F.when(is_erased, 1)).alias("erased"))
    others = (
        every.crossJoin(current.agg(F.count(F.lit(1)).alias("people")))
        .select(
            F.expr(
                "stack(2, 'erased', erased, 'superseded', records - erased - people) as (disposition, rows)"
            )
        )
        .where("rows > 0")
    )
    return counted(current.withColumn("disposition", disposition())).unionByName(others)


def phone_readings_told(accelerometer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """The phone readings, each with what became of it: `disposition`."""
    states = consent.select("participant", "state", "readings_from", "erased_at")
    return (
        accelerometer_staged.join(states, "participant", "left")
        .withColumn("disposition", disposition(moment="timestamp"))
        .drop("state", "readings_from", "erased_at")
    )


def step_readings_told(
    step_trainer_staged: "DataFrame",
    devices: "DataFrame",
    consent: "DataFrame",
    phone_readings: "DataFrame",
) -> "DataFrame":
    """The step readings, each with what became of it: `disposition`."""
    from pyspark.sql import functions as F

    with_phone = phone_readings.select("person").distinct().withColumn("has_phone", F.lit(True))
    told = (
        standing_at(step_trainer_staged, devices)
        .join(_people(consent), "person", "left")
        .join(with_phone, "person", "left")
    )
    by_consent = disposition(moment="sensorreadingtime")
    phoneless = (by_consent == Disposition.PASSED.value) & F.col("has_phone").isNull()
    standing = F.col("standing")
    by_device = (
        F.when(standing == Standing.ERASED.value, Disposition.ERASED.value)
        .when(standing == Standing.AMBIGUOUS.value, Disposition.AMBIGUOUS.value)
        .when(standing == Standing.HANDOVER.value, Disposition.HANDOVER.value)
        .when(phoneless, Disposition.NO_ACCELEROMETER.value)
        .otherwise(by_consent)
    )
    return told.withColumn("disposition", by_device).drop(
        "person", "standing", "state", "readings_from", "erased_at", "has_phone"
    )


def of_phone_readings(accelerometer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Count the phone readings by what became of them: `disposition`, `rows`."""
    return counted(phone_readings_told(accelerometer_staged, consent))


def of_step_readings(
    step_trainer_staged: "DataFrame",
    devices: "DataFrame",
    consent: "DataFrame",
    phone_readings: "DataFrame",
) -> "DataFrame":
    """Count the step readings by what became of them: `disposition`, `rows`."""
    return counted(step_readings_told(step_trainer_staged, devices, consent, phone_readings))


def counted(rows: "DataFrame") -> "DataFrame":
    """Count rows by their `disposition`: `disposition`, `rows`."""
    from pyspark.sql import functions as F

    return rows.groupBy("disposition").agg(F.count(F.lit(1)).alias("rows"))


def of_consenting(readings: "DataFrame", consent: "DataFrame", *, by: str, moment: str) -> "DataFrame":
    """Keep all readings of people whose state is GIVEN, and tell which were taken before its start.

    Args:
        readings: `by` and `moment` (UTC ms).
        consent: One row an address.
        by: `participant` or `person`: by what the readings know their owner.
        moment: Name of the column that tells when a reading was taken.

    Returns:
        The readings with `person` and `is_early`. Not for publishing: it is what `consented` would
        have to pass.
    """
    from pyspark.sql import functions as F

    given = consent.where(F.col("state") == State.GIVEN.value)
    starts = given.select(*dict.fromkeys((by, "person")), "start_at").distinct()
    return readings.join(starts, by).withColumn("is_early", F.col(moment) < F.col("start_at"))


def _people(consent: "DataFrame") -> "DataFrame":
    """One row a person, told by the address that the person is called by."""
    return consent.where("participant = person").select("person", "state", "readings_from", "erased_at")
