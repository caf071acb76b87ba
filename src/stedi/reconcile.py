"""Why `machine_learning_curated` has the rows it has: from the number most readers expect to ours."""

from dataclasses import dataclass

from stedi.checking import released
from stedi.config import Lake
from stedi.curated import machine_learning
from stedi.curated.machine_learning import STEP_COLUMNS, met_by_phone
from stedi.landing import accelerometer as phone_staged
from stedi.landing import customer, landed_files
from stedi.landing import step_trainer as steps_staged
from stedi.pipeline.build import Files
from stedi.pipeline.slices import by_bucket
from stedi.privacy.ownership import standing_at
from stedi.trusted import accelerometer, consent, devices, step_trainer
from stedi.trusted.dispositions import of_consenting
from stedi.trusted.exposure import exposures

DAY_MS = 86_400_000


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
                "Withdrawals by customer record": _withdrawals(files),
            },
        )


def _same_time(files: Files) -> list[Step]:
    """From the join on time alone to the pairs of one consenting person, after consent."""
    from pyspark.sql import functions as F

    states = files.frame(consent.TABLE)
    phone = of_consenting(files.frame(phone_staged.TABLE), states, by="participant", moment="timestamp")
    owned = standing_at(files.frame(steps_staged.TABLE), files.frame(devices.TABLE))
    steps = of_consenting(owned, states, by="person", moment="sensorreadingtime")
    pairs = phone.select("person", "is_early", F.col("timestamp").alias("at")).join(
        steps.select(F.col("person").alias("stepper"), F.col("sensorreadingtime").alias("at")), "at"
    )
    told = (
        pairs.select(
            F.when(F.col("person") != F.col("stepper"), "other_person")
            .when(F.col("is_early"), "before_consent")
            .otherwise("after_consent")
            .alias("why")
        )
        .groupBy("why")
        .count()
    )
    counts = {row["why"]: row["count"] for row in told.collect()}
    strange = counts.get("other_person", 0)
    early = counts.get("before_consent", 0)
    left = counts.get("after_consent", 0)
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


def _withdrawals(files: Files) -> list[Step]:
    """How late withdrawals were told: until then nobody could act on them."""
    from pyspark.sql import functions as F

    found = exposures(
        files.frame(customer.TABLE), files.frame(consent.TABLE), files.frame(landed_files.TABLE)
    )
    late = F.col("exposure_ms") >= DAY_MS
    told = found.agg(
        F.count(F.lit(1)).alias("people"),
        F.count(F.when(late, 1)).alias("late"),
        F.coalesce(F.ceil(F.max("exposure_ms") / DAY_MS), F.lit(0)).alias("longest"),
    ).collect()[0]
    return [
        Step("withdrawn", told["people"], "people have withdrawn by a newer record, of whom"),
        Step("told_late", told["late"], "by one that landed a day or more after it counts from"),
        Step("longest_days", told["longest"], "days at most, begun ones counted, until it landed"),
    ]


def _step_readings(files: Files) -> list[Step]:
    """What became of every trusted step reading."""
    both = {table.name: files.of(table) for table in (accelerometer.TABLE, step_trainer.TABLE)}
    counts = [(0, 0)]
    for each in by_bucket(both):
        phone = each.read(accelerometer.TABLE.name, accelerometer.TABLE, ("person", "timestamp"))
        steps = each.read(step_trainer.TABLE.name, step_trainer.TABLE, STEP_COLUMNS)
        counts.append(met_by_phone(phone, steps))
    single, met = map(sum, zip(*counts, strict=True))
    return step_story(files.rows(step_trainer.TABLE), single, met)


def step_story(trusted: int, single: int, met: int) -> list[Step]:
    """What became of step readings.

    Args:
        trusted: How many there are.
        single: At how many instants of how many people.
        met: At how many of these a phone reading has none nearer.
    """
    return [
        Step("step_trainer_trusted", trusted, "trusted step readings"),
        Step("same_instant", single - trusted, "of the same person and instant as another"),
        Step("no_phone_reading", met - single, "no phone reading is near, and none nearer to another"),
        Step("in_a_row", met, "are beside at least one phone reading"),
    ]
