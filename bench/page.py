"""Write docs/benchmarks.md, its pictures and docs/benchmarks-incremental.md from what was measured.

python -m bench.page
python -m bench.page --check    fail when a page is not what the results say
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import following, goals, growth, incremental, s3_requests
from bench.lakes import REPOSITORY
from bench.results import FOLDER, Results, load, table, where
from bench.runs import AGAIN, DUCKDB, IMPORTS, OURS, PYSPARK, SPARK, START

DOCS = REPOSITORY / "docs"
PICTURES = "benchmarks"
MEASURES = ("runs", "incremental", "following", "s3_requests", "growth")

NAMES = {
    OURS: "our run",
    AGAIN: "our next run, nothing new",
    DUCKDB: "DuckDB script",
    PYSPARK: "plain PySpark",
    SPARK: "our run on Spark",
    START: "starting `stedi`",
    IMPORTS: "starting Python and importing what our next run imports",
}

EMPTY = re.compile(r"\n{3,}")
TEMPLATE = REPOSITORY / "bench" / "benchmarks.md"


def page(found: goals.Found) -> str:
    parts = {"REACHED": reached(found), "RUNS": [], "FOLLOWING": [], "REQUESTS": [], "GROWTH": []}
    if "runs" in found:
        parts["RUNS"] = [*sizes(found["runs"]), *on_spark(found["runs"])]
    if "following" in found:
        parts["FOLLOWING"] = following.section(found["following"])
    if "s3_requests" in found:
        parts["REQUESTS"] = s3_requests.section(found["s3_requests"])
    if "growth" in found:
        parts["GROWTH"] = growth.section(found["growth"])
    text = TEMPLATE.read_text()
    for name, lines in parts.items():
        text = text.replace(f"{{{name}}}", "\n".join(lines))
    return EMPTY.sub("\n\n", text).rstrip() + "\n"


def reached(found: goals.Found) -> list[str]:
    heads = ["what", "before", "now", "must be at most", "better", "reached"]
    return [
        "## What is to be reached",
        "",
        "*Before* is the program before it was rebuilt on slices, measured in November 2026.",
        "",
        *table(heads, goals.rows(found)),
        "",
        "[What a day of readings, a grant and a withdrawal cost](benchmarks-incremental.md) with a history.",
    ]


def sizes(runs: Results) -> list[str]:
    rows = []
    for size in runs.sizes(OURS):
        for what in (OURS, AGAIN, DUCKDB, PYSPARK, START, IMPORTS):
            if turns := runs.of(what, size):
                name = f"{size}x, {runs.about['megabytes'][str(size)]:,.0f} MB" if what == OURS else ""
                rows.append([name, NAMES[what], *(costs(runs, what, size)), str(len(turns))])
    ratios = [
        [f"{size}x", *(ratio(runs, OURS, theirs, size, of) for theirs in (DUCKDB, PYSPARK) for of in OF)]
        for size in runs.sizes(OURS)
    ]
    heads = ["our run's", *(f"{of}, of {who}" for who in ("DuckDB's", "PySpark's") for of in OF.values())]
    return [
        "## As landing grows",
        "",
        where(runs),
        "",
        f"![CPU, wall time and memory against the size that landed]({PICTURES}/growth.svg)",
        "",
        *table(heads, ratios),
        "",
        f"![Ratios of CPU against the size that landed]({PICTURES}/ratios.svg)",
        "",
        "Medians of the turns; of memory the highest.",
        "",
        *table(["landed", "", "wall s", "CPU s", "peak MB", "turns"], rows),
    ]


OF = {"cpu_s": "CPU", "wall_s": "wall", "peak_mb": "memory"}


def costs(runs: Results, what: str, size: int) -> list[str]:
    wall, cpu, peak = (runs.median(what, size, of) for of in ("wall_s", "cpu_s", "peak_mb"))
    return [f"{wall:.1f}", f"{cpu:.2f}" if cpu < 10 else f"{cpu:.1f}", f"{peak:,.0f}"]


def ratio(runs: Results, ours: str, theirs: str, size: int, of: str) -> str:
    return f"{runs.ratio(ours, theirs, size, of):.2f}" if runs.of(theirs, size) else ""


def on_spark(runs: Results) -> list[str]:
    rows = []
    for size in runs.sizes(SPARK, PYSPARK):
        for what in (SPARK, PYSPARK):
            jobs, tasks, longest, back = (
                runs.median(what, size, of) for of in ("jobs", "tasks", "longest_task_s", "to_driver_mb")
            )
            first = what == SPARK
            rows.append(
                [
                    f"{size}x, {runs.about['megabytes'][str(size)]:,.0f} MB" if first else "",
                    NAMES[what],
                    *costs(runs, what, size),
                    ratio(runs, SPARK, PYSPARK, size, "cpu_s") if first else "",
                    f"{jobs:,.0f}",
                    f"{tasks:,.0f}",
                    f"{longest:.1f}",
                    f"{back:.1f}",
                ]
            )
    if not rows:
        return []
    heads = ["landed", "", "wall s", "CPU s", "peak MB", "CPU ratio", "jobs", "tasks", "longest task, s",
             "MB to the driver"]  # fmt: skip
    return [
        "",
        "## On Spark",
        "",
        "`local[2]`; Spark's event log tells of jobs, tasks and what tasks sent to the driver.",
        "",
        *table(heads, rows),
    ]


def found_in(folder: Path) -> dict[str, Results]:
    """The results that are there, by their measure."""
    return {name: load(folder / f"{name}.json") for name in MEASURES if (folder / f"{name}.json").is_file()}


def texts(found: goals.Found) -> dict[str, str]:
    """What each page says."""
    pages = {"benchmarks.md": page(found)}
    if "incremental" in found:
        pages["benchmarks-incremental.md"] = incremental.page(found["incremental"])
    return pages


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--docs", type=Path, default=DOCS)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    found = found_in(asked.results)
    pages = texts(found)
    if asked.check:
        stale = [name for name, text in pages.items() if (asked.docs / name).read_text() != text]
        if stale:
            print(f"Not current: {', '.join(stale)}; write them: python -m bench.page", file=sys.stderr)
        return int(bool(stale))
    if "runs" in found:
        from bench.pictures import draw

        draw(found["runs"], asked.docs / PICTURES)
    for name, text in pages.items():
        (asked.docs / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
