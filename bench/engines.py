"""The same run by both engines, on one machine: written into docs/benchmarks.md.

python bench/engines.py              the real data
python bench/engines.py --copies 50  as many copies of it
"""

import argparse
import datetime
import json
import os
import shutil

from grow import grow
from measure import Cost, measured
from run import (
    BEGINS,
    CACHE,
    ENDS,
    ENGINES,
    EXPECTED,
    KEYS,
    PAGE,
    SPARK_PYTHON,
    STEDI,
    require_rows,
    starter_data,
    table,
    version,
)

COMMANDS = {
    "Sail, PyIceberg": ([STEDI], []),
    "Spark 3.5.6, local[2], PyIceberg": (
        [SPARK_PYTHON.with_name("stedi")],
        ["--engine", "spark", "--master", "local[2]"],
    ),
}
"""Of each engine, the command and what it is told."""


def run_once(name: str, copies: int) -> Cost:
    """A run from landing to a published release, in a lake that is not there yet; its rows are counted."""
    landing = starter_data()
    if copies > 1:
        landing = CACHE / f"landing-{copies}x"
        grow(starter_data(), landing, copies)
    lake = CACHE / "lake-engines"
    shutil.rmtree(lake, ignore_errors=True)
    command, told = COMMANDS[name]
    where = ["--landing", landing, "--settle", "0", "--json"]
    cost = measured([*command, "--quiet", "--lake", lake, *told, "run", *where], KEYS)
    tables = json.loads(cost.output)["tables"]
    require_rows({each: tables[each]["rows"] for each in EXPECTED}, copies, name)
    shutil.rmtree(lake)
    return cost


def section(copies: int, costs: list[tuple[str, Cost]], load: float) -> str:
    ours, theirs = costs[0][1], costs[1][1]
    ratios = [
        f"{what} {getattr(ours, of) / getattr(theirs, of):.2f}"
        for what, of in (("wall time", "wall_s"), ("CPU", "cpu_s"), ("memory", "peak_mb"))
    ]
    lines = [
        "## The same run on both engines",
        "",
        f"Written by `make bench-engines COPIES={copies}`: all that a run does, by the same code,",
        f"on {copies} times the real data; one measurement each. On AWS it is Spark that runs it.",
        "",
        *table(costs),
        "",
        f"What Sail took of what Spark took: {', '.join(ratios)}.",
        "",
        f"Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores; "
        f"pysail {version('pysail')}, PySpark {version('pyspark', SPARK_PYTHON)}. "
        f"Other work on the machine when it began: {load:.1f} processes on average.",
    ]
    return "\n".join([BEGINS, *lines, ENDS])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--copies", type=int, default=1, help="how many copies of the real data")
    parser.add_argument("--dry", action="store_true", help="print, and leave the page as it is")
    chosen = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    text = section(chosen.copies, [(name, run_once(name, chosen.copies)) for name in COMMANDS], load)
    print(text)
    if chosen.dry:
        return
    PAGE.write_text(f"{ENGINES.sub('', PAGE.read_text()).rstrip()}\n\n{text}\n")


if __name__ == "__main__":
    main()
