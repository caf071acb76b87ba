"""A run beside plain PySpark, and how it grows: measured in one go, written to docs/benchmarks.md.

python bench/run.py             real data against plain PySpark, and 10 copies of it
python bench/run.py --large     50 copies as well, plain PySpark too
python bench/run.py --profile   print where the CPU time of a run goes, and write nothing
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from grow import grow
from measure import Cost, measured

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "benchmarks.md"
CACHE = REPOSITORY / ".cache" / "bench"
SPARK_PYTHON = REPOSITORY / ".venv-spark" / "bin" / "python"
STEDI = Path(sys.executable).with_name("stedi")
KEYS = {"STEDI_KEYS": str(CACHE / "keys")}

EXPECTED = {
    "customer_trusted": 482,
    "accelerometer_trusted": 32_025,
    "customers_curated": 464,
    "step_trainer_trusted": 11_297,
    "machine_learning_curated": 32_025,
}
GOAL_WALL = 1 / 4
BEGINS, ENDS = "<!-- engines -->", "<!-- /engines -->"
ENGINES = re.compile(rf"\n*{BEGINS}.*?{ENDS}\n*", re.DOTALL)
"""What `bench/engines.py` has written on the same page."""
PACKAGES = ("pysail", "pyspark-client", "pyiceberg", "pyarrow")


def starter_data() -> Path:
    return Path(os.environ.get("STEDI_DATA", REPOSITORY / "../shared/data")).resolve() / "stedi"


def run_once(landing: Path, lake: Path, copies: int, *, fresh: bool = True) -> Cost:
    """A run of ours, from a lake that is not there yet unless told otherwise; its rows are compared."""
    if fresh:
        shutil.rmtree(lake, ignore_errors=True)
    command = [STEDI, "--quiet", "--lake", lake, "run", "--landing", landing, "--settle", "0", "--json"]
    cost = measured(command, KEYS)
    tables = json.loads(cost.output)["tables"]
    require_rows({name: tables[name]["rows"] for name in EXPECTED}, copies, "the run")
    return cost


def plain_once(landing: Path, copies: int) -> Cost:
    target = CACHE / "plain"
    shutil.rmtree(target, ignore_errors=True)
    cost = measured([SPARK_PYTHON, REPOSITORY / "bench" / "plain_pyspark.py", landing, target])
    require_rows(json.loads(cost.output.splitlines()[-1]), copies, "plain PySpark")
    return cost


def require_rows(rows: dict[str, int], copies: int, whose: str) -> None:
    """Stop unless a result is the right one: a comparison of different work says nothing."""
    expected = {name: count * copies for name, count in EXPECTED.items()}
    if rows != expected:
        raise SystemExit(f"{whose} made other rows than expected: {rows} and not {expected}")


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians of several measurements; memory as the greatest of them."""
    return Cost(
        statistics.median(c.wall_s for c in costs),
        statistics.median(c.cpu_s for c in costs),
        max(c.peak_mb for c in costs),
        "",
    )


def imports() -> Cost:
    """What it costs to start Python and import all that a run imports."""
    return measured([sys.executable, REPOSITORY / "bench" / "profile_run.py", "--imports"])


def table(rows: Sequence[tuple[str, Cost]]) -> list[str]:
    head = ["| | wall s | CPU s | peak MB |", "|---|---|---|---|"]
    return head + [f"| {name} | {c.wall_s:.1f} | {c.cpu_s:.1f} | {c.peak_mb:,.0f} |" for name, c in rows]


def told(name: str, value: float, goal: float) -> str:
    return f"| {name} | {value:.2f} | {goal:.2f} | {'yes' if value <= goal else '**no**'} |"


