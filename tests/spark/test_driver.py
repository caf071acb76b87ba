"""No row of people, and no file of theirs, reaches the driver of Spark while a lake is built."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame

from contents import contents
from stedi import audit
from stedi.building import shares
from stedi.building.run_context import Run
from stedi.engine.settings import Engine, choose
from stedi.lake.config import Lake, create
from stedi.run.run import build_only, run, stage_only
from stedi.tables import DERIVED, STAGED
from tiny_landing import AT, READINGS, ROWS, customer, land, lines, serial

CATALOG = "driver_catalog"
ROWS_AFTER = {
    "customer_trusted": 3,
    "accelerometer_trusted": 75,
    "customers_curated": 2,
    "step_trainer_trusted": 75,
    "machine_learning_curated": 75,
}
"""After one of them withdrew, another agreed, and a third sent more."""
TEXTS = ("email", "user", "customerName", "serialNumber", "phone")


class Driver:
    """What comes to the driver: answers to what it asks, and files that it opens or renames.

    Attributes:
        told: Texts of people that were in an answer, and where.
        opened: Files of a lake's tables of people, or of a run, that the driver opened.
        broadcast: Plans in which rows go through the driver.
        asked: How often it asked anything.
    """

    def __init__(self, patch: pytest.MonkeyPatch, texts: set[bytes]) -> None:
        self.told: list[str] = []
        self.opened: list[str] = []
        self.broadcast: list[str] = []
        self.asked = 0
        self._texts = texts
        collect = DataFrame.collect
        patch.setattr(DataFrame, "collect", lambda frame: self._heard(frame, collect(frame)))
        for owner, name in ((pq, "ParquetFile"), (pq, "read_metadata"), (pa.ipc, "open_file")):
            patch.setattr(owner, name, self._noting(name, getattr(owner, name)))
        patch.setattr(Path, "rename", self._noting("rename", Path.rename))

    def _heard(self, frame: Any, rows: list[Any]) -> list[Any]:
        self.asked += 1
        plan = frame._jdf.queryExecution().executedPlan().toString().splitlines()
        # Whether there is any request at all is told to every task, by a row without a column.
        self.broadcast += [
            line
            for line, below in zip(plan, [*plan[1:], ""], strict=True)
            if "BroadcastExchange" in line and "GlobalLimit 1" not in below
        ]
        whole = b"\n".join(
            bytes(value) if isinstance(value, bytearray) else str(value).encode()
            for row in rows
            for value in row
        )
        self.told += [text.decode() for text in self._texts if text in whole]
        return rows

    def _noting(self, what: str, do: Any) -> Any:
        tables = {table.name for table in (*STAGED, *DERIVED)}

        def noted(*arguments: Any, **more: Any) -> Any:
            for path in arguments:
                if tables & {*str(path).split("/")} or "/scratch/" in str(path):
                    self.opened.append(f"{what} {path}")
            return do(*arguments, **more)

        return noted


@pytest.fixture
def driver(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("STEDI_ENGINE", "spark")
    choose(Engine.SPARK)
    texts = {
        str(row[name]).encode() for rows in lines().values() for row in rows for name in TEXTS if name in row
    }
    yield Driver(monkeypatch, texts)


IN_A_FOLDER = pytest.param(None, id="in a folder", marks=pytest.mark.long)
"""As long as in Glue's catalog, and no job of production's."""


@pytest.fixture(params=[IN_A_FOLDER, pytest.param(CATALOG, id="in Glue's catalog")])
def lake(request: pytest.FixtureRequest, spark: Any, glue: Any, driver: Driver, tmp_path: Path) -> Lake:
    if request.param:
        glue.forget_tables()
        glue.known_to(spark, CATALOG)
    made = create(tmp_path / "lake", buckets=4, glue=request.param)
    audit.begin(made)
    return made


def test_nothing_of_people_comes_to_the_driver(lake: Lake, driver: Driver, tmp_path: Path) -> None:
    # In two steps, as on Glue: the second meets staged rows, and no release before it.
    stage_only(lake, land(tmp_path / "landing"), settle_s=0)
    report = build_only(lake)
    rows = {each.table.name: each.rows for each in report.built}
    assert {name: rows[name] for name in ROWS} == ROWS
    assert driver.asked > 10
    nothing_came_to(driver)
    land_more(tmp_path / "landing")
    stage_only(lake, tmp_path / "landing", settle_s=0)
    again = build_only(lake)
    assert again.updated
    assert {name: again.release.rows[name] for name in ROWS} == ROWS_AFTER
    nothing_came_to(driver)


def nothing_came_to(driver: Driver) -> None:
    assert driver.told == []
    assert driver.broadcast == []
    assert driver.opened == []


def land_more(landing: Path) -> None:
    """The first person withdraws, the last agrees to all that was and is read, and two send readings."""
    later = AT + 60_000
    moments = [later + 100 * n for n in range(READINGS)]
    withdrawn = {**customer(0, None), "lastUpdateDate": later}
    content = {
        "customer": [withdrawn, {**customer(3, AT - 500), "lastUpdateDate": later}],
        "accelerometer": [
            {"user": f"person{n}@example.org", "timestamp": at, "x": 0.5, "y": 0.25, "z": 9.75}
            for n in (0, 1)
            for at in moments
        ],
        "step_trainer": [
            {"sensorReadingTime": at, "serialNumber": serial(n), "distanceFromObject": 300 + n}
            for n in (0, 1)
            for at in moments
        ],
    }
    for source, rows in content.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (landing / source / f"{source}-2.json").write_text(text)


@pytest.mark.parametrize("lake", [None], ids=["in a folder"], indirect=True)
def test_rows_that_are_fetched_are_seen(
    lake: Lake, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = Run.frame

    def fetching(self: Run, *arguments: Any) -> Any:
        found = frame(self, *arguments)
        found.collect()
        return found

    monkeypatch.setattr(Run, "frame", fetching)
    run(lake, land(tmp_path / "landing"), settle_s=0)
    assert "person1@example.org" in driver.told


@pytest.mark.parametrize("lake", [None], ids=["in a folder"], indirect=True)
def test_tasks_share_a_large_bucket(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = land(tmp_path / "landing")
    monkeypatch.setattr(shares, "ROWS_OF_A_TASK", 7)
    shared = run(lake, landing, settle_s=0)
    rows = contents(lake)
    assert {name: shared.release.rows[name] for name in ROWS} == ROWS
    monkeypatch.undo()
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("STEDI_ENGINE", "spark")
    run(lake, landing, settle_s=0, full=True)
    assert contents(lake) == rows
