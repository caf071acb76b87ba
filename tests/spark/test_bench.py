"""The benchmarks that need Spark run, on inputs so small that they say nothing of speed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from bench import plain_pyspark, runs, s3_requests
from bench.lakes import REPOSITORY, STARTER, TABLES, Bench
from bench.results import Results, load
from dirty_landing import EXPECTED, FAULTS, PYSPARK, land_dirty, made_of
from tiny_landing import ROWS, land


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return land(tmp_path_factory.mktemp("landing") / "landing")


def counted(landing: Path, folder: Path, *told: str) -> Results:
    """Run the script in a process of its own, for it leads its process to an emulator."""
    where = ["--data", landing, "--cache", folder, "--results", folder / "s3_requests.json"]
    command = [sys.executable, "-m", "bench.s3_requests", "--buckets", "2", *told, *where]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return load(folder / "s3_requests.json")


def test_plain_pyspark_reads_leniently(spark: Any, tmp_path: Path) -> None:
    counts = plain_pyspark.build(spark, land_dirty(tmp_path / "landing"), tmp_path / "made")
    rows = {name: pq.read_table(tmp_path / "made" / name).to_pylist() for name in TABLES}
    assert made_of(rows) == EXPECTED[PYSPARK]
    assert counts == {name: len(some) for name, some in rows.items()}
    # Twice whose older record is there too, and not at all whose address is spelled otherwise.
    assert counts["customers_curated"] == len(FAULTS) + 1 - 1


@pytest.mark.data
def test_plain_pyspark_makes_the_same_of_the_starter_data(
    spark: Any, stedi_data: Path, tmp_path: Path
) -> None:
    assert plain_pyspark.build(spark, stedi_data, tmp_path) == STARTER


def test_the_script_of_plain_pyspark_and_its_event_log(landing: Path, tmp_path: Path) -> None:
    bench = Bench(landing, tmp_path, ROWS)
    cost, more = runs.plain_pyspark(bench, 1)
    assert cost.cpu_s > 1 and cost.peak_mb > 100
    # A write and a count of each table, at least.
    assert more["jobs"] >= 10 and more["tasks"] >= more["stages"] >= 10
    assert 0 < more["longest_task_s"] < cost.wall_s
    assert more["longest_task"]


def test_requests_of_a_job_on_s3_are_counted(landing: Path, tmp_path: Path) -> None:
    (stage,) = counted(landing, tmp_path, "--steps", "stage").costs
    assert stage["what"] == "stage" and stage["requests"] == sum(stage["by_kind"].values())
    # Each landed file is read, and each staged table has files.
    assert stage["by_kind"]["GET"] >= 3 and stage["by_kind"]["PUT"] >= 3
    assert stage["jobs"] > 0
    # The two locks of a job: what tasks kept aside goes by the thousand.
    assert stage["by_kind"]["DELETE"] == 2


@pytest.mark.long
def test_a_run_on_spark_beside_its_peers(landing: Path, tmp_path: Path) -> None:
    told = ["--sizes", "", "--spark-sizes", "1", "--data", str(landing), "--cache", str(tmp_path)]
    runs.main([*told, "--results", str(tmp_path / "runs.json")])
    whats = [each["what"] for each in load(tmp_path / "runs.json").costs]
    assert whats == [runs.OURS, runs.AGAIN, runs.START, runs.IMPORTS, runs.DUCKDB, runs.PYSPARK, runs.SPARK]


@pytest.mark.long
def test_requests_of_both_jobs_on_s3(landing: Path, tmp_path: Path) -> None:
    found = counted(landing, tmp_path)
    assert s3_requests.total(found, 2) == sum(each["requests"] for each in found.costs) > 100
    # Of a lake that is this small, three of five are of Iceberg and the data files.
    assert s3_requests.total(found, 2) <= 350
    assert "| **both, 2 buckets** |" in "\n".join(s3_requests.section(found))
