"""Bring `machine_learning_curated` up to date session by session.

A new reading may begin a session, lengthen one or bridge two. Those sessions are built anew, and
whatever else a person has stays in its files, so that a day of readings costs a day's work.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stedi.curated import customers, machine_learning
from stedi.curated.regrouped import changed_slices, of_slices, replaced_sessions
from stedi.curated.sessions import GAP_MS
from stedi.pipeline.build import Built, Files, built_from, pieces, rows_in, write
from stedi.pipeline.run_context import Run
from stedi.pipeline.selecting import Whose, without
from stedi.pipeline.touched import Touched
from stedi.privacy.pseudonyms import sessions, subjects
from stedi.store.data_files import DataFile
from stedi.trusted import accelerometer, phone_readings, step_trainer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PHONE, STEPS = accelerometer.TABLE, step_trainer.TABLE


@dataclass(frozen=True)
class Arrived:
    """Files of new trusted rows; those of touched people among them are left aside.

    Attributes:
        phone: Of `accelerometer_trusted`.
        steps: Of `step_trainer_trusted`.
    """

    phone: Sequence[DataFile]
    steps: Sequence[DataFile]

    @property
    def files(self) -> list[DataFile]:
        """All of them."""
        return [*self.phone, *self.steps]


@dataclass
class _Leaving:
    """Pseudonyms whose rows leave, and the buckets these lie in."""

    subjects: set[str]
    sessions: set[str]
    buckets: set[int]

    @property
    def whose(self) -> Whose:
        """How the rows know them."""
        return Whose({"subject_key": frozenset(self.subjects), "session": frozenset(self.sessions)})


def curated_sessions(
    run: Run, before: Files, files: Files, touched: Touched | None, arrived: Arrived
) -> Built:
    """Build the sessions of touched people, and those that new readings changed.

    Args:
        run: The run.
        before: The release before.
        files: The tables as they are now, `customers_curated` included.
        touched: People whose sessions are all built anew.
        arrived: The new readings of everybody else.
    """
    began = time.perf_counter()
    table = machine_learning.TABLE
    leaving = _subjects_leaving(run, before, touched)
    older = {t.name: _older(files.of(t), arrived.files, near=arrived.files) for t in (PHONE, STEPS)}
    theirs = {t.name: touched.trusted_rows(run, t, files) if touched else [] for t in (PHONE, STEPS)}
    read = {
        "arrived": arrived.files,
        **{f"older {name}": some for name, some in older.items()},
        **{f"theirs {name}": some for name, some in theirs.items()},
    }
    fresh: list[DataFile] = []
    for piece in pieces(read) if any(read.values()) else []:
        new = Arrived(_in(arrived.phone, piece), _in(arrived.steps, piece))
        near = {name: _in(some, piece) for name, some in older.items()}
        phone, steps = _changed(run, new, near, leaving, touched)
        if touched:
            phone, steps = (
                rows.unionByName(run.frame(t, _in(theirs[t.name], piece)))
                for t, rows in ((PHONE, phone), (STEPS, steps))
            )
        # Computed once: the build reads them several times, and an engine plans each time anew.
        phone, steps = run.kept(phone).frame, run.kept(steps).frame
        taken = {PHONE.name: phone, STEPS.name: steps, customers.TABLE.name: files.frame(customers.TABLE)}
        fresh += write(run, table, built_from(run, table, taken))
    there = before.of(table)
    held, kept, removed = without(run, table, _in(there, frozenset(leaving.buckets)), leaving.whose)
    held += [file for file in there if file.bucket not in leaving.buckets]
    return Built(
        table,
        (*held, *kept, *fresh),
        (*kept, *fresh),
        rows_in(fresh),
        removed,
        time.perf_counter() - began,
    )


def _changed(
    run: Run,
    new: Arrived,
    older: "dict[str, list[DataFile]]",
    leaving: _Leaving,
    touched: Touched | None,
) -> "tuple[DataFrame, DataFrame]":
    """All readings of the sessions that new ones belong to; sessions that were there before leave."""
    phone, steps = run.frame(PHONE, new.phone), run.frame(STEPS, new.steps)
    if touched:
        phone, steps = touched.others(phone, PHONE), touched.others(steps, STEPS)
    if not any(older.values()):
        return phone, steps
    people = phone.select("person").unionByName(steps.select("person")).distinct()
    old_phone, old_steps = (
        run.frame(t, older[t.name]).join(people, "person", "left_semi").select(*t.names)
        for t in (PHONE, STEPS)
    )
    every_phone, every_steps = phone.unionByName(old_phone), steps.unionByName(old_steps)
    changed = run.kept(changed_slices(phone, steps, every_phone, every_steps)).frame
    gone = run.kept(replaced_sessions(old_phone, old_steps, changed))
    if gone.rows:
        keyed = sessions(gone.frame, key=run.pseudonym_key, buckets=run.lake.buckets)
        for row in keyed.select("session", "bucket").collect():
            leaving.sessions.add(row["session"])
            leaving.buckets.add(row["bucket"])
    return (
        of_slices(every_phone, changed, moment="timestamp"),
        of_slices(every_steps, changed, moment="sensorreadingtime"),
    )


def _subjects_leaving(run: Run, before: Files, touched: Touched | None) -> _Leaving:
    leaving = _Leaving(set(), set(), set())
    if touched and touched.held_buckets:
        people = touched.people.join(before.frame(phone_readings.TABLE), "person", "left_semi")
        for row in subjects(people, key=run.pseudonym_key, buckets=run.lake.buckets).collect():
            leaving.subjects.add(row["subject_key"])
            leaving.buckets.add(row["bucket"])
    return leaving


def _older(files: Iterable[DataFile], but: Iterable[DataFile], *, near: Iterable[DataFile]) -> list[DataFile]:
    """The files, other than some, that may hold readings of a session that reaches into some files.

    Sessions end at a gap, so files that no chain of spans closer than the gap leads to have no part.
    """
    others = {file.path for file in but}
    reach: dict[int | None, tuple[int, int]] = {}
    for file in near:
        reach[file.bucket] = _wider(reach.get(file.bucket), file)
    waiting = [file for file in files if file.path not in others and file.bucket in reach]
    found: list[DataFile] = []
    while True:
        met = [file for file in waiting if _meets(reach[file.bucket], file)]
        if not met:
            return found
        found += met
        waiting = [file for file in waiting if file not in met]
        for file in met:
            reach[file.bucket] = _wider(reach[file.bucket], file)


def _wider(span: tuple[int, int] | None, file: DataFile) -> tuple[int, int]:
    assert file.span is not None
    first, last = file.span[0] - GAP_MS, file.span[1] + GAP_MS
    return (first, last) if span is None else (min(span[0], first), max(span[1], last))


def _meets(span: tuple[int, int], file: DataFile) -> bool:
    assert file.span is not None
    return file.span[0] <= span[1] and file.span[1] >= span[0]


def _in(files: Iterable[DataFile], piece: frozenset[int] | None) -> list[DataFile]:
    return [file for file in files if piece is None or file.bucket in piece]
