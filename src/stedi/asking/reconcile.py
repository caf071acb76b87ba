"""Why `machine_learning_curated` has the rows it has: from the number most readers expect to ours."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from stedi.asking.checking import released
from stedi.building.build import Files
from stedi.building.slices import by_bucket
from stedi.curated import machine_learning
from stedi.curated.machine_learning import STEP_COLUMNS, met_by_phone
from stedi.engine.frames import collected
from stedi.lake.config import Lake
from stedi.landing import accelerometer as phone_staged
from stedi.landing import customer, landed_files
from stedi.landing import step_trainer as steps_staged
from stedi.privacy.passing import term_of
from stedi.schema.table import Table
from stedi.trusted import accelerometer, consent, devices, step_trainer
from stedi.trusted.exposure import exposures

if TYPE_CHECKING:
    import numpy as np

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
    import numpy as np

    given = collected(
        files.frame(consent.TABLE).where("state = 'GIVEN'").select("participant", "person", "start_at")
    )
    number = {person: n for n, person in enumerate(given["person"].unique().to_pylist())}
    start = dict(zip(given["person"].to_pylist(), given["start_at"].to_pylist(), strict=True))
    starts = np.array([start[person] for person in number])
    owned = collected(
        files.frame(devices.TABLE)
        .where("person is not null")
        .selectExpr("serialnumber as key", "owned_from as since", "owned_until as until", "person")
    )
    addresses = given.select(["participant", "person"]).rename_columns(["key", "person"])
    always = pa.nulls(given.num_rows, pa.int64())
    addresses = addresses.append_column("since", always).append_column("until", always)
    # Whose each reading is, by the number of a consenting person, and when it was taken.
    (who, at), (stepper, then) = (
        _owners(files, staged, terms, number)
        for staged, terms in ((phone_staged.TABLE, addresses), (steps_staged.TABLE, owned))
    )
    every = _pairs(at, then)
    is_early = at < starts[who] if len(starts) else np.zeros(0, bool)
    # Moments by their rank: many people times any moment would be no whole number of 64 bits.
    moments = np.unique(np.concatenate([at, then]))
    mine = who * len(moments) + np.searchsorted(moments, at)
    theirs = stepper * len(moments) + np.searchsorted(moments, then)
    same, early = _pairs(mine, theirs), _pairs(mine[is_early], theirs)
    strange, left = every - same, same - early
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


def _owners(
    files: Files, staged: Table, terms: pa.Table, number: dict[str, int]
) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """The readings of consenting people: the number of each one's owner, and when it was taken, UTC ms."""
    import numpy as np

    whose = np.array([number.get(person, -1) for person in terms["person"].to_pylist()], np.int64)
    people, moments = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for each in by_bucket({"": files.of(staged)}):
        keys, at = each.read("", staged, (staged.participant or "", staged.moment or "")).columns
        coded = keys.chunk(0) if keys.num_chunks else pa.array([], pa.string()).dictionary_encode()
        term = term_of(coded, at.to_numpy(), terms)
        person = np.where(term >= 0, np.append(whose, -1)[term], -1)
        people.append(person[person >= 0])
        moments.append(at.to_numpy()[person >= 0])
    return np.concatenate(people), np.concatenate(moments)


def _pairs(ones: "np.ndarray[Any, Any]", others: "np.ndarray[Any, Any]") -> int:
    """How many pairs of equal values there are, one from each side."""
    import numpy as np

    values, counts = np.unique(others, return_counts=True)
    if not len(values):
        return 0
    place = np.minimum(np.searchsorted(values, ones), len(values) - 1)
    return int(counts[place][values[place] == ones].sum())


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
