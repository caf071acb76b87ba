"""Whose device it is: the person whose newest customer record names it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def owners(records: "DataFrame") -> "DataFrame":
    """Tell the owner of each device that a customer record names.

    A device belongs to the person whose newest record names it: from the start when that
    person never named another, else from the first record that names it and no other since.
    A device that two people's records name is ambiguous and belongs to neither, and so are
    several that a person's newest records name at one instant; one that its person replaced by
    another belongs to nobody, for anybody may have it.

    Args:
        records: Staged customer records: `participant`, `serialnumber`, `effective_at`, `bucket`.

    Returns:
        One row a device: `serialnumber`, `owner` (null: ambiguous), `owned_from` (UTC ms),
        `owner_bucket`.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    at, newest_at, last_at = F.col("effective_at"), F.col("newest_at"), F.col("last_at")
    person = Window.partitionBy("participant")
    named = (
        records.withColumn("first_at", F.min(at).over(person))
        .withColumn("newest_at", F.max(at).over(person))
        .where(F.col("serialnumber").isNotNull())
        .withColumn("last_at", F.max(at).over(Window.partitionBy("participant", "serialnumber")))
        # When the person last named a device that is no longer theirs.
        .withColumn("replaced_at", F.max(F.when(last_at < newest_at, at)).over(person))
    )
    since = F.min(F.when(F.col("replaced_at").isNull() | (at > F.col("replaced_at")), at))
    claims = (
        named.groupBy("participant", "serialnumber")
        .agg(
            F.max((last_at == newest_at).cast("int")).alias("kept"),
            F.min("first_at").alias("first_at"),
            since.alias("since"),
            F.min("bucket").alias("bucket"),
        )
        .withColumn("devices", F.sum("kept").over(person))
        .withColumn("claimants", F.count("participant").over(Window.partitionBy("serialnumber")))
    )
    is_kept, is_sole = F.col("kept") == 1, (F.col("claimants") == 1) & (F.col("devices") == 1)
    from_start = ~is_sole | (F.col("since") == F.col("first_at"))
    return (
        claims.where(is_kept | (F.col("claimants") > 1))
        .select(
            "serialnumber",
            F.when(is_sole, F.col("participant")).alias("owner"),
            F.when(from_start, F.lit(0).cast("bigint")).otherwise(F.col("since")).alias("owned_from"),
            F.when(is_sole, F.col("bucket")).alias("owner_bucket"),
        )
        .distinct()
    )


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
