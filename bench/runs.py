"""A run beside a hand-written DuckDB script and plain PySpark, in turns: what each costs as landing grows.

python -m bench.runs                                   1, 10, 50 and 200 times the starter data
python -m bench.runs --sizes "1:7 10:3" --spark-sizes ""      7 and 3 turns, and no run on Spark
"""

import argparse
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench.lakes import (
    CACHE,
    PYTHON,
    REPOSITORY,
    SPARK_PYTHON,
    STEDI,
    Bench,
    emptied,
    imports,
    rows_made,
    run_command,
)
from bench.measure import Cost, measured
from bench.results import FOLDER, Results, begun, sizes_of
from bench.spark_log import logged, work

OURS, AGAIN, DUCKDB, PYSPARK, SPARK = "ours", "nothing new", "duckdb", "pyspark", "ours on spark"
START, IMPORTS = "starting", "importing"
RESULTS = FOLDER / "runs.json"
Found = Iterator[tuple[str, Cost, dict[str, Any]]]


def turn(bench: Bench, copies: int, *, pyspark: bool, spark: bool) -> Found:
    """Everything once at a size: other work on the machine meets all alike."""
    landing, lake = bench.landing(copies), emptied(bench.cache / "lake")
    cost = bench.run(landing, lake)
    bench.require_rows(rows_made(cost), copies, "a run")
    yield OURS, cost, {}
    yield AGAIN, bench.run(landing, lake), {}
    if copies == 1:
        yield START, measured([STEDI, "--version"]), {}
        yield IMPORTS, imports(run_command(landing, lake), bench.keys(), bench.cache), {}
    emptied(lake)
    yield DUCKDB, script(bench, copies, PYTHON, "plain_duckdb.py"), {}
    if pyspark:
        yield PYSPARK, *plain_pyspark(bench, copies)
    if spark:
        cost, more = on_spark(bench, lambda told: bench.run_on_spark(landing, lake, told))
        bench.require_rows(rows_made(cost), copies, "a run on Spark")
        yield SPARK, cost, more
        emptied(lake)


def script(bench: Bench, copies: int, python: Path, name: str, told: dict[str, str] | None = None) -> Cost:
    """A script that makes the five tables alone; its rows are compared."""
    target = emptied(bench.cache / "plain")
    cost = measured([python, REPOSITORY / "bench" / name, bench.landing(copies), target], told)
    bench.require_rows(json.loads(cost.output.splitlines()[-1]), copies, name)
    shutil.rmtree(target)
    return cost


def plain_pyspark(bench: Bench, copies: int) -> tuple[Cost, dict[str, Any]]:
    return on_spark(bench, lambda told: script(bench, copies, SPARK_PYTHON, "plain_pyspark.py", told))


def on_spark(bench: Bench, run: Callable[[dict[str, str]], Cost]) -> tuple[Cost, dict[str, Any]]:
    """What a command cost, and what Spark did for it."""
    log = emptied(bench.cache / "events")
    cost = run(logged(log))
    return cost, {name: _rounded(value) for name, value in asdict(work(log)).items()}


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def measure_all(
    bench: Bench, sizes: dict[int, int], spark_sizes: dict[int, int], results: Path, *, pyspark: bool = True
) -> Results:
    """All sizes, the smallest first; what was found is saved after each turn."""
    found = begun("runs", megabytes={})
    for copies in sorted({*sizes, *spark_sizes}):
        found.about["megabytes"][str(copies)] = round(bench.megabytes(copies), 3)
        spark_turns = spark_sizes.get(copies, 0)
        for number in range(max(sizes.get(copies, 0), spark_turns)):
            told = turn(bench, copies, pyspark=pyspark or number < spark_turns, spark=number < spark_turns)
            for what, cost, more in told:
                found.add(what, copies, number, cost, **more)
            found.save(results)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", default="1:7 10:3 50 200", help="copies, and after a colon how many turns")
    parser.add_argument("--spark-sizes", default="1 10 50", help="the same, of runs on Spark")
    parser.add_argument("--times", type=int, default=1, help="turns of a size that names none")
    parser.add_argument("--data", type=Path, help="another landing zone than the starter data")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--without-pyspark", action="store_true", help="only beside DuckDB")
    asked = parser.parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(cache=asked.cache)
    if asked.data:
        # All must make the same of it, whatever that is.
        bench = replace(bench, data=asked.data.resolve())
        told = measured([PYTHON, REPOSITORY / "bench" / "plain_duckdb.py", bench.data, asked.cache / "plain"])
        bench = replace(bench, rows=json.loads(told.output))
    sizes, spark_sizes = (sizes_of(text, asked.times) for text in (asked.sizes, asked.spark_sizes))
    measure_all(bench, sizes, spark_sizes, asked.results, pyspark=not asked.without_pyspark)


if __name__ == "__main__":
    main()
