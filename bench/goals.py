"""What the rebuilding has to reach, and what was measured of it: ratios carry over to other machines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench import following, incremental, s3_requests
from bench.results import Results
from bench.runs import AGAIN, DUCKDB, OURS, PYSPARK, SPARK, START

Found = Mapping[str, Results]
A_DAY = incremental.named("people", incremental.A_DAY)
DAY_AFTER = incremental.named("people", incremental.DAY_AFTER)
NOTHING_NEW_BEFORE_S = 1.2


@dataclass(frozen=True)
class Goal:
    """What is to be reached.

    Attributes:
        what: In words.
        before: What it was before the rebuilding.
        must: The most that it may be.
        beyond: What would be better still.
        measured: What was measured of it; None where it was not.
        timed_in: The results that it takes times from; None where it counts something, which other work on
            the machine does not change.
    """

    what: str
    before: str
    must: float
    beyond: float | None
    measured: Callable[[Found], float | None]
    timed_in: str | None = "runs"


def of_runs(
    sizes: tuple[int, ...], whats: tuple[str, ...], value: Callable[[Results], float]
) -> Callable[[Found], float | None]:
    """A value of the runs, where all that it needs was measured at those sizes."""

    def measured(found: Found) -> float | None:
        runs = found.get("runs")
        if runs is None or not {*sizes} <= {*runs.sizes(*whats)}:
            return None
        return value(runs)

    return measured


def of_its_cpu(runs: Results) -> float:
    return runs.median(OURS, 50, "wall_s") / runs.median(OURS, 50, "cpu_s")


def beyond_starting(runs: Results) -> float:
    return runs.median(AGAIN, 1, "cpu_s") - runs.median(START, 1, "cpu_s")


def for_each_10_mb(runs: Results, what: str) -> float:
    """CPU seconds for each further 10 MB, between the smallest and the largest size that Spark measured."""
    sizes = runs.sizes(SPARK, PYSPARK)
    first, last = sizes[0], sizes[-1]
    megabytes = runs.about["megabytes"]
    more = (megabytes[str(last)] - megabytes[str(first)]) / 10
    return (runs.median(what, last, "cpu_s") - runs.median(what, first, "cpu_s")) / more


def slopes(found: Found) -> float | None:
    runs = found.get("runs")
    if runs is None or len(runs.sizes(SPARK, PYSPARK)) < 2:
        return None
    return for_each_10_mb(runs, SPARK) / for_each_10_mb(runs, PYSPARK)


def most_jobs(found: Found) -> float | None:
    runs = found.get("runs")
    sizes = runs.sizes(SPARK) if runs else []
    return max((runs.median(SPARK, size, "jobs") for size in sizes), default=None) if runs else None


def a_day(day: str, of: str) -> Callable[[Found], float | None]:
    """A day of readings on 25 times the history, as a multiple of the same on the shortest."""

    def measured(found: Found) -> float | None:
        changes = found.get("incremental")
        if changes is None or not {1, 25} <= {*changes.sizes(day)}:
            return None
        return changes.median(day, 25, of) / changes.median(day, 1, of)

    return measured


def requests_to_s3(found: Found) -> float | None:
    counts = found.get("s3_requests")
    sizes = counts.sizes(*s3_requests.STEPS) if counts else []
    return float(max(s3_requests.total(counts, size) for size in sizes)) if counts and sizes else None


def landing_to_published(found: Found) -> float | None:
    """The highest 95th percentile of all that was measured of followers, seconds."""
    results = found.get("following")
    return max(each["p95_s"] for each in results.costs) if results else None


GOALS = (
    Goal("50x, CPU, of the DuckDB script's", "10", 4.5, 3,
         of_runs((50,), (OURS, DUCKDB), lambda runs: runs.ratio(OURS, DUCKDB, 50, "cpu_s"))),
    Goal("50x, wall, of its own CPU (both cores busy)", "0.70", 0.60, 0.55,
         of_runs((50,), (OURS,), of_its_cpu)),
    Goal("real data, wall, of plain PySpark's", "0.23", 0.18, 0.12,
         of_runs((1,), (OURS, PYSPARK), lambda runs: runs.ratio(OURS, PYSPARK, 1, "wall_s"))),
    Goal("a run that finds nothing new, CPU s beyond starting `stedi`", f"{NOTHING_NEW_BEFORE_S}",
         NOTHING_NEW_BEFORE_S / 2, None,
         of_runs((1,), (AGAIN, START), beyond_starting)),
    Goal("200x (2.1 GB), peak MB", "not measured", 1000, None,
         of_runs((200,), (OURS,), lambda runs: runs.median(OURS, 200, "peak_mb")), None),
    Goal("Spark `local[2]`, CPU at 10x (106 MB), of plain PySpark's", "4.2", 2, 1.3,
         of_runs((10,), (SPARK, PYSPARK), lambda runs: runs.ratio(SPARK, PYSPARK, 10, "cpu_s"))),
    Goal("Spark, CPU for each further 10 MB, of plain PySpark's", "7.3", 2, 1.3, slopes),
    Goal("Spark, jobs, the most of all sizes", "187 for 10 MB", 40, 15, most_jobs, None),
    Goal("requests to S3, stage and build of 10.6 MB", "88,090 at 256 buckets, about 7,700 at 16", 1500, 500,
         requests_to_s3, None),
    Goal("a day of readings on 25 times the history, CPU", "not measured", 1.1, 1.0,
         a_day(DAY_AFTER, "cpu_s"), "incremental"),
    Goal("a day of readings on 25 times the history, bytes", "not measured", 1.1, 1.0,
         a_day(DAY_AFTER, "written"), None),
    Goal("the first such day after everything was built, CPU", "1.07", 1.1, 1.0,
         a_day(A_DAY, "cpu_s"), "incremental"),
    Goal("the first such day after everything was built, bytes", "1.35", 1.1, 1.0,
         a_day(A_DAY, "written"), None),
    Goal("landing to published, the demo's fleet, p95 s", "not there", 15, None, landing_to_published,
         following.WHAT),
)  # fmt: skip


def rows(found: Found) -> list[list[str]]:
    """The lines of the table."""
    lines = []
    for goal in GOALS:
        value = goal.measured(found)
        reached = "" if value is None else "yes" if value <= goal.must else "**no**"
        if value is not None and goal.timed_in and not found[goal.timed_in].is_quiet():
            reached += ", on a busy machine"
        told = "not measured" if value is None else number(value)
        beyond = "" if goal.beyond is None else number(goal.beyond)
        lines.append([goal.what, goal.before, told, number(goal.must), beyond, reached])
    return lines


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 15 else f"{value:.2f}"
