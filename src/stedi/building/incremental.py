"""Bring derived tables up to date from what changed, row for row as building them anew would."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stedi.building.build import Built, Files, build_one, built_from, rows_in
from stedi.building.changes import Cause, Changes
from stedi.building.curating import Arrived, curated_anew, curated_sessions
from stedi.building.exchange import Written
from stedi.building.run_context import Run
from stedi.building.selecting import Whose, buckets_of, named, only, subjects, without
from stedi.building.sensing import PHONE, SENSORS, STEPS, Sensor, Whom, readings_that_pass, told_of
from stedi.building.slices import Held
from stedi.building.small import small, small_of
from stedi.building.touched import Touched, by_anything, by_consent, differing
from stedi.curated import customers as customers_curated
from stedi.curated import machine_learning
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.trusted import accelerometer, customer, devices, phone_readings
from stedi.trusted import consent as consents

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Updated:
    """What was built, and by how much what became of readings changed, by their source."""

    built: tuple[Built, ...]
    dispositions: Mapping[str, Mapping[str, int]]


def update(run: Run, files: Files, changes: Changes, tell: Callable[[Built], None]) -> Updated:
    """Build what follows from some changes, and leave the files of every other row as they are.

    Args:
        run: The run.
        files: The staged tables as they are now, the others as the release before has them; tables
            are added as they are built.
        changes: What changed, not everything.
        tell: Hears of each table.
    """
    before = Files(run, changes.before)
    done: list[Built] = []

    def add(built: Built) -> Built:
        files.add(built)
        done.append(built)
        tell(built)
        return built

    if changes.people:
        for table in (consents.TABLE, devices.TABLE, customer.TABLE):
            add(small(run, files, table))
    asked = by_consent(run, before, files) if changes.people else None
    phone = _sensed(run, before, files, changes, PHONE, asked)
    recounted, counts = list[Held](), files.frame(phone_readings.TABLE)
    if phone.built.new or phone.built.removed:
        add(phone.built)
        recounted, counts = _recounted(run, before, [*phone.others, *phone.theirs], asked)
        add(small_of(run, files, phone_readings.TABLE, Whose({"person": recounted}), counts))
    touched = by_anything(run, before, files, asked)
    steps = _sensed(run, before, files, changes, STEPS, touched)
    if steps.built.new or steps.built.removed:
        add(steps.built)
    if Cause.KEY in changes.causes:
        for table in (customers_curated.TABLE, machine_learning.TABLE):
            add(build_anew(run, files, table))
    elif done:
        add(_customers(run, before, files, recounted, counts))
        add(curated_sessions(run, before, files, touched, Arrived(phone.others, steps.others)))
    changed = {PHONE.source: phone.built.dispositions, STEPS.source: steps.built.dispositions}
    return Updated(tuple(done), changed)


def build_anew(run: Run, files: Files, table: Table) -> Built:
    """Build a table from all rows of its upstreams."""
    if table == machine_learning.TABLE:
        return curated_anew(run, files)
    for sensor in SENSORS:
        if table == sensor.trusted:
            return _sensed_anew(run, files, sensor)
    return build_one(run, files, table)


def _sensed_anew(run: Run, files: Files, sensor: Sensor) -> Built:
    began = time.perf_counter()
    written, counts = readings_that_pass(run, sensor, files.of(sensor.staged), sensor.terms_of(run, files))
    return Built(
        sensor.trusted,
        tuple(written.files),
        tuple(written.files),
        rows_in(written.files),
        files.rows(sensor.trusted),
        time.perf_counter() - began,
        written.checked,
        dispositions=counts,
    )


@dataclass(frozen=True)
class _Sensed:
    """A trusted table of readings, and the files of its new rows.

    Attributes:
        built: The table.
        others: New rows of people who stand as before.
        theirs: All rows of touched people.
    """

    built: Built
    others: list[DataFile]
    theirs: list[DataFile]


def _sensed(
    run: Run, before: Files, files: Files, changes: Changes, sensor: Sensor, touched: Touched | None
) -> _Sensed:
    """Let the rows of touched people leave, decide on all of theirs again, and on new rows of others."""
    began = time.perf_counter()
    table, new = sensor.trusted, changes.new[sensor.staged.name]
    held, kept, removed = before.of(table), list[DataFile](), 0
    if not new and not touched:
        return _Sensed(Built(table, tuple(held), (), 0, 0, 0.0), [], [])
    known = touched.staged_rows(run, sensor.staged, files) if touched else []
    terms = sensor.terms_of(run, files, (*new, *known))
    whom = Whom.OTHERS if touched else Whom.EVERYBODY
    others, counts = readings_that_pass(run, sensor, new, terms, whom, touched)
    theirs = Written()
    if touched:
        theirs, of_theirs = readings_that_pass(run, sensor, known, terms, Whom.TOUCHED, touched)
        counts.update(of_theirs)
        were = touched.staged_rows(run, sensor.staged, before)
        counts.subtract(told_of(run, sensor, were, sensor.terms_of(run, before, were)))
        held, kept, removed = without(run, table, held, Whose({"person": touched.had}))
    fresh = (*others.files, *theirs.files)
    built = Built(
        table,
        (*held, *kept, *fresh),
        (*kept, *fresh),
        rows_in(fresh),
        removed,
        time.perf_counter() - began,
        others.checked + theirs.checked,
        tuple(kept),
        counts,
    )
    return _Sensed(built, others.files, theirs.files)


def _recounted(
    run: Run, before: Files, fresh: list[DataFile], touched: Touched | None
) -> "tuple[list[Held], DataFrame]":
    """Whose phone readings have to be counted anew, and how many each of them has.

    Of people who stand as before it is what they had and what came, of touched ones what is theirs now.
    """
    from pyspark.sql import functions as F

    came = run.kept(phone_readings.build(run.frame(accelerometer.TABLE, fresh)))
    theirs = touched.theirs if touched else []
    people = named(run, came, "person")
    others = Whose({"person": people}, but=theirs)
    there = only(run, phone_readings.TABLE, before.of(phone_readings.TABLE), others)
    counts = run.once(
        run.frame(phone_readings.TABLE, there)
        .unionByName(came.frame)
        .groupBy("person", "bucket")
        .agg(F.sum("reading_count").alias("reading_count"))
        .select(*phone_readings.TABLE.names)
    )
    return [*people, *theirs], counts


def _customers(run: Run, before: Files, files: Files, recounted: list[Held], counts: "DataFrame") -> Built:
    """Build `customers_curated` for those whose readings were counted anew or whose record changed.

    Args:
        run: The run.
        before: The release before.
        files: The tables as they are now.
        recounted: Whose readings were counted anew.
        counts: Their rows of `phone_readings`.
    """
    changed = differing(run, before, files, customer.TABLE, customer.TABLE.names)
    others = named(run, changed, "person") if changed else list[Held]()
    if others:
        whose = Whose({"person": others}, but=recounted)
        theirs = only(run, phone_readings.TABLE, files.of(phone_readings.TABLE), whose)
        known = run.frame(phone_readings.TABLE, theirs)
        counts = counts.unionByName(known) if buckets_of(recounted) else known
    people = [*recounted, *others]
    records = only(run, customer.TABLE, files.of(customer.TABLE), Whose({"person": people}))
    upstreams = {customer.TABLE.name: run.frame(customer.TABLE, records), phone_readings.TABLE.name: counts}
    rows = built_from(run, customers_curated.TABLE, upstreams)
    whose = Whose({"subject_key": subjects(run, people)})
    return small_of(run, files, customers_curated.TABLE, whose, rows)
