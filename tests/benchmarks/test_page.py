"""The pages of benchmarks say what was measured, and their numbers are worked out as they should be."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench import following, goals, page, s3_requests
from bench.lakes import REPOSITORY
from bench.measure import Cost
from bench.results import Results, begun, load, where
from bench.runs import AGAIN, DUCKDB, OURS, PYSPARK, SPARK, START
from bench.spark_log import Work, work

DOCS = REPOSITORY / "docs"
LARGEST_BYTES = 100_000


def test_the_pages_are_what_the_results_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert page.main(["--check"]) == 0, capsys.readouterr().err


def test_the_page_and_its_pictures_belong_together() -> None:
    shown = set(re.findall(r"\]\((benchmarks/[\w-]+\.svg)\)", (DOCS / "benchmarks.md").read_text()))
    assert shown == {str(path.relative_to(DOCS)) for path in (DOCS / "benchmarks").iterdir()}
    for path in (DOCS / "benchmarks").iterdir():
        assert path.stat().st_size < LARGEST_BYTES, path.name
        assert "<text" in path.read_text()


def test_no_result_names_this_machine() -> None:
    for path in (REPOSITORY / "bench" / "results").glob("*.json"):
        assert str(REPOSITORY) not in path.read_text()
        assert load(path).measure == path.stem


def cost(wall_s: float, cpu_s: float, peak_mb: float = 100.0) -> Cost:
    return Cost(wall_s, cpu_s, peak_mb, 0.0, "")


@pytest.fixture
def runs() -> Results:
    """Two sizes, and two turns of the smaller one; Spark at both."""
    found = Results("runs", {"megabytes": {"1": 10.0, "50": 510.0}})
    for turn, slow in enumerate((1.0, 3.0)):
        # The machine was slower in the second turn, and so were both.
        found.add(OURS, 1, turn, cost(2 * slow, 4 * slow))
        found.add(DUCKDB, 1, turn, cost(1 * slow, 1 * slow))
        found.add(PYSPARK, 1, turn, cost(10 * slow, 20 * slow), jobs=19)
    found.add(AGAIN, 1, 0, cost(2.0, 1.5))
    found.add(START, 1, 0, cost(0.1, 0.25))
    found.add(SPARK, 1, 0, cost(50.0, 100.0), jobs=40)
    found.add(OURS, 50, 0, cost(25.0, 40.0, 900.0))
    found.add(DUCKDB, 50, 0, cost(5.0, 10.0))
    found.add(PYSPARK, 50, 0, cost(60.0, 90.0), jobs=19)
    found.add(SPARK, 50, 0, cost(150.0, 300.0), jobs=44)
    return found


def test_ratios_are_of_the_same_turn(runs: Results) -> None:
    assert runs.ratio(OURS, DUCKDB, 1, "cpu_s") == 4.0
    assert runs.ratio(OURS, DUCKDB, 1, "wall_s") == 2.0
    assert runs.median(OURS, 1, "cpu_s") == 8.0


def test_goals_are_worked_out_of_what_was_measured(runs: Results) -> None:
    changes = Results("incremental")
    changes.add("quiet", 1, 0, cost(1, 1))
    for times, cpu, written, after in ((1, 7.5, 1_000_000, 1_000_000), (25, 8.25, 1_350_000, 1_050_000)):
        for day, wrote in ((goals.A_DAY, written), (goals.DAY_AFTER, after)):
            changes.costs.append({"what": day, "size": times, "turn": 0, "cpu_s": cpu, "written": wrote})
    counts = Results("s3_requests", {"megabytes": 10.0})
    for step, requests in zip(s3_requests.STEPS, (800, 700), strict=True):
        counts.add(step, 16, 0, cost(1, 1), requests=requests, by_kind={"GET": requests}, jobs=5)
    followed = Results("following")
    for p95_s in (9.5, 8.0):
        followed.add(following.WHAT, 1, 0, cost(1, 1), p95_s=p95_s)
    told = {"runs": runs, "incremental": changes, "s3_requests": counts, "following": followed}
    values = [goal.measured(told) for goal in goals.GOALS]
    assert values == pytest.approx(
        [
            4.0,  # 40 of 10
            0.625,  # 25 of 40
            0.2,  # 2 of 10, and 6 of 30
            1.25,  # 1.5 less 0.25
            None,  # 200x was not measured
            None,  # nor 10x
            4.0,  # 200 more seconds in 50 steps of 10 MB, beside 50: the medians of PySpark are 40 and 90
            44.0,
            1500.0,
            1.1,
            1.05,
            1.1,
            1.35,
            9.5,
        ]
    )
    assert [row[-1] for row in goals.rows(told)] == [
        "yes", "**no**", "**no**", "**no**", "", "", "**no**", "**no**", "yes", "yes", "yes", "yes",
        "**no**", "yes",
    ]  # fmt: skip


def test_times_of_a_busy_machine_reach_nothing(runs: Results) -> None:
    for each in runs.costs:
        each["others"] = 1.5
    told = {row[0]: row[-1] for row in goals.rows({"runs": runs})}
    assert told["50x, CPU, of the DuckDB script's"] == "yes, on a busy machine"
    assert told["Spark, jobs, the most of all sizes"] == "**no**"
    assert "other work took 1.5 of its cores" in where(begun_with(runs))


def begun_with(runs: Results) -> Results:
    return replace(begun("runs"), costs=runs.costs)


def test_nothing_measured_is_said() -> None:
    assert {row[2] for row in goals.rows({})} == {"not measured"}


LOG = """\
{"Event":"SparkListenerJobStart","Job ID":0}
{"Event":"SparkListenerTaskEnd","Stage ID":0,"Task Info":{"Launch Time":1000,"Finish Time":1500},"Task Metrics":{"Result Size":2000000,"Executor CPU Time":250000000}}
{"Event":"SparkListenerTaskEnd","Stage ID":1,"Task Info":{"Launch Time":1000,"Finish Time":4000},"Task Metrics":{"Result Size":1000000,"Executor CPU Time":1000000000}}
{"Event":"SparkListenerStageCompleted","Stage Info":{"Stage ID":0,"Stage Name":"count"}}
{"Event":"SparkListenerStageCompleted","Stage Info":{"Stage ID":1,"Stage Name":"parquet"}}
{"Event":"SparkListenerJobStart","Job ID":1}
{"Event":"SparkListenerTa"""  # noqa: E501


def test_an_event_log_tells_jobs_and_the_longest_task(tmp_path: Path) -> None:
    (tmp_path / "local-1").write_text(LOG)
    (tmp_path / ".local-1.crc").write_bytes(b"crc")
    assert work(tmp_path) == Work(2, 2, 2, 3.0, "parquet", 3.0, 1.25)


def test_no_folder_of_a_machine_is_kept(tmp_path: Path) -> None:
    (tmp_path / "local-1").write_text(
        LOG.replace('"parquet"', '"collect at /home/ana/stedi/src/tasks.py:172"')
    )
    assert work(tmp_path).longest_task == "collect at tasks.py:172"


def test_no_event_log_is_no_work(tmp_path: Path) -> None:
    assert work(tmp_path) == Work(0, 0, 0, 0.0, "", 0.0, 0.0)
