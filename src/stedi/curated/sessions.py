"""Sessions of a person's readings, and which step reading is nearest to which moment."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

GAP_MS = 30_000
"""A gap longer than this ends a session."""

SLICE_MS = GAP_MS
"""Readings in one slice of time are never further apart than the gap, so slices can stand for them."""

TOLERANCE_STEP_INTERVALS = 0.6
LEAST_TOLERANCE_MS = 50
GREATEST_TOLERANCE_MS = 100
CELL_MS = 2 * GREATEST_TOLERANCE_MS
"""A step reading's span is no wider than two tolerances: it touches two cells at most."""


def slices(phone: "DataFrame", steps: "DataFrame", *, only_with_steps: bool = True) -> "DataFrame":
    """Tell in which session each slice of a person's time lies.

    A session is one person's readings, of either sensor, with no gap over 30 s.

    Args:
        phone: `person`, `timestamp` (UTC ms).
        steps: `person`, `sensorreadingtime` (UTC ms).
        only_with_steps: Keep only sessions with at least one step reading.

    Returns:
        One row a person and slice of 30 s: `person`, `slice`, `started_at` (UTC ms of the
        session's first reading).
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    read = _moments(phone, "timestamp", 0).unionByName(_moments(steps, "sensorreadingtime", 1))
    spans = read.groupBy("person", "slice").agg(
        F.min("first_ms").alias("first_ms"), F.max("last_ms").alias("last_ms"), F.max("steps").alias("steps")
    )
    by_time = Window.partitionBy("person").orderBy("slice")
    before = F.lag("last_ms").over(by_time)
    begins = before.isNull() | (F.col("first_ms") - before > GAP_MS)
    told = spans.withColumn("begins_at", F.when(begins, F.col("first_ms"))).withColumn(
        "started_at", F.max("begins_at").over(by_time.rowsBetween(Window.unboundedPreceding, 0))
    )
    if only_with_steps:
        with_steps = told.where("steps = 1").select("person", "started_at").distinct()
        told = told.join(with_steps, ["person", "started_at"], "left_semi")
    return told.select("person", "slice", "started_at")


def _moments(readings: "DataFrame", moment: str, steps: int) -> "DataFrame":
    from pyspark.sql import functions as F

    return readings.groupBy("person", slice_of(moment).alias("slice")).agg(
        F.min(moment).alias("first_ms"),
        F.max(moment).alias("last_ms"),
        F.lit(steps).alias("steps"),
    )


def slice_of(moment: str) -> "Column":
    """The number of the 30 s slice that a moment lies in."""
    return _whole(moment, SLICE_MS)


def cell_of(moment: "str | Column") -> "Column":
    """The number of the 200 ms cell that a moment lies in."""
    return _whole(moment, CELL_MS)


def _whole(moment: "str | Column", width: int) -> "Column":
    from pyspark.sql import functions as F

    column = F.col(moment) if isinstance(moment, str) else moment
    return F.floor(column / width).cast("bigint")


def spans(steps: "DataFrame") -> "DataFrame":
    """Give each step reading the span of time in which it is the nearest one.

    The span reaches to the midpoints between its neighbours in the session, where a moment as
    near to both belongs to the earlier, and no further than the session's tolerance: 0.6 of its
    median step interval, between 50 and 100 ms. Spans of a person never overlap. Of several
    readings at one instant the smallest distance stands, so that the order of landing cannot
    matter.

    Args:
        steps: `person`, `started_at`, `sensorreadingtime` (UTC ms), `distancefromobject` (mm).

    Returns:
        `person`, `started_at`, `step_ms`, `distancefromobject`, `from_ms`, `to_ms` (both
        inclusive).
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    session = ["person", "started_at"]
    single = steps.groupBy(*session, F.col("sensorreadingtime").alias("step_ms")).agg(
        F.min("distancefromobject").alias("distancefromobject")
    )
    by_time = Window.partitionBy(*session).orderBy("step_ms")
    neighbours = single.withColumn("before", F.lag("step_ms").over(by_time)).withColumn(
        "after", F.lead("step_ms").over(by_time)
    )
    median = neighbours.groupBy(*session).agg(
        F.percentile(F.col("step_ms") - F.col("before"), 0.5).alias("interval")
    )
    wished = F.coalesce(F.col("interval") * TOLERANCE_STEP_INTERVALS, F.lit(float(LEAST_TOLERANCE_MS)))
    tolerance = F.floor(
        F.least(F.greatest(wished, F.lit(float(LEAST_TOLERANCE_MS))), F.lit(float(GREATEST_TOLERANCE_MS)))
    ).cast("bigint")
    reach = median.select(*session, tolerance.alias("tolerance"))
    step, tolerated = F.col("step_ms"), F.col("tolerance")
    midpoint_before = F.floor((F.col("before") + step) / 2).cast("bigint") + 1
    midpoint_after = F.floor((step + F.col("after")) / 2).cast("bigint")
    return neighbours.join(reach, session).select(
        *session,
        "step_ms",
        "distancefromobject",
        F.greatest(step - tolerated, F.coalesce(midpoint_before, step - tolerated)).alias("from_ms"),
        F.least(step + tolerated, F.coalesce(midpoint_after, step + tolerated)).alias("to_ms"),
    )


def by_cell(spans: "DataFrame") -> "DataFrame":
    """Repeat each span for every cell that it touches, so that an equi-join on the cell finds it."""
    from pyspark.sql import functions as F

    return spans.withColumn("cell", F.explode(F.sequence(cell_of("from_ms"), cell_of("to_ms"))))


def is_nearest(person: str, moment: str) -> "Column":
    """Whether a moment of a person lies in a span, in frames as `by_cell` gives them.

    The span's person is called `stepper` there, for the moment's is called otherwise.
    """
    from pyspark.sql import functions as F

    return (
        (F.col(person) == F.col("stepper"))
        & (cell_of(moment) == F.col("cell"))
        & F.col(moment).between(F.col("from_ms"), F.col("to_ms"))
    )
