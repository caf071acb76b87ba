"""What became of customer records; of readings see `readings`."""

from typing import TYPE_CHECKING

from stedi.privacy.consent import disposition

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def of_customers(customer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Count the customer records by what became of them: `disposition`, `rows`.

    Of a person's records those up to an erasure are erased, the newest stands for the person, and
    the others are superseded.
    """
    from pyspark.sql import functions as F

    whose = consent.select("participant", "person", "erased_at")
    records = customer_staged.join(whose, "participant")
    is_erased = F.coalesce(F.col("effective_at") <= F.col("erased_at"), F.lit(False))
    # Of the newest record only its time matters: to find it whole, every column would be sorted.
    newest = records.groupBy("person").agg(F.max("effective_at").alias("effective_at"))
    current = newest.join(_people(consent), "person").where(~is_erased)
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
    told = current.groupBy(disposition().alias("disposition")).agg(F.count(F.lit(1)).alias("rows"))
    return told.unionByName(others)


def _people(consent: "DataFrame") -> "DataFrame":
    """One row a person, told by the address that the person is called by."""
    return consent.where("participant = person").select("person", "state", "readings_from", "erased_at")
