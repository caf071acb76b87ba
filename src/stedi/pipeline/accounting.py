"""What became of every accepted row: the equation closes, or nothing is published."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from stedi.errors import QualityGateError
from stedi.landing import accelerometer as phone_staged
from stedi.landing import customer as customer_staged
from stedi.landing import step_trainer as steps_staged
from stedi.pipeline.build import Files
from stedi.pipeline.changes import Changes
from stedi.pipeline.gate import NOT_PUBLISHED
from stedi.pipeline.incremental import Updated, frames
from stedi.pipeline.run_context import Run
from stedi.pipeline.side_by_side import Turns, Waits
from stedi.pipeline.touched import Touched
from stedi.privacy.dispositions import Disposition
from stedi.schema.checked import Checked
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.trusted import accelerometer, customer, devices, phone_readings, step_trainer
from stedi.trusted import consent as consents
from stedi.trusted.dispositions import of_customers, of_phone_readings, of_step_readings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SOURCES = {
    customer_staged.SOURCE.name: (customer_staged.TABLE, customer.TABLE),
    phone_staged.SOURCE.name: (phone_staged.TABLE, accelerometer.TABLE),
    steps_staged.SOURCE.name: (steps_staged.TABLE, step_trainer.TABLE),
}
"""The staged and the trusted table of each source."""

Told = dict[str, dict[str, int]]
"""Rows by disposition, by source."""


def accounted(files: Files, turns: Turns) -> Waits[tuple[Checked, Told]]:
    """Begin to tell what became of every accepted row, looking at all of them.

    Returns:
        Waits, and gives the checks, and rows by disposition by source; raises QualityGateError if
        rows are missing or counted twice.
    """

    def summed(count: "Callable[[Files, DataFrame], DataFrame]", staged: Table) -> Counter[str]:
        return _summed(count(files, some) for some in files.frames(staged))

    begun = {
        customer_staged.SOURCE.name: turns.begin(
            lambda: _summed([_customers(files)]), files.coming(consents.TABLE)
        ),
        phone_staged.SOURCE.name: turns.begin(
            partial(summed, _phone, phone_staged.TABLE), files.coming(consents.TABLE)
        ),
        steps_staged.SOURCE.name: turns.begin(
            partial(summed, _steps, steps_staged.TABLE),
            files.coming(consents.TABLE, devices.TABLE, phone_readings.TABLE),
        ),
    }

    def told() -> tuple[Checked, Told]:
        return _closed(files, {source: dict(wait()) for source, wait in begun.items()})

    return told


def accounted_since(
    run: Run, files: Files, changes: Changes, updated: Updated, before: Mapping[str, Mapping[str, int]]
) -> tuple[Checked, Told]:
    """Tell what became of every accepted row, looking at new ones and at those of touched people.

    Args:
        run: The run.
        files: All tables as they are now.
        changes: What changed.
        updated: Whom it touched.
        before: What the release before tells.

    Raises:
        QualityGateError: Rows are missing or counted twice.
    """
    there = Files(run, changes.before)
    told = {source: Counter(rows) for source, rows in before.items()}
    if changes.people:
        told[customer_staged.SOURCE.name] = _summed([_customers(files)])
    for source, touched, count in (
        (phone_staged.SOURCE, updated.by_consent, _phone),
        (steps_staged.SOURCE, updated.by_anything, _steps),
    ):
        rows = told.setdefault(source.name, Counter())
        staged = source.staged
        rows.update(_summed(count(files, f) for f in _but(run, staged, changes.new[staged.name], touched)))
        if touched:
            rows.update(_summed(count(files, f) for f in _theirs(run, staged, files, touched)))
            rows.subtract(_summed(count(there, f) for f in _theirs(run, staged, there, touched)))
    return _closed(files, {source: {w: n for w, n in rows.items() if n} for source, rows in told.items()})


def _but(
    run: Run, staged: Table, new: "tuple[DataFile, ...]", touched: Touched | None
) -> "Iterable[DataFrame]":
    """New rows, but for those of touched people."""
    for some in frames(run, staged, new):
        yield some.join(touched.keys, staged.participant or "", "left_anti") if touched else some


def _theirs(run: Run, staged: Table, files: Files, touched: Touched) -> "Iterable[DataFrame]":
    """All rows of touched people."""
    yield from frames(run, staged, touched.staged_rows(run, staged, files))


def _customers(files: Files) -> "DataFrame":
    return of_customers(files.frame(customer_staged.TABLE), files.frame(consents.TABLE))


def _phone(files: Files, rows: "DataFrame") -> "DataFrame":
    return of_phone_readings(rows, files.frame(consents.TABLE))


def _steps(files: Files, rows: "DataFrame") -> "DataFrame":
    owned, with_phone = files.frame(devices.TABLE), files.frame(phone_readings.TABLE)
    return of_step_readings(rows, owned, files.frame(consents.TABLE), with_phone)


def _summed(counts: "Iterable[DataFrame]") -> Counter[str]:
    rows = Counter[str]()
    for frame in counts:
        rows.update({row["disposition"]: row["rows"] for row in frame.collect()})
    return rows


def _closed(files: Files, told: Told) -> tuple[Checked, Told]:
    faults = []
    for source, (staged, trusted) in SOURCES.items():
        accepted, published = files.rows(staged), files.rows(trusted)
        decided, passed = sum(told[source].values()), told[source].get(Disposition.PASSED.value, 0)
        if decided != accepted:
            faults.append(f"{source}: {accepted:,} rows accepted, {decided:,} accounted for")
        if passed != published:
            faults.append(f"{source}: {passed:,} rows may pass, {published:,} did")
        if min(told[source].values(), default=0) < 0:
            faults.append(f"{source}: fewer rows than none were counted for what became of some")
    if faults:
        raise QualityGateError(f"{NOT_PUBLISHED} Rows do not add up.", faults)
    return Checked(2 * len(SOURCES), ()), told
