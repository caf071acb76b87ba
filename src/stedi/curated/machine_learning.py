"""Accelerometer readings beside the step reading of the same person at the same time."""

from typing import TYPE_CHECKING

from stedi.curated import customers
from stedi.curated.pseudonymous import BUCKET, SESSION, SUBJECT_KEY
from stedi.curated.sessions import (
    GREATEST_TOLERANCE_MS,
    by_cell,
    is_nearest,
    slice_of,
    slices,
    spans,
)
from stedi.privacy.classes import PersonalData
from stedi.privacy.pseudonyms import sessions
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG
from stedi.schema.table import Column, Table
from stedi.trusted import accelerometer, step_trainer
from stedi.zones import Zone

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

LONGEST_SESSION_MS = 31 * 24 * 3600 * 1000
"""Far below any date since 1970, so that none can stand where elapsed time is declared."""

DISTANCE = step_trainer.TABLE.column("distancefromobject")
AXES = tuple(accelerometer.TABLE.column(axis) for axis in ("x", "y", "z"))

TABLE = Table(
    zone=Zone.CURATED,
    name="machine_learning_curated",
    meaning="One row per accelerometer reading, beside the step reading of the same person at the same time.",
    columns=(
        SUBJECT_KEY,
        SESSION,
        Column(
            "elapsed_ms", LONG, "Time since the session's first reading.",
            PersonalData.OPERATIONAL, "ms", required=True, minimum=0, maximum=LONGEST_SESSION_MS,
        ),
        *AXES,
        Column(
            "distancefromobject", DISTANCE.type,
            "Distance that the nearest step reading measured; null when none is near.",
            PersonalData.SENSITIVE, "mm", minimum=DISTANCE.minimum, maximum=DISTANCE.maximum,
        ),
        Column(
            "distance_offset_ms", LONG, "Time of that step reading minus the time of this one.",
            PersonalData.OPERATIONAL, "ms",
            minimum=-GREATEST_TOLERANCE_MS, maximum=GREATEST_TOLERANCE_MS,
        ),
        BUCKET,
    ),
    participant="subject_key",
    upstreams=(accelerometer.TABLE, step_trainer.TABLE, customers.TABLE),
    partition="bucket",
    sort=("subject_key", "session", "elapsed_ms"),
    by_bucket=(accelerometer.TABLE, step_trainer.TABLE),
    cautions=(
        Caution.STILL_PERSONAL, Caution.NO_STEP_NEAR, Caution.ONE_STEP_MANY_ROWS, Caution.ROWS_LEAVE,
        Caution.WINDOW_OF_THE_LAKE,
    ),
)  # fmt: skip


def build(
    accelerometer_trusted: "DataFrame",
    step_trainer_trusted: "DataFrame",
    customers_curated: "DataFrame",
    *,
    pseudonym_key: bytes,
    buckets: int,
) -> "DataFrame":
    """Put the nearest step reading beside each accelerometer reading.

    Every consented accelerometer reading of a session that has a step reading is a row, so that
    the signal has no holes. Where no step reading is near, distance and offset are null.

    Source: the spans and cells are the band join that was measured fastest for the nearest
    reading within a tolerance.
    """
    from pyspark.sql import functions as F

    slices_told = slices(accelerometer_trusted, step_trainer_trusted)
    steps = step_trainer_trusted.withColumn("slice", slice_of("sensorreadingtime")).join(
        slices_told, ["person", "slice"]
    )
    nearest = by_cell(spans(steps)).select(
        F.col("person").alias("stepper"), "step_ms", "distancefromobject", "from_ms", "to_ms", "cell"
    )
    begun = slices_told.select("person", "started_at").distinct()
    started = sessions(begun, key=pseudonym_key, buckets=buckets).join(
        customers_curated.select("subject_key"), "subject_key", "left_semi"
    )
    known = slices_told.join(started, ["person", "started_at"])
    phone = accelerometer_trusted.select(
        "person",
        "timestamp",
        "x",
        "y",
        "z",
        slice_of("timestamp").alias("slice"),
    ).join(known, ["person", "slice"])
    return phone.join(nearest, is_nearest("person", "timestamp"), "left").select(
        "subject_key",
        "session",
        (F.col("timestamp") - F.col("started_at")).alias("elapsed_ms"),
        "x",
        "y",
        "z",
        "distancefromobject",
        (F.col("step_ms") - F.col("timestamp")).alias("distance_offset_ms"),
        "bucket",
    )
