"""Which sessions new readings change: they begin one, lengthen one, or bridge several."""

from typing import TYPE_CHECKING

from stedi.curated.sessions import slice_of, slices

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def changed_slices(
    new_phone: "DataFrame", new_steps: "DataFrame", phone: "DataFrame", steps: "DataFrame"
) -> "DataFrame":
    """The slices of time of every session that holds a new reading.

    Args:
        new_phone: `person`, `timestamp` (UTC ms) of new phone readings.
        new_steps: `person`, `sensorreadingtime` (UTC ms) of new step readings.
        phone: Phone readings, the new ones among them.
        steps: Step readings, the new ones among them.

    Returns:
        `person`, `slice`, each once.
    """
    told = slices(phone, steps, only_with_steps=False)
    new = new_phone.select("person", slice_of("timestamp").alias("slice")).unionByName(
        new_steps.select("person", slice_of("sensorreadingtime").alias("slice"))
    )
    changed = told.join(new, ["person", "slice"], "left_semi").select("person", "started_at").distinct()
    return told.join(changed, ["person", "started_at"], "left_semi").select("person", "slice")


def replaced_sessions(phone: "DataFrame", steps: "DataFrame", changed: "DataFrame") -> "DataFrame":
    """The sessions that there were before, of which changed ones have taken the place.

    Args:
        phone: Phone readings without the new ones.
        steps: Step readings without the new ones.
        changed: As `changed_slices` tells them.

    Returns:
        `person`, `started_at` (UTC ms), each once.
    """
    told = slices(phone, steps).join(changed, ["person", "slice"], "left_semi")
    return told.select("person", "started_at").distinct()


def of_slices(readings: "DataFrame", changed: "DataFrame", *, moment: str) -> "DataFrame":
    """Keep the readings that lie in some slices of their person's time.

    Args:
        readings: `person` and `moment` (UTC ms).
        changed: `person`, `slice`.
        moment: Name of the column that tells when a reading was taken.
    """
    there = readings.withColumn("slice", slice_of(moment))
    return there.join(changed, ["person", "slice"], "left_semi").select(*readings.columns)
