"""A run that fails a check publishes nothing, and leaves with the gate's exit code."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stedi import tables
from stedi.asking.checking import check
from stedi.asking.reader import reading
from stedi.building import build as building
from stedi.building import sensing
from stedi.curated import machine_learning
from stedi.ground.errors import PrivacyGateError, QualityGateError, StediError
from stedi.lake.config import Lake, create
from stedi.privacy.dispositions import Disposition
from stedi.privacy.passing import OUTCOMES, PASSED, Decided
from stedi.run.run import run
from stedi.schema.table import Table
from stedi.staging import batch as staging
from stedi.staging import staged_rows
from stedi.store.data_files import DataFile
from stedi_fleet.simulator import simulate


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gates") / "fleet"
    simulate(folder, customers=6, minutes=0.5, dirty=True)
    return folder


def everybody(found: Decided) -> Decided:
    """As most public solutions: nobody is asked."""
    return passing(found, found.term >= 0)


def too_early(found: Decided) -> Decided:
    """Of those who consent, also what was read before."""
    return passing(found, found.outcome == OUTCOMES.index(Disposition.BEFORE_START))


def passing(found: Decided, these: Any) -> Decided:
    return Decided(np.where(these, PASSED, found.outcome).astype(np.int8), found.term)


def changed(name: str, change: Callable[[DataFrame], DataFrame]) -> Callable[..., DataFrame]:
    build = tables.BUILDS[name]

    # Same parameters, for a run looks at their names.
    def broken(*frames: DataFrame, **parameters: Any) -> DataFrame:
        return change(build(*frames, **parameters))

    broken.__wrapped__ = build  # type: ignore[attr-defined]
    return broken


def identified(rows: pa.Table) -> pa.Table:
    return with_column(
        rows, "session", pa.array(["somebody@example.org"] * rows.num_rows).dictionary_encode()
    )


def dated(rows: pa.Table) -> pa.Table:
    return with_column(rows, "elapsed_ms", pc.add(rows["elapsed_ms"], 1_740_960_000_000))


def with_column(rows: pa.Table, name: str, values: Any) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, values)


def unheard_of(rows: DataFrame) -> DataFrame:
    state = F.when(F.col("state") == "NEVER", "MAYBE").otherwise(F.col("state"))
    return rows.withColumn("state", state)


def doubled(rows: DataFrame) -> DataFrame:
    return rows.unionByName(rows)


Patch = Callable[[pytest.MonkeyPatch], None]


def deciding(name: str, change: Callable[[Decided], Decided]) -> Patch:
    """Decide otherwise on the readings of a staged table."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        decided = sensing.decided

        def broken(readings: pa.Table, terms: pa.Table, staged: Table) -> Decided:
            found = decided(readings, terms, staged)
            return change(found) if staged.name == name else found

        monkeypatch.setattr(sensing, "decided", broken)

    return patch


def taking(name: str, change: Callable[[Any], Any]) -> Patch:
    """Give other places of the readings that pass of a trusted table."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        build = sensing.build

        def broken(readings: pa.Table, found: Decided, terms: pa.Table, table: Table, only: Any) -> pa.Table:
            return build(readings, found, terms, table, change(only) if table.name == name else only)

        monkeypatch.setattr(sensing, "build", broken)

    return patch


def curating(change: Callable[[pa.Table], pa.Table]) -> Patch:
    """Change the curated readings."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        build = machine_learning.build
        monkeypatch.setattr(machine_learning, "build", lambda *rows, **told: change(build(*rows, **told)))

    return patch


def building_people(name: str, change: Callable[[DataFrame], DataFrame]) -> Patch:
    """Change a table of people."""
    return lambda monkeypatch: monkeypatch.setitem(building.BUILDS, name, changed(name, change))


PHONE, STEPS = "accelerometer_trusted", "step_trainer_trusted"
BROKEN: dict[str, tuple[Patch, type[StediError]]] = {
    "readings of people who never agreed": (deciding("accelerometer_staged", everybody), PrivacyGateError),
    "steps of people who never agreed": (deciding("step_trainer_staged", everybody), PrivacyGateError),
    "readings from before consent": (deciding("accelerometer_staged", too_early), PrivacyGateError),
    "an e-mail address in the curated zone": (curating(identified), PrivacyGateError),
    "dates in the curated zone": (curating(dated), PrivacyGateError),
    "values that are not declared": (building_people("consent", unheard_of), QualityGateError),
    "rows that are lost": (taking(STEPS, lambda places: places[::2]), QualityGateError),
    "rows that are doubled": (taking(PHONE, lambda places: np.repeat(places, 2)), QualityGateError),
    "people told twice": (building_people("consent", doubled), QualityGateError),
}


def snapshots(lake: Lake) -> dict[str, int | None]:
    with reading(lake) as reader:
        return {table.name: reader.store.snapshot_id(table) for table in tables.DERIVED}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, fleet: Path) -> Lake:
    """A lake with a release; what is stopped leaves it as it is."""
    made = create(tmp_path_factory.mktemp("published") / "lake")
    run(made, fleet)
    return made


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_build_is_not_published(
    published: Lake, fleet: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    patch, error = BROKEN[fault]
    with reading(published) as reader:
        before = reader.release
    was = snapshots(published)
    patch(monkeypatch)
    with pytest.raises(error) as stopped:
        run(published, fleet, full=True)
    assert stopped.value.exit_code == (4 if error is PrivacyGateError else 3)
    assert "othing was published" in str(stopped.value)
    assert "@" not in str(stopped.value)
    with reading(published) as reader:
        assert reader.release == before
    assert snapshots(published) == was


def test_a_quarantined_line_that_is_lost_is_missed(
    lake: Lake, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(*_: object) -> list[DataFile]:
        return []

    monkeypatch.setattr(staging, "refused_files", forgotten)
    with pytest.raises(QualityGateError, match="in the quarantine"):
        run(lake, fleet)


def test_a_count_that_is_wrong_is_missed(lake: Lake, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = staged_rows.rows_by_file
    monkeypatch.setattr(
        staged_rows, "rows_by_file", lambda rows: Counter({of: n + 5 for of, n in counted(rows).items()})
    )
    with pytest.raises(QualityGateError, match="do not add up"):
        run(lake, fleet)


def test_a_published_row_without_consent_is_found_by_a_check(
    lake: Lake, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stedi.run import deriving
    from stedi.schema.checked import Checked

    deciding("accelerometer_staged", everybody)(monkeypatch)
    monkeypatch.setattr(deriving, "consented_only", lambda *_: lambda: Checked(0, ()))
    monkeypatch.setattr(deriving, "closed", lambda *_: (Checked(0, ()), {}))
    run(lake, fleet)
    with pytest.raises(PrivacyGateError, match="rows without consent"):
        check(lake)
