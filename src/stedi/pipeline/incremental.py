"""Bring derived tables up to date from what changed, row for row as building them anew would."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stedi.curated import customers as customers_curated
from stedi.curated import machine_learning
from stedi.landing import accelerometer as phone_staged
from stedi.landing import step_trainer as steps_staged
from stedi.pipeline.build import Built, Files, build_one, built_from, pieces, rows_in, write
from stedi.pipeline.changes import Cause, Changes
from stedi.pipeline.curating import Arrived, curated_anew, curated_sessions
from stedi.pipeline.run_context import Run
from stedi.pipeline.selecting import Whose, only, without
from stedi.pipeline.small import small, small_of
from stedi.pipeline.touched import Touched, by_anything, by_consent, differing
from stedi.privacy.pseudonyms import subject_key
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.trusted import accelerometer, customer, devices, phone_readings, step_trainer
from stedi.trusted import consent as consents

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Updated:
    """What was built, and who stands otherwise than before: who is accounted for anew."""

    built: tuple[Built, ...]
    by_consent: Touched | None
    by_anything: Touched | None


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
    phone = _sensor(run, before, files, changes, accelerometer.TABLE, phone_staged.TABLE, asked)
    recounted: frozenset[str] = frozenset()
    if phone.built.new or phone.built.removed:
        add(phone.built)
        recounted, counts = _recounted(run, before, [*phone.others, *phone.theirs], asked)
        add(small_of(run, files, phone_readings.TABLE, Whose({"person": recounted}), counts))
    touched = by_anything(run, before, files, asked)
    steps = _sensor(run, before, files, changes, step_trainer.TABLE, steps_staged.TABLE, touched)
    if steps.built.new or steps.built.removed:
        add(steps.built)
    if Cause.KEY in changes.causes:
        for table in (customers_curated.TABLE, machine_learning.TABLE):
            add(build_anew(run, files, table))
        return Updated(tuple(done), asked, touched)
    if done:
        add(_customers(run, before, files, recounted))
        add(curated_sessions(run, before, files, touched, Arrived(phone.others, steps.others)))
    return Updated(tuple(done), asked, touched)


def build_anew(run: Run, files: Files, table: Table) -> Built:
    """Build a table from all rows of its upstreams."""
    return curated_anew(run, files) if table == machine_learning.TABLE else build_one(run, files, table)


@dataclass(frozen=True)
class _Sensor:
    """A trusted table of readings, and the files of its new rows.

    Attributes:
        built: The table.
        others: New rows of people who stand as before.
        theirs: All rows of touched people.
    """

    built: Built
    others: list[DataFile]
    theirs: list[DataFile]


def _sensor(
    run: Run,
    before: Files,
    files: Files,
    changes: Changes,
    table: Table,
    staged: Table,
    touched: Touched | None,
) -> _Sensor:
    """Let the rows of touched people leave, decide on all of theirs again, and on new rows of others."""
    began = time.perf_counter()
    small_ones = {u.name: files.frame(u) for u in table.upstreams if u != staged}
    others: list[DataFile] = []
    for new in frames(run, staged, changes.new[staged.name]):
        rows = built_from(run, table, {**small_ones, staged.name: new})
        others += write(run, table, touched.others(rows, table) if touched else rows)
    theirs: list[DataFile] = []
    held, removed = before.of(table), 0
    kept: list[DataFile] = []
    if touched:
        for known in frames(run, staged, touched.staged_rows(run, staged, files)):
            rows = built_from(run, table, {**small_ones, staged.name: known})
            theirs += write(run, table, touched.theirs(rows, table))
        there = before.of(table, touched.held_buckets)
        stay, kept, removed = without(run, table, there, touched.trusted)
        held = [*stay, *(file for file in held if file.bucket not in touched.held_buckets)]
    built = Built(
        table,
        (*held, *kept, *others, *theirs),
        (*kept, *others, *theirs),
        rows_in(others) + rows_in(theirs),
        removed,
        time.perf_counter() - began,
    )
    return _Sensor(built, others, theirs)


def frames(run: Run, table: Table, files: "tuple[DataFile, ...] | list[DataFile]") -> "Iterator[DataFrame]":
    """The rows of some files in frames that are small enough; no file, no frame."""
    if not files:
        return
    for piece in pieces({table.name: files}):
        yield run.frame(table, [file for file in files if piece is None or file.bucket in piece])


def _recounted(
    run: Run, before: Files, fresh: list[DataFile], touched: Touched | None
) -> "tuple[frozenset[str], DataFrame]":
    """Whose phone readings have to be counted anew, and how many each of them has.

    Of people who stand as before it is what they had and what came, of touched ones what is theirs now.
    """
    from pyspark.sql import functions as F

    came = run.kept(phone_readings.build(run.frame(accelerometer.TABLE, fresh)))
    others = came.values("person") - (touched.trusted.named["person"] if touched else set())
    there = only(run, phone_readings.TABLE, before.of(phone_readings.TABLE), Whose({"person": others}))
    counts = (
        run.frame(phone_readings.TABLE, there)
        .unionByName(came.frame)
        .groupBy("person", "bucket")
        .agg(F.sum("reading_count").alias("reading_count"))
        .select(*phone_readings.TABLE.names)
    )
    return others | (touched.trusted.named["person"] if touched else frozenset()), counts


def _customers(run: Run, before: Files, files: Files, recounted: frozenset[str]) -> Built:
    """Build `customers_curated` for those whose readings were counted anew or whose record changed."""
    people = recounted
    changed = differing(run, before, files, customer.TABLE, customer.TABLE.names)
    if changed is not None:
        people |= changed.values("person")
    whose = Whose({"person": people})
    upstreams = {
        u.name: run.frame(u, only(run, u, files.of(u), whose)) for u in customers_curated.TABLE.upstreams
    }
    rows = built_from(run, customers_curated.TABLE, upstreams)
    subjects = frozenset(subject_key(person, run.pseudonym_key) for person in people)
    return small_of(run, files, customers_curated.TABLE, Whose({"subject_key": subjects}), rows)
