"""What a day of readings, a late grant and a withdrawal cost on a growing history.

python bench/incremental.py     on 1, 5 and 25 times the history; writes docs/benchmarks-incremental.md

A history grows in two ways: more people, copies of the starter data with e-mails, serial numbers and names
of their own; and more days, the starter data's readings again and again, a day later each time. On each, the
same four things happen one after the other: a day of readings of the first copy's people, one more, a
customer record that gives consent late, and one that withdraws it.
"""

import argparse
import datetime
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from grow import grow
from measure import Cost, measured
from run import CACHE, KEYS, REPOSITORY, STEDI, starter_data

PAGE = REPOSITORY / "docs" / "benchmarks-incremental.md"
DAY_MS = 86_400_000
TIMES = (1, 5, 25)
MOMENT = re.compile(rb'("(?:timestamp|sensorReadingTime)": ?)(\d+)')
SENSORS = ("accelerometer", "step_trainer")
GOAL_CPU, GOAL_BYTES = 1.3, 1.0


@dataclass(frozen=True)
class Step:
    """What one thing that happened cost: time, and bytes of data files written."""

    cost: Cost
    written: int


def more_people(target: Path, times: int) -> None:
    grow(starter_data(), target, times)


def more_days(target: Path, times: int) -> None:
    grow(starter_data(), target, 1)
    for day in range(1, times):
        readings_of_a_day(target, day)


def readings_of_a_day(landing: Path, day: int) -> None:
    """Land the starter data's readings again, so many days later."""
    for source in SENSORS:
        for file in sorted((starter_data() / source).rglob("*.json")):
            later = MOMENT.sub(lambda at: b"%b%d" % (at[1], int(at[2]) + day * DAY_MS), file.read_bytes())
            (landing / source / f"{file.stem}-day-{day:03}.json").write_bytes(later)


def records() -> Iterator[dict[str, object]]:
    for file in sorted((starter_data() / "customer").rglob("*.json")):
        for line in file.read_text().splitlines():
            yield json.loads(line)


def with_readings() -> set[str]:
    return {
        json.loads(line)["user"]
        for file in (starter_data() / "accelerometer").rglob("*.json")
        for line in file.read_text().splitlines()
    }


def record_lands(landing: Path, name: str, *, consents: bool) -> None:
    """Land a newer record of the first person with phone readings who stands otherwise."""
    readers = with_readings()
    found = next(
        r for r in records() if r["email"] in readers and ("shareWithResearchAsOfDate" in r) is not consents
    )
    found["lastUpdateDate"] = int(str(found["lastUpdateDate"])) + DAY_MS
    found.pop("shareWithResearchAsOfDate", None)
    if consents:
        found["shareWithResearchAsOfDate"] = found["registrationDate"]
    (landing / "customer" / f"{name}.json").write_text(json.dumps(found) + "\n")


def ran(landing: Path, lake: Path) -> Step:
    before = {path for path in lake.rglob("*.parquet")}
    cost = measured(
        [STEDI, "--quiet", "--lake", lake, "run", "--landing", landing, "--settle", "0", "--json"], KEYS
    )
    written = sum(path.stat().st_size for path in lake.rglob("*.parquet") if path not in before)
    return Step(cost, written)


LAW = (
    "What grows with the history are tables of a row a person, which a change of a state builds whole; "
    "readings are taken from the buckets of those who changed alone:"
)

EVENTS: dict[str, Callable[[Path], None]] = {
    "nothing": lambda landing: None,
    "a day of readings": lambda landing: readings_of_a_day(landing, 400),
    "the day after": lambda landing: readings_of_a_day(landing, 401),
    "a late grant": lambda landing: record_lands(landing, "granted", consents=True),
    "a withdrawal": lambda landing: record_lands(landing, "withdrawn", consents=False),
}


def happened(history: Callable[[Path, int], None], times: int) -> dict[str, Step]:
    landing, lake = CACHE / "history", CACHE / "history-lake"
    for folder in (landing, lake):
        shutil.rmtree(folder, ignore_errors=True)
    history(landing, times)
    told = {"the history": ran(landing, lake)}
    for name, land in EVENTS.items():
        land(landing)
        told[name] = ran(landing, lake)
    for folder in (landing, lake):
        shutil.rmtree(folder)
    return told


def table(told: dict[int, dict[str, Step]]) -> list[str]:
    first = told[TIMES[0]]
    lines = ["| | history | CPU s | times | MB written | times |", "|---|---|---|---|---|---|"]
    for name in first:
        for times, steps in told.items():
            step, base = steps[name], first[name]
            cpu, size = step.cost.cpu_s / base.cost.cpu_s, step.written / max(base.written, 1)
            lines.append(
                f"| {name} | {times}x | {step.cost.cpu_s:.1f} | {cpu:.2f} "
                f"| {step.written / 1e6:,.2f} | {size:.2f} |"
            )
    return lines


def law(told: dict[int, dict[str, Step]]) -> list[str]:
    """What each further starter data set adds to the cost of a change, by the first and the last size."""
    first, last = told[TIMES[0]], told[TIMES[-1]]
    more = TIMES[-1] - TIMES[0]
    lines = []
    for name in list(EVENTS)[1:]:
        cpu = (last[name].cost.cpu_s - first[name].cost.cpu_s) / more
        size = (last[name].written - first[name].written) / more
        lines.append(
            f"- {name}: {first[name].cost.cpu_s:.1f} s of CPU and {first[name].written / 1e6:.2f} MB, "
            f"and {cpu:+.2f} s and {size / 1e3:+.0f} kB for each further 1x"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--print", action="store_true", help="show the page and do not write it")
    chosen = parser.parse_args()
    page = [
        "# What changes cost on a growing history",
        "",
        "Written by `make bench-incremental` (`bench/incremental.py` says what was done), "
        f"on {datetime.date.today():%Y-%m-%d}.",
        "CPU is of the whole command, start and imports included; MB are of data files. "
        "*Times* compare with the same on the starter data alone.",
    ]
    for title, history in (("More people", more_people), ("More days", more_days)):
        told = {times: happened(history, times) for times in TIMES}
        page += ["", f"## {title}", "", *table(told), "", LAW, "", *law(told)]
    text = "\n".join(page) + "\n"
    print(text)
    if not chosen.print:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
