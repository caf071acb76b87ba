"""A lake of Spark, Iceberg and the Glue catalog holds, row for row, what one of Sail and PyIceberg holds."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from both_lakes import BUCKETS, DATA, NOW_MS, PHASES, contents, dispositions, live, rows, twin
from exact_rows import difference, exactly

from stedi.asking.checking import check
from stedi.building import build
from stedi.engine.settings import Engine, choose
from stedi.lake.config import Lake, opened
from stedi.run.run import run
from stedi.store.opening import store_of
from stedi.tables import TABLES, table
from stedi.upkeep.maintenance import maintain

CATALOG = "lakes_catalog"
ICEBERG = [each.name for each in TABLES if each.kind.value == "iceberg"]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module", autouse=True)
def spark_chosen(spark: Any, glue: Any, keys: Path) -> Iterator[None]:
    """Whatever runs in these tests runs on Spark, with the catalog of the emulated Glue."""
    glue.known_to(spark, CATALOG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEDI_KEYS", str(keys))
        patch.setenv("STEDI_ENGINE", "spark")
        choose(Engine.SPARK)
        yield


@pytest.fixture(scope="module", params=[DATA[0], pytest.param(DATA[1], marks=pytest.mark.data)])
def given(request: pytest.FixtureRequest, sail_lakes: Path) -> Path:
    folder = sail_lakes / str(request.param)
    if not folder.is_dir():
        pytest.skip("needs the STEDI starter data (STEDI_DATA)")
    return folder


@pytest.fixture(scope="module")
def phases(
    given: Path, sail_lakes: Path, keys: Path, glue: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the lake held after each phase; the lake itself as `lake`."""
    glue.forget_tables()
    root = tmp_path_factory.mktemp(given.name) / "lake"
    lake = twin(given / "lake", sail_lakes / "keys", root, keys, CATALOG)
    yield {"lake": lake, **{phase: contents(lake) for phase in live(lake, given)}}


def as_rows(content: Any) -> Counter[tuple[Any, ...]]:
    return exactly(zip(*(column.to_pylist() for column in content.columns), strict=True))


@pytest.mark.parametrize("phase", PHASES)
def test_every_table_is_the_same_row_for_row(given: Path, phases: dict[str, Any], phase: str) -> None:
    told = {}
    for name in ICEBERG:
        expected = pq.read_table(given / f"{phase}_rows" / f"{name}.parquet")
        if name == "releases":
            # Which run and which snapshots differ; how many rows and why do not.
            expected = expected.select(
                ["number", "rows_by_table", "dispositions", "next_change_at", "inputs"]
            )
        found = phases[phase][name].select(expected.column_names)
        assert found.schema == expected.schema, name
        if why := difference(as_rows(found), as_rows(expected)):
            told[name] = why
    assert told == {}
    assert phases[phase]["machine_learning_curated"].num_rows > 0, "no row was compared"


def test_both_deliveries_brought_readings(phases: dict[str, Any]) -> None:
    for name in ("accelerometer_staged", "machine_learning_curated"):
        first, second = (phases[phase][name].num_rows for phase in PHASES[:2])
        assert 0 < first < second, name


def test_somebody_left(phases: dict[str, Any]) -> None:
    before, after = (phases[phase]["machine_learning_curated"].num_rows for phase in PHASES[1:])
    assert 0 < after < before


def test_the_lake_stands_when_it_is_checked_again(phases: dict[str, Any]) -> None:
    assert check(phases["lake"]).checks > 30
    assert dispositions(phases["lake"])["accelerometer"]["passed"] > 0


def test_nothing_older_is_left_of_the_tables_of_use(phases: dict[str, Any]) -> None:
    store = store_of(phases["lake"])
    for name in ("accelerometer_trusted", "machine_learning_curated"):
        assert len(store.snapshots(table(name))) == 1
        there = {p for p in store.folder(table(name)).rglob("*") if p.is_file() and p.suffix != ".crc"}
        assert there == store.reached(table(name))


def test_manifests_hold_bounds_of_the_bucket_and_the_moment_alone(spark: Any, phases: dict[str, Any]) -> None:
    for name in ICEBERG:
        declared = table(name)
        number = {column.name: n for n, column in enumerate(declared.columns, start=1)}
        always = {number[c] for c in (declared.partition,) if c}
        # Of a file in which every moment is null there is no bound of it.
        most = always | {number[c] for c in (declared.moment,) if c}
        for file in spark.table(f"{CATALOG}.stedi.{name}.files").collect():
            assert always <= {*file.lower_bounds, *file.upper_bounds} <= most, name


def test_maintaining_keeps_every_row(phases: dict[str, Any]) -> None:
    lake = phases["lake"]
    before = {
        name: as_rows(rows(lake, name)) for name in ("accelerometer_staged", "machine_learning_curated")
    }
    done = maintain(lake, keep=1)
    assert done.compacted and done.expired
    for name, was in before.items():
        assert difference(as_rows(rows(lake, name)), was) == ""
    assert check(lake).checks


class Killed(BaseException):
    """As if the process had died."""


@pytest.mark.parametrize("point", ["stage.table:2", "stage.rows", "publish.table:3", "publish.committed"])
def test_a_run_that_was_killed_between_commits_is_taken_up(
    point: str, sail_lakes: Path, glue: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = sail_lakes / "fleet"
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    glue.forget_tables()
    lake = twin(given / "lake", sail_lakes / "keys", tmp_path / "lake", tmp_path / "keys", CATALOG)
    name, _, nth = point.partition(":")
    seen: Counter[str] = Counter()

    def dies(reached: str) -> None:
        seen[reached] += 1
        if reached == name and seen[reached] == int(nth or 1):
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        for module in ("staging.batch", "run.publish"):
            patch.setattr(f"stedi.{module}.reached", dies)
        run(lake, given / "first", settle_s=0, clock=lambda: NOW_MS)
    run(lake, given / "first", settle_s=0, clock=lambda: NOW_MS)
    for each in ("accelerometer_staged", "quarantine", "customers_curated", "machine_learning_curated"):
        expected = pq.read_table(given / "first_rows" / f"{each}.parquet")
        assert difference(as_rows(rows(lake, each)), as_rows(expected)) == "", each


def test_a_lake_of_sail_is_gone_on_with(sail_lakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own catalog; afterwards `sail_lakes.py --back` goes on with what Spark made of it."""
    monkeypatch.setenv("STEDI_KEYS", str(sail_lakes / "keys"))
    lake: Lake = opened(sail_lakes / "begun")
    before = {name: as_rows(rows(lake, name)) for name in ICEBERG if name not in ("landed_files", "releases")}
    assert not run(lake, sail_lakes / "fleet" / "first", settle_s=0).changed
    for name, was in before.items():
        assert difference(as_rows(rows(lake, name)), was) == "", name
    report = run(lake, sail_lakes / "fleet" / "second", settle_s=0)
    assert report.updated
    assert lake.buckets == BUCKETS and build.rows_in(store_of(lake).files(table("accelerometer_trusted")))
