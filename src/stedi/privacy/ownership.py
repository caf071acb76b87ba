"""Whose device it is: the person whose newest customer record names it."""

from typing import TYPE_CHECKING

from stedi.privacy.consent import newest

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def owners(records: "DataFrame") -> "DataFrame":
    """Tell the owner of each device that a customer record names.

    A device belongs to the person whose newest record names it: from the start when that
    person never named another before it, else from the record that first names it. A device
    that two people's records name is ambiguous and belongs to neither; one that its person
    replaced by another belongs to nobody, for anybody may have it.

    Args:
        records: Staged customer records: `participant`, `serialnumber`, `effective_at`, `bucket`.

    Returns:
        One row a device: `serialnumber`, `owner` (null: ambiguous), `owned_from` (UTC ms),
        `owner_bucket`.
    """
    from pyspark.sql import functions as F

    named = records.where(F.col("serialnumber").isNotNull())
    first_record = records.groupBy("participant").agg(F.min("effective_at").alias("first_at"))
    claims = named.groupBy("participant", "serialnumber").agg(
        F.min("effective_at").alias("named_at"), F.min("bucket").alias("bucket")
    )
    kept = newest(records).select(F.col("participant").alias("keeper"), F.col("serialnumber").alias("kept"))
    claimants = claims.groupBy("serialnumber").agg(F.count("participant").alias("claimants"))
    owned_from = F.when(F.col("named_at") == F.col("first_at"), F.lit(0).cast("bigint")).otherwise(
        F.col("named_at")
    )
    sole = (
        claims.join(
            kept, (F.col("participant") == F.col("keeper")) & (F.col("serialnumber") == F.col("kept"))
        )
        .join(first_record, "participant")
        .join(claimants.where("claimants = 1"), "serialnumber")
        .select(
            "serialnumber",
            F.col("participant").alias("owner"),
            owned_from.alias("owned_from"),
            F.col("bucket").alias("owner_bucket"),
        )
    )
    nobody = claimants.where("claimants > 1").select(
        "serialnumber",
        F.lit(None).cast("string").alias("owner"),
        F.lit(0).cast("bigint").alias("owned_from"),
        F.lit(None).cast("int").alias("owner_bucket"),
    )
    return sole.unionByName(nobody)


def owned(readings: "DataFrame", records: "DataFrame") -> "DataFrame":
    """Keep the readings of devices that had exactly one owner, beside that owner.

    Args:
        readings: `serialnumber`, `sensorreadingtime` (UTC ms) and more; `bucket` is replaced.
        records: Staged customer records, as for `owners`.

    Returns:
        The readings with `participant`, the owner, and `bucket`, the owner's.
    """
    from pyspark.sql import functions as F

    # One row a device, so that the join cannot double a reading.
    sole = owners(records).where(F.col("owner").isNotNull())
    return (
        readings.drop("bucket")
        .join(sole, "serialnumber")
        .where(F.col("sensorreadingtime") >= F.col("owned_from"))
        .withColumnRenamed("owner", "participant")
        .withColumnRenamed("owner_bucket", "bucket")
        .drop("owned_from")
    )
