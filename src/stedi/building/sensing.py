"""Decide on the readings of a sensor, slice by slice: which pass, and what becomes of the others.

Rows and counts come out of the same look at a reading, so what is told of the readings that were
accepted is true of those that were published.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from stedi.building.build import Files
from stedi.building.exchange import Written
from stedi.building.run_context import Run
from stedi.building.selecting import names_of
from stedi.building.slices import Held, Slice, build_slices, by_bucket, count_slices, held
from stedi.building.touched import Touched
from stedi.engine.spark import is_spark
from stedi.landing import accelerometer as phone_staged
from stedi.landing import step_trainer as steps_staged
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.trusted import accelerometer, devices, phone_readings, step_trainer, terms
from stedi.trusted import consent as consents
from stedi.trusted.readings import build, decided

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Sensor:
    """A source of readings: its staged and its trusted table, and on what terms its readings pass."""

    staged: Table
    trusted: Table
    needs: tuple[Table, ...]
    terms: Callable[..., "DataFrame"]

    @property
    def source(self) -> str:
        """The name of its source."""
        return self.staged.name.removesuffix("_staged")

    def terms_of(self, run: Run, files: Files, of: Sequence[DataFile] | None = None) -> list[Held]:
        """The terms that follow from some tables, by bucket of their keys.

        Args:
            run: The run.
            files: The tables.
            of: Files of the staged table: only terms that their readings may need; None: all.
        """
        told = self.terms(*(files.frame(table) for table in self.needs))
        # On Spark they do not travel, and more joins are more jobs.
        if of is not None and not is_spark(run.session):
            keys = run.frame(self.staged, of).selectExpr(f"{self.staged.participant} as key").distinct()
            told = told.join(keys, "key", "left_semi")
        return held(run, told)


PHONE = Sensor(phone_staged.TABLE, accelerometer.TABLE, (consents.TABLE,), terms.of_addresses)
STEPS = Sensor(
    steps_staged.TABLE,
    step_trainer.TABLE,
    (devices.TABLE, consents.TABLE, phone_readings.TABLE),
    terms.of_devices,
)
SENSORS = (PHONE, STEPS)


class Whom(Enum):
    """Whose readings are meant, where some people stand otherwise than before."""

    EVERYBODY = auto()
    OTHERS = auto()
    """Who stands as before."""
    TOUCHED = auto()


@dataclass(frozen=True)
class _Decides:
    """Decides on staged readings; what it tells of a slice is their dispositions.

    Beside a slice lie its terms, and in `touched` the addresses or devices of touched people, and whose
    each is.
    """

    staged: Table
    trusted: Table
    whom: Whom = Whom.EVERYBODY

    @property
    def columns(self) -> list[str]:
        """What is asked of the staged readings."""
        landed = [name for name in self.trusted.names if name in self.staged.names and name != "bucket"]
        return [*landed, *({self.staged.participant or ""} - {*landed})]

    def rows(self, slice_: Slice) -> "tuple[pa.Table, dict[str, int]]":
        """The readings that pass of those who are meant, and how many came to which end."""
        import pyarrow.compute as pc

        readings = slice_.read("readings", self.staged, self.columns)
        by = slice_.held("terms")
        found = decided(readings, by, self.staged)
        if self.whom is not Whom.OTHERS:
            counts = found.counts()
        else:
            keys = names_of(slice_.beside["touched"])
            known = pc.is_in(readings[self.staged.participant], value_set=keys)
            counts = found.counts(~known.to_numpy())
        passed = found.passed
        if self.whom is not Whom.EVERYBODY:
            people = names_of(slice_.beside["touched"], column="person")
            is_touched = pc.is_in(by["person"], value_set=people).to_numpy()[found.term[passed]]
            passed = passed[is_touched if self.whom is Whom.TOUCHED else ~is_touched]
        return build(readings, found, by, self.trusted, passed), counts

    def told(self, slice_: Slice) -> dict[str, int]:
        """How many of all readings came to which end."""
        columns = [self.staged.participant or "", self.staged.moment or ""]
        readings = slice_.read("readings", self.staged, columns)
        return decided(readings, slice_.held("terms"), self.staged).counts()

    def finished(self, bucket: int, rows: "pa.Table") -> "tuple[pa.Table, None]":
        """All rows of a bucket, as they are."""
        return rows, None


def readings_that_pass(
    run: Run,
    sensor: Sensor,
    files: Iterable[DataFile],
    by: list[Held],
    whom: Whom = Whom.EVERYBODY,
    touched: Touched | None = None,
) -> tuple[Written, Counter[str]]:
    """Write the readings that pass, and count what became of all of them.

    Args:
        run: The run.
        sensor: Whose readings.
        files: Files of its staged table.
        by: The terms, as `terms_of` gives them.
        whom: Whose readings are written. Of others the readings that may be of touched people are not
            counted either.
        touched: Who stands otherwise than before, unless everybody's are meant.
    """
    decides = _Decides(sensor.staged, sensor.trusted, whom)
    beside = {"terms": by, "touched": touched.keys if touched else []}
    slices = by_bucket({"readings": list(files)}, beside=beside)
    written = build_slices(run, sensor.trusted, slices, decides)
    return written, summed(written.told)


def told_of(run: Run, sensor: Sensor, files: Iterable[DataFile], by: list[Held]) -> Counter[str]:
    """Count what becomes of staged readings by some terms, and write none."""
    decides = _Decides(sensor.staged, sensor.trusted)
    slices = by_bucket({"readings": list(files)}, beside={"terms": by})
    return summed(count_slices(run, slices, decides.told))


def summed(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Counts of several slices as one."""
    total = Counter[str]()
    for each in counts:
        total.update(each)
    return total
