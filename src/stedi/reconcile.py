"""Why `machine_learning_curated` has the rows it has: from the number most readers expect to ours."""

from dataclasses import dataclass

from stedi.checking import released
from stedi.config import Lake
from stedi.curated import machine_learning
from stedi.curated.sessions import cell_of, slice_of, slices, spans
from stedi.landing import accelerometer as phone_staged
from stedi.landing import customer
from stedi.landing import step_trainer as steps_staged
from stedi.pipeline.build import Files
from stedi.privacy.ownership import owned
from stedi.trusted import accelerometer, consent, step_trainer


@dataclass(frozen=True)
class Step:
    """One line of the story: a number of rows and what it counts; `kind` is for machines."""

    kind: str
    rows: int
    told: str


@dataclass(frozen=True)
class Reconciliation:
    """The stories, by title; in each, subtracting what is taken away leads to the last number."""

    release: int
    window: str
    stories: dict[str, list[Step]]


def reconcile(lake: Lake) -> Reconciliation:
    """Explain the rows of the curated table, and what became of every trusted step reading."""
    with released(lake) as (reader, _, files):
        return Reconciliation(
            reader.release.number,
            lake.window.value,
            {
                "Readings of both sensors at the same time": _same_time(files),
                "Rows of machine_learning_curated": _curated(files),
                "Step readings in machine_learning_curated": _step_readings(files),
            },
        )


def _same_time(files: Files) -> list[Step]:
    """From the join on time alone to the pairs of one consenting person, after consent."""
    from pyspark.sql import functions as F

    states = files.frame(consent.TABLE).where("state = 'GIVEN'")
    given = states.select("participant", "start_at")
    phone = files.frame(phone_staged.TABLE).join(given, "participant", "left_semi")
    steps = owned(files.frame(steps_staged.TABLE), files.frame(customer.TABLE)).join(
        given, "participant", "left_semi"
    )
    pairs = phone.select("participant", F.col("timestamp").alias("at")).join(
        steps.select(F.col("participant").alias("stepper"), F.col("sensorreadingtime").alias("at")), "at"
    )
    own = F.col("participant") == F.col("stepper")
    told = (
        pairs.join(given, "participant")
        .select(
            F.when(~own, "another person's step trainer")
            .when(F.col("at") < F.col("start_at"), "before consent")
            .otherwise("same person, after consent")
            .alias("why")
        )
        .groupBy("why")
        .count()
    )
    counts = {row["why"]: row["count"] for row in told.collect()}
    strange = counts.get("another person's step trainer", 0)
    early = counts.get("before consent", 0)
    left = counts.get("same person, after consent", 0)
    return [
        Step(
            "time_alone",
            strange + early + left,
            "pairs when consenting customers' readings are joined on time alone, as most solutions do",
        ),
        Step("other_person", -strange, "pair one person's phone with another person's step trainer"),
        Step("same_person", early + left, "pairs of one person, whole history"),
        Step("before_consent", -early, "were taken before that person consented"),
        Step("after_consent", left, "pairs of one person at exactly the same time, after consent"),
    ]


def _curated(files: Files) -> list[Step]:
    """From the trusted phone readings to the curated rows."""
    from pyspark.sql import functions as F

    trusted = files.rows(accelerometer.TABLE)
    rows = files.frame(machine_learning.TABLE).agg(
        F.count(F.lit(1)).alias("rows"),
        F.count(F.when(F.col("distance_offset_ms") == 0, 1)).alias("same_time"),
        F.count("distance_offset_ms").alias("near"),
    )
    counts = rows.collect()[0]
    return [
        Step("accelerometer_trusted", trusted, "trusted phone readings"),
        Step("no_step_reading", counts["rows"] - trusted, "in sessions without a trusted step reading"),
        Step("machine_learning_curated", counts["rows"], "rows of machine_learning_curated, of which"),
        Step("same_time", counts["same_time"], "beside a step reading of exactly the same time"),
        Step("near", counts["near"] - counts["same_time"], "beside the nearest one within the tolerance"),
        Step("none_near", counts["rows"] - counts["near"], "with none near (distance is null)"),
    ]


def _step_readings(files: Files) -> list[Step]:
    """What became of every trusted step reading."""
    from pyspark.sql import functions as F

    phone, steps = files.frame(accelerometer.TABLE), files.frame(step_trainer.TABLE)
    trusted = files.rows(step_trainer.TABLE)
    told = slices(phone, steps)
    spanned = spans(
        steps.withColumn("slice", slice_of("sensorreadingtime")).join(told, ["participant", "slice"])
    )
    cells = spanned.withColumn("cell", F.explode(F.sequence(cell_of("from_ms"), cell_of("to_ms"))))
    moments = phone.select(
        F.col("participant").alias("who"), "timestamp", cell_of("timestamp").alias("at_cell")
    )
    is_near = (
        (F.col("participant") == F.col("who"))
        & (F.col("cell") == F.col("at_cell"))
        & F.col("timestamp").between(F.col("from_ms"), F.col("to_ms"))
    )
    single = spanned.count()
    met = cells.join(moments, is_near, "left_semi").select("participant", "step_ms").distinct().count()
    return [
        Step("step_trainer_trusted", trusted, "trusted step readings"),
        Step("same_instant", single - trusted, "of the same person and instant as another"),
        Step("no_phone_reading", met - single, "no phone reading is near, and none nearer to another"),
        Step("in_a_row", met, "are beside at least one phone reading"),
    ]
