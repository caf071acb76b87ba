"""Whether a trusted row stands there without consent, told from the records another way.

The gate before publishing must not ask the code it guards. This looks at the newest record of
each person alone, which every consented row needs whatever else the rules say.
"""

from typing import TYPE_CHECKING

from stedi.privacy.window import Window
from stedi.schema.table import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def without_consent(
    rows: "DataFrame", table: Table, customer_staged: "DataFrame", *, as_of_ms: int, window: Window
) -> "DataFrame":
    """Keep the rows that no newest customer record with a consent in force stands for.

    Args:
        rows: Rows of a trusted table.
        table: Its declaration: who a row is about, and when it was taken.
        customer_staged: All staged customer records.
        as_of_ms: The time of the run, UTC ms.
        window: The lake's consent window.
    """
    from pyspark.sql import functions as F

    instants = customer_staged.groupBy("participant").agg(F.max("effective_at").alias("newest_at"))
    at_newest = customer_staged.join(instants, "participant").where(
        F.col("effective_at") == F.col("newest_at")
    )
    consent_at = F.col("sharewithresearchasofdate")
    proof = (
        at_newest.groupBy("participant")
        .agg(
            F.count(F.lit(1)).alias("records"),
            F.count(consent_at).alias("grants"),
            F.max(consent_at).alias("proven_from"),
        )
        .where((F.col("grants") == F.col("records")) & (F.col("proven_from") <= as_of_ms))
        .select(F.col("participant").alias("_proven"), F.col("proven_from"))
    )
    covers = F.col(f"`{table.participant}`") == F.col("_proven")
    # A row a person is a record; whatever else a table holds was taken at its moment.
    is_reading = table.key != (table.participant,)
    if is_reading and window is Window.FROM_CONSENT:
        covers = covers & (F.col(f"`{table.moment}`") >= F.col("proven_from"))
    return rows.join(proof, covers, "left_anti")


def of_strange_devices(step_readings: "DataFrame", customer_staged: "DataFrame") -> "DataFrame":
    """Keep the step readings whose participant no customer record gives that device."""
    named = customer_staged.select("participant", "serialnumber").distinct()
    return step_readings.join(named, ["participant", "serialnumber"], "left_anti")
