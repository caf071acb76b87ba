"""Every script of bench/ runs, on an input so small that it says nothing of speed: none goes stale unseen."""

import doctest
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import (
    following,
    grow,
    growth,
    incremental,
    maintenance,
    page,
    reading,
    runs,
)
from bench.lakes import PYTHON, REPOSITORY
from bench.results import load
from tiny_landing import ROWS, land

BENCH = REPOSITORY / "bench"
STARTED = ("{}.main(", '"bench.{}"', '"{}.py"')
ON_SPARK = {"plain_pyspark", "s3_requests"}
"""They are started by tests/spark/test_bench.py."""
ELSEWHERE = {"costs"}
"""By tests/architecture/test_costs_page.py."""


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return land(tmp_path_factory.mktemp("landing") / "landing")


def scripts() -> set[str]:
    return {path.stem for path in BENCH.glob("*.py") if "\nif __name__ ==" in path.read_text()}


def test_every_script_has_a_test_that_starts_it() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    here = {name for name in scripts() if any(way.format(name) in tests for way in STARTED)}
    in_spark = (REPOSITORY / "tests/spark/test_bench.py").read_text()
    assert all(f"{name}." in in_spark for name in ON_SPARK)
    assert here | ON_SPARK | ELSEWHERE == scripts()


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in BENCH.glob("*.py") if ">>>" in path.read_text())
)
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"bench.{name}")).failed == 0


def test_runs_beside_duckdb(landing: Path, tmp_path: Path) -> None:
    told = ["--sizes", "1", "--spark-sizes", "", "--without-pyspark", "--data", str(landing)]
    runs.main([*told, "--cache", str(tmp_path), "--results", str(tmp_path / "runs.json")])
    found = load(tmp_path / "runs.json")
    assert [(each["what"], each["size"], each["turn"]) for each in found.costs] == [
        (runs.OURS, 1, 0), (runs.AGAIN, 1, 0), (runs.START, 1, 0), (runs.IMPORTS, 1, 0), (runs.DUCKDB, 1, 0),
    ]  # fmt: skip
    # What is imported is most of a run that finds nothing, and starting the command is little of it.
    start, imported, again = (
        found.median(what, 1, "cpu_s") for what in (runs.START, runs.IMPORTS, runs.AGAIN)
    )
    assert start < imported < 2 * again
    # Nor does memory of this process count, which started them.
    assert found.median(runs.START, 1, "peak_mb") < 100 < found.median(runs.OURS, 1, "peak_mb")
    page.main(["--results", str(tmp_path), "--docs", str(tmp_path)])
    assert "| 1x, 0 MB | our run |" in (tmp_path / "benchmarks.md").read_text()


def test_the_duckdb_script(landing: Path, tmp_path: Path) -> None:
    command = [PYTHON, BENCH / "plain_duckdb.py", landing, tmp_path / "made"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(made.stdout) == ROWS


def test_changes_on_a_growing_history(landing: Path, tmp_path: Path) -> None:
    told = ["--times", "1", "--histories", "days", "--data", str(landing), "--cache", str(tmp_path)]
    incremental.main([*told, "--results", str(tmp_path / "incremental.json")])
    found = load(tmp_path / "incremental.json")
    written = {each["what"]: each["written"] for each in found.costs}
    assert written["days: nothing"] == 0 < written["days: a day of readings"]
    assert "| a withdrawal | 1x |" in incremental.page(found)


def test_following(tmp_path: Path) -> None:
    told = ["--customers", "5", "--minutes", "0.5", "--every", "0.5", "--seconds-a-file", "0"]
    following.main([*told, "--cache", str(tmp_path), "--results", str(tmp_path / "following.json")])
    (found,) = load(tmp_path / "following.json").costs
    assert 0 < found["p50_s"] <= found["p95_s"] <= found["longest_s"]
    assert found["releases"] >= 1
    page.main(["--results", str(tmp_path), "--docs", str(tmp_path)])
    assert "## Landing to published" in (tmp_path / "benchmarks.md").read_text()


def test_growth(tmp_path: Path) -> None:
    told = ["--records", "20", "--doublings", "0", "--case", "passed_on"]
    growth.main([*told, "--results", str(tmp_path / "growth.json")])
    assert [each["size"] for each in load(tmp_path / "growth.json").of("passed_on", 20)] == [20]


def test_growing_a_landing_zone(landing: Path, tmp_path: Path) -> None:
    grow.main([str(landing), str(tmp_path / "grown"), "--copies", "3"])
    people = {
        json.loads(line)["email"]
        for file in (tmp_path / "grown" / "customer").iterdir()
        for line in file.read_text().splitlines()
    }
    assert len(people) == 3 * 4


def test_reading(landing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reading.main(["--megabytes", "0.05", "--times", "1", "--data", str(landing)])
    rows = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert rows == ["MB", "accelerometer", "step_trainer", "customer", "MB", "accelerometer", "step_trainer"]


def test_maintenance(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    maintenance.main(["--deliveries", "2", "--customers", "2", "--times", "1", "--cache", str(tmp_path)])
    assert capfd.readouterr().out.count("run with nothing new") == 2


def test_a_withdrawal(landing: Path) -> None:
    command = [sys.executable, "-m", "bench.withdrawal", "--data", str(landing)]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert [line.partition(":")[0] for line in told.splitlines() if not line.startswith(" ")] == [
        "withdraw",
        "erase",
    ]


@pytest.mark.parametrize("script", ["profiled.py"])
def test_a_profile(landing: Path, tmp_path: Path, script: str, keys: Path) -> None:
    command = [
        sys.executable,
        "-m",
        f"bench.{Path(script).stem}",
        "--quiet",
        "--lake",
        str(tmp_path / "lake"),
    ]
    ran = [*command, "run", "--landing", str(landing), "--settle", "0"]
    told = subprocess.run(ran, cwd=REPOSITORY, capture_output=True, text=True, check=True).stderr
    assert "innermost module of ours" in told and "run.run:run" in told
