"""Bring `machine_learning_curated` up to date session by session.

A new reading may begin a session, lengthen one or bridge two. Those sessions are built anew, and
whatever else a person has stays in its files, so that a day of readings costs a day's work.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stedi.building.build import Built, Files, rows_in
from stedi.building.exchange import Written
from stedi.building.run_context import Run
from stedi.building.selecting import Whose, Within, named_parts, names_of, subjects, without
from stedi.building.slices import Held, Slice, aside, build_slices, by_bucket
from stedi.building.touched import Touched
from stedi.curated import customers, machine_learning
from stedi.curated.machine_learning import PHONE_COLUMNS, STEP_COLUMNS
from stedi.curated.sessions import GAP_MS, begins, instants, session_of, who_and_when, with_any
from stedi.ground.places import Place
from stedi.privacy.buckets import bucket_of
from stedi.privacy.pseudonyms import session_key, subject_key
from stedi.store.data_files import DataFile
from stedi.trusted import accelerometer, step_trainer

if TYPE_CHECKING:
    import pyarrow as pa

PHONE, STEPS = accelerometer.TABLE, step_trainer.TABLE
SENSORS = ((PHONE, PHONE_COLUMNS), (STEPS, STEP_COLUMNS))
Gone = list[Held]
"""Pseudonyms of sessions whose rows leave, by bucket."""


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


@dataclass(frozen=True)
class _Sessions:
    """Builds sessions: all of a slice, or of touched people and where new readings came.

    A slice holds of each sensor, by the name of its table: `whole`, readings of which every session is
    built; `new`, readings whose sessions are; `old`, what else may lie in these. Beside it lie `touched`,
    people whose readings count only where they are `whole`.

    Attributes:
        customers: The files of `customers_curated`, by bucket.
        folder: Where tasks leave for others which sessions leave; None: in memory.
    """

    pseudonym_key: bytes = field(repr=False)
    buckets: int
    customers: Mapping[int, Sequence[DataFile]]
    folder: Place | None

    def rows(self, slice_: Slice) -> "tuple[pa.Table, Gone]":
        """The rows of the sessions that are built, and the sessions that they take the place of."""
        import numpy as np
        import pyarrow as pa

        sensors = []
        touched = names_of(slice_.beside["touched"])
        for table, columns in SENSORS:
            whole, new, old = (
                slice_.read(f"{part} {table.name}", table, columns) for part in ("whole", "new", "old")
            )
            sensors.append([whole, _of(new, touched, theirs=False), old])
        arrived = _people(*(new for _, new, _ in sensors))
        for parts in sensors:
            parts[2] = _of(parts[2], arrived)
        phone, steps = (pa.concat_tables(parts).unify_dictionaries().combine_chunks() for parts in sensors)
        is_built: list[Any] = [
            np.arange(sum(p.num_rows for p in parts)) < parts[0].num_rows + parts[1].num_rows
            for parts in sensors
        ]
        every = all(parts[2].num_rows == 0 for parts in sensors)
        rows = machine_learning.build(
            phone, steps,
            pseudonym_key=self.pseudonym_key, buckets=self.buckets, having=None if every else is_built,
        )  # fmt: skip
        return rows, [] if every else self._replaced(phone, steps, is_built)

    def finished(self, bucket: int, rows: "pa.Table") -> "tuple[pa.Table, None]":
        """Only rows of those who are customers."""
        there = Slice({"": self.customers.get(bucket, ())}).read("", customers.TABLE, ("subject_key",))
        return machine_learning.known(rows, there), None

    def _replaced(self, phone: "pa.Table", steps: "pa.Table", is_built: Any) -> Gone:
        """The sessions that there were before, which now are part of one that is built."""
        names, at = instants(
            (phone["person"], phone["timestamp"]), (steps["person"], steps["sensorreadingtime"])
        )
        begun = begins(*at)
        built = with_any(
            len(begun), [session_of(begun, some[mask]) for some, mask in zip(at, is_built, strict=True)]
        )
        old_phone, old_steps = (some[~mask] for some, mask in zip(at, is_built, strict=True))
        before = begins(old_phone, old_steps)
        # One without a step reading has no rows.
        had_rows = with_any(len(before), [session_of(before, old_steps)])
        gone = before[had_rows & built[session_of(begun, before)]]
        people, moments = (some.tolist() for some in who_and_when(gone))
        key, buckets = self.pseudonym_key, self.buckets
        leaving = [
            (session_key(names[who], moment, key), bucket_of(subject_key(names[who], key), buckets))
            for who, moment in zip(people, moments, strict=True)
        ]
        return named_parts(leaving, self.folder)


def _people(*readings: "pa.Table") -> "pa.Array":
    import pyarrow as pa

    people = {name for rows in readings for name in rows["person"].unique().to_pylist()}
    return pa.array(sorted(people), pa.string())


def _of(rows: "pa.Table", people: "pa.Array", *, theirs: bool = True) -> "pa.Table":
    """The rows of some people, or of everybody else."""
    import pyarrow.compute as pc

    found = Within({"person": people}).theirs(rows)
    return rows.filter(found if theirs else pc.invert(found))


def curated_anew(run: Run, files: Files) -> Built:
    """Build every session."""
    began = time.perf_counter()
    there = files.of(machine_learning.TABLE)
    whole = {f"whole {table.name}": files.of(table) for table, _ in SENSORS}
    slices = by_bucket(whole, beside={"touched": []})
    written = build_slices(run, machine_learning.TABLE, slices, _builder(run, files))
    return _built(written, [], [], rows_in(there), began)


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
    read: dict[str, Sequence[DataFile]] = {}
    # Of both sensors at once: readings of one bring files of the other together.
    older = _older([file for sensor, _ in SENSORS for file in files.of(sensor)], arrived.files)
    for (sensor, _), new in zip(SENSORS, (arrived.phone, arrived.steps), strict=True):
        read[f"new {sensor.name}"] = new
        own = {file.path for file in files.of(sensor)}
        read[f"old {sensor.name}"] = [file for file in older if file.path in own]
        read[f"whole {sensor.name}"] = touched.trusted_rows(run, sensor, files) if touched else []
    slices = by_bucket(read, beside={"touched": touched.theirs if touched else []})
    written = build_slices(run, table, slices, _builder(run, files))
    leaving = [part for gone in written.told for part in gone]
    whose = Whose({"subject_key": subjects(run, touched.had if touched else []), "session": leaving})
    held, kept, removed = without(run, table, before.of(table), whose)
    return _built(written, held, kept, removed, began)


def _built(written: Written, held: list[DataFile], kept: list[DataFile], removed: int, began: float) -> Built:
    return Built(
        machine_learning.TABLE,
        (*held, *kept, *written.files),
        (*kept, *written.files),
        rows_in(written.files),
        removed,
        time.perf_counter() - began,
        checked=written.checked,
        unchecked=tuple(kept),
    )


def _builder(run: Run, files: Files) -> _Sessions:
    known: dict[int, list[DataFile]] = {}
    for file in files.of(customers.TABLE):
        known.setdefault(file.bucket or 0, []).append(file)
    return _Sessions(run.pseudonym_key, run.lake.buckets, known, aside(run))


def _older(files: Iterable[DataFile], near: Iterable[DataFile]) -> list[DataFile]:
    """The files, other than some, that may hold readings of a session that reaches into these.

    Sessions end at a gap, so files that no chain of spans closer than the gap leads to have no part.
    """
    reach: dict[int | None, tuple[int, int]] = {}
    others = set()
    for file in near:
        reach[file.bucket] = _wider(reach.get(file.bucket), file)
        others.add(file.path)
    waiting = [file for file in files if file.path not in others and file.bucket in reach]
    found: list[DataFile] = []
    while True:
        met, apart = list[DataFile](), list[DataFile]()
        for file in waiting:
            (met if _meets(reach[file.bucket], file) else apart).append(file)
        if not met:
            return found
        found += met
        waiting = apart
        for file in met:
            reach[file.bucket] = _wider(reach[file.bucket], file)


def _wider(span: tuple[int, int] | None, file: DataFile) -> tuple[int, int]:
    assert file.span is not None
    first, last = file.span[0] - GAP_MS, file.span[1] + GAP_MS
    return (first, last) if span is None else (min(span[0], first), max(span[1], last))


def _meets(span: tuple[int, int], file: DataFile) -> bool:
    assert file.span is not None
    return file.span[0] <= span[1] and file.span[1] >= span[0]