def ratio(what: str, ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """The median of what each turn says: this machine is faster at one time than at another."""
    return statistics.median(getattr(a, what) / getattr(b, what) for a, b in zip(ours, theirs, strict=True))


def measure_all(times: int, *, large: bool) -> list[str]:
    data, lake = starter_data(), CACHE / "lake"
    megabytes = {1: sum(f.stat().st_size for f in data.rglob("*.json")) / 1e6}
    ours, again, plain, starts = [], [], [], []
    for _ in range(times):
        # In turns, so that other work on the machine meets both alike.
        ours.append(run_once(data, lake, 1))
        again.append(run_once(data, lake, 1, fresh=False))
        plain.append(plain_once(data, 1))
        starts.append(imports())
    run, second, spark, start = middle(ours), middle(again), middle(plain), middle(starts)
    real = table(
        [
            ("our run", run),
            ("of it, starting Python and importing", start),
            ("our second run, nothing new", second),
            ("plain PySpark", spark),
        ]
    )
    grown, grown_spark = {1: run}, {1: spark}
    for copies in (10, 50):
        landing = CACHE / f"landing-{copies}x"
        megabytes[copies] = grow(data, landing, copies) / 1e6
        grown[copies] = run_once(landing, CACHE / f"lake-{copies}x", copies)
        shutil.rmtree(CACHE / f"lake-{copies}x")
        if large:
            grown_spark[copies] = plain_once(landing, copies)
    shutil.rmtree(CACHE / "plain", ignore_errors=True)
    growth = table(
        [(f"ours, {n}x, {megabytes[n]:,.0f} MB", cost) for n, cost in grown.items()]
        + [(f"plain PySpark, {n}x", cost) for n, cost in grown_spark.items() if n > 1]
    )
    goals = [
        "| ours / plain PySpark | ratio | goal | reached |",
        "|---|---|---|---|",
        told("wall, real data", ratio("wall_s", ours, plain), GOAL_WALL),
        f"| CPU, real data | {ratio('cpu_s', ours, plain):.2f} | | |",
    ]
    if large:
        goals.append(told("CPU, 50x", grown[50].cpu_s / grown_spark[50].cpu_s, 1 / 8))
    beyond = f"Beyond starting and importing, our run takes {run.wall_s - start.wall_s:.1f} s wall."
    return [
        "## The real data",
        "",
        f"{megabytes[1]:.0f} MB, medians of {times}, ours and plain PySpark in turns.",
        *("", *real, "", *goals, "", beyond, "", "## As landing grows", ""),
        "Copies of the real data, each with e-mails and serial numbers of its own; one measurement each.",
        *("", *growth),
    ]


HEAD = """\
# Benchmarks

Written by `make bench-run`; every number on this page was measured in one go on one machine. Ratios carry
over to other machines, seconds do not.

**Our run** is the command `stedi run` on a lake that is not there yet: verdict a line, quarantine, staged
rows, ledger, every table, every check, Iceberg commits, release. **Plain PySpark** is
[`bench/plain_pyspark.py`](../bench/plain_pyspark.py): the five tables alone, in one process with two cores,
as Parquet, and nothing of the rest. Both must end with the same number of rows in each of the five
tables, or nothing is written here.

CPU is user and system time of all processes, Spark's JVM included. Peak is resident memory summed over the
processes of a command; ours is one process, plain PySpark is Python and a JVM of at most 2 GB of heap.
"""


def page(body: Sequence[str], load: float) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    facts = [
        f"Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores, "
        f"{platform.machine()}, Python {platform.python_version()}; {versions}; "
        f"for comparison PySpark {version('pyspark', SPARK_PYTHON)}. "
        f"Other work on the machine when it began: {load:.1f} processes on average.",
    ]
    return "\n".join([HEAD, *facts, "", *body, ""])


def version(package: str, python: Path | str = sys.executable) -> str:
    code = f"from importlib.metadata import version; print(version('{package}'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--large", action="store_true", help="plain PySpark at 10 and 50 copies as well")
    parser.add_argument("--times", type=int, default=7, help="measurements of the real data")
    parser.add_argument("--profile", action="store_true", help="print where CPU time goes; write nothing")
    parser.add_argument("--copies", type=int, default=1, help="with --profile: how many copies")
    chosen = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    if chosen.profile:
        landing = starter_data()
        if chosen.copies > 1:
            landing = CACHE / f"landing-{chosen.copies}x"
            grow(starter_data(), landing, chosen.copies)
        shutil.rmtree(CACHE / "lake", ignore_errors=True)
        command = [sys.executable, REPOSITORY / "bench" / "profile_run.py", landing, CACHE / "lake"]
        raise SystemExit(subprocess.run(command, env={**os.environ, **KEYS}).returncode)
    load = os.getloadavg()[0]
    text = page(measure_all(chosen.times, large=chosen.large), load)
    of_engines = ENGINES.search(PAGE.read_text())
    PAGE.write_text(text + (f"\n{of_engines[0].strip()}\n" if of_engines else ""))
    print(text)


if __name__ == "__main__":
    main()
