"""What became of every accepted row: the other half of the conservation equation."""

from typing import TYPE_CHECKING

from stedi.privacy.consent import State, disposition, newest
from stedi.privacy.dispositions import Disposition
from stedi.privacy.ownership import owners

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def of_customers(customer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Count the customer records by what became of them: `disposition`, `rows`."""
    from pyspark.sql import functions as F

    people = customer_staged.select("participant").distinct()
    current = newest(customer_staged).select("participant")
    decided = _counted(current.join(_states(consent), "participant", "left"), disposition())
    all_of_them = customer_staged.agg(F.count(F.lit(1)).alias("rows"))
    superseded = (
        all_of_them.crossJoin(people.agg(F.count(F.lit(1)).alias("people")))
        .select(
            F.lit(Disposition.SUPERSEDED.value).alias("disposition"), F.expr("rows - people").alias("rows")
        )
        .where("rows > 0")
    )
    return decided.unionByName(superseded)


def of_phone_readings(accelerometer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Count the phone readings by what became of them: `disposition`, `rows`."""
    return _counted(
        accelerometer_staged.join(_states(consent), "participant", "left"), disposition(moment="timestamp")
    )


def of_step_readings(
    step_trainer_staged: "DataFrame",
    customer_staged: "DataFrame",
    consent: "DataFrame",
    accelerometer_trusted: "DataFrame",
) -> "DataFrame":
    """Count the step readings by what became of them: `disposition`, `rows`."""
    from pyspark.sql import functions as F

    devices = owners(customer_staged).withColumn("known", F.lit(True))
    with_phone = accelerometer_trusted.select("participant").distinct().withColumn("has_phone", F.lit(True))
    told = (
        step_trainer_staged.drop("bucket")
        .join(devices, "serialnumber", "left")
        .withColumnRenamed("owner", "participant")
        .join(_states(consent), "participant", "left")
        .join(with_phone, "participant", "left")
    )
    ambiguous = F.col("known") & F.col("participant").isNull()
    unowned = F.col("sensorreadingtime") < F.col("owned_from")
    by_consent = disposition(moment="sensorreadingtime")
    phoneless = (by_consent == Disposition.PASSED.value) & F.col("has_phone").isNull()
    return _counted(
        told,
        F.when(F.col("state") == State.HOLD.value, Disposition.HELD.value)
        .when(ambiguous, Disposition.AMBIGUOUS.value)
        .when(unowned, Disposition.NO_OWNER.value)
        .when(phoneless, Disposition.NO_ACCELEROMETER.value)
        .otherwise(by_consent),
    )


def of_consenting(readings: "DataFrame", consent: "DataFrame", *, moment: str) -> "DataFrame":
    """Keep all readings of people whose state is GIVEN, and tell which were taken before its start.

    Args:
        readings: `participant` and `moment` (UTC ms).
        consent: One row a person.
        moment: Name of the column that tells when a reading was taken.

    Returns:
        The readings with `is_early`. Not for publishing: it is what `consented` would have to pass.
    """
    from pyspark.sql import functions as F

    given = consent.where(F.col("state") == State.GIVEN.value).select("participant", "start_at")
    return readings.join(given, "participant").withColumn("is_early", F.col(moment) < F.col("start_at"))


def _states(consent: "DataFrame") -> "DataFrame":
    return consent.select("participant", "state", "readings_from")


def _counted(rows: "DataFrame", what: object) -> "DataFrame":
    from pyspark.sql import functions as F

    return rows.withColumn("disposition", what).groupBy("disposition").agg(F.count(F.lit(1)).alias("rows"))  # type: ignore[arg-type]
