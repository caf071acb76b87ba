"""The DuckDB script reads leniently: what it makes otherwise than a run is known, row for row.

Plain PySpark beside the same in tests/spark/test_bench.py.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from bench.lakes import PYTHON, REPOSITORY, STARTER, TABLES
from dirty_landing import DUCKDB, EXPECTED, FAULTS, RUN, land_dirty, made_of
from stedi.asking.reader import reading
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.tables import table


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return land_dirty(tmp_path_factory.mktemp("dirty") / "landing")


def rows_of(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    with reading(lake) as reader:
        return {
            name: [row for file in reader.files(table(name)) for row in pq.read_table(file.path).to_pylist()]
            for name in TABLES
        }


def duckdb_rows(landing: Path, target: Path) -> dict[str, int]:
    command = [PYTHON, REPOSITORY / "bench" / "plain_duckdb.py", landing, target]
    made: dict[str, int] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return made


def test_a_run_reads_strictly(landing: Path, tmp_path: Path) -> None:
    from stedi.lake.config import create

    lake = create(tmp_path / "lake")
    run(lake, landing, settle_s=0)
    rows = rows_of(lake)
    assert made_of(rows) == EXPECTED[RUN]
    # Who has no readings is no customer there: who withdrew alone.
    assert len(rows["customers_curated"]) == len(FAULTS) - 1


def test_the_duckdb_script_reads_leniently(landing: Path, tmp_path: Path) -> None:
    counts = duckdb_rows(landing, tmp_path)
    rows = {name: pq.read_table(tmp_path / f"{name}.parquet").to_pylist() for name in TABLES}
    assert made_of(rows) == EXPECTED[DUCKDB]
    assert counts == {name: len(some) for name, some in rows.items()}
    # Twice whose older record is there too, and not at all whose address is spelled otherwise.
    assert counts["customers_curated"] == len(FAULTS) + 1 - 1


@pytest.mark.data
def test_the_starter_data_gives_both_the_same_rows(stedi_data: Path, tmp_path: Path) -> None:
    assert duckdb_rows(stedi_data, tmp_path) == STARTER
