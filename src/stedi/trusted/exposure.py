"""How long readings stood that were withdrawn already: one cannot act on what is not yet told."""

from typing import TYPE_CHECKING

from stedi.privacy.consent import State

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def exposures(customer_staged: "DataFrame", consent: "DataFrame", landed_files: "DataFrame") -> "DataFrame":
    """Tell of each person who withdrew by a record how long it took to land.

    Args:
        customer_staged: All staged customer records.
        consent: One row an address.
        landed_files: The ledger: `file_sha256`, `landed_at` (UTC ms).

    Returns:
        One row a person who is WITHDRAWN by a record: `person`, `exposure_ms`, from when their last
        withdrawal counts until it first landed; 0 where the record's own clock ran ahead.
    """
    from pyspark.sql import functions as F

    withdrawn = consent.where(F.col("state") == State.WITHDRAWN.value).select("participant", "person")
    landed = landed_files.groupBy(F.col("file_sha256").alias("_file_sha256")).agg(
        F.min("landed_at").alias("landed_at")
    )
    told = (
        customer_staged.where("sharewithresearchasofdate is null and consent_fault is null")
        .join(withdrawn, "participant")
        .join(landed, "_file_sha256")
        .groupBy("person", "effective_at")
        .agg(F.min("landed_at").alias("landed_at"))
    )
    last = told.groupBy("person").agg(F.max(F.struct("effective_at", "landed_at")).alias("last"))
    exposure_ms = F.col("last.landed_at") - F.col("last.effective_at")
    return last.select("person", F.greatest(exposure_ms, F.lit(0)).cast("bigint").alias("exposure_ms"))
