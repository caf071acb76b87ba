"""What a day of readings, a late grant and a withdrawal cost on a growing history.

    python -m bench.incremental                                  on 1, 5 and 25 times the history
    python -m bench.incremental --times "1 25" --histories people

A history grows in two ways: more people, copies of the starter data with e-mails, serial numbers and names
of their own; and more days, the starter data's readings again and again, a day later each time. On each, the
same four things happen one after the other: a day of readings of the first copy's people, one more, a
customer record that gives consent late, and one that withdraws it.
"""

import argparse
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.grow import grow
from bench.lakes import CACHE, Bench, bytes_in, emptied
from bench.results import FOLDER, Results, begun, table, where

RESULTS = FOLDER / "incremental.json"
DAY_MS = 86_400_000
MOMENT = re.compile(rb'("(?:timestamp|sensorReadingTime)": ?)(\d+)')
SENSORS = ("accelerometer", "step_trainer")
HISTORY, A_DAY, DAY_AFTER = "the history", "a day of readings", "the day after"


def more_people(bench: Bench, target: Path, times: int) -> None:
    grow(bench.data, target, times)


def more_days(bench: Bench, target: Path, times: int) -> None:
    grow(bench.data, target, 1)
    for day in range(1, times):
        readings_of_a_day(bench, target, day)


HISTORIES: dict[str, tuple[str, Callable[[Bench, Path, int], None]]] = {
    "people": ("More people", more_people),
    "days": ("More days", more_days),
}


def readings_of_a_day(bench: Bench, landing: Path, day: int) -> None:
    """Land the data's readings again, so many days later."""
    for source in SENSORS:
        for file in sorted((bench.data / source).rglob("*.json")):
            later = MOMENT.sub(lambda at: b"%b%d" % (at[1], int(at[2]) + day * DAY_MS), file.read_bytes())
            (landing / source / f"{file.stem}-day-{day:03}.json").write_bytes(later)


def lines_of(bench: Bench, source: str) -> Iterator[dict[str, object]]:
    for file in sorted((bench.data / source).rglob("*.json")):
        for line in file.read_text().splitlines():
            yield json.loads(line)


def record_lands(bench: Bench, landing: Path, name: str, *, consents: bool) -> None:
    """Land a newer record of the first person with phone readings who stands otherwise."""
    readers = {line["user"] for line in lines_of(bench, "accelerometer")}
    found = next(
        record
        for record in lines_of(bench, "customer")
        if record["email"] in readers and ("shareWithResearchAsOfDate" in record) is not consents
    )
    found["lastUpdateDate"] = int(str(found["lastUpdateDate"])) + DAY_MS
    found.pop("shareWithResearchAsOfDate", None)
    if consents:
        found["shareWithResearchAsOfDate"] = found["registrationDate"]
    (landing / "customer" / f"{name}.json").write_text(json.dumps(found) + "\n")


EVENTS: dict[str, Callable[[Bench, Path], None]] = {
    "nothing": lambda bench, landing: None,
    A_DAY: lambda bench, landing: readings_of_a_day(bench, landing, 400),
    DAY_AFTER: lambda bench, landing: readings_of_a_day(bench, landing, 401),
    "a late grant": lambda bench, landing: record_lands(bench, landing, "granted", consents=True),
    "a withdrawal": lambda bench, landing: record_lands(bench, landing, "withdrawn", consents=False),
}


def happened(bench: Bench, history: str, times: int, found: Results, turn: int) -> None:
    """Let a history grow, and everything happen on it; each run and the bytes it wrote are kept."""
    landing, lake = (emptied(bench.cache / name) for name in ("history", "history-lake"))

    def ran(what: str) -> None:
        before = set(lake.rglob("*.parquet"))
        cost = bench.run(landing, lake)
        written = sum(path.stat().st_size for path in lake.rglob("*.parquet") if path not in before)
        found.add(named(history, what), times, turn, cost, written=written)

    HISTORIES[history][1](bench, landing, times)
    found.about["megabytes"][f"{history} {times}"] = round(bytes_in(landing) / 1e6, 1)
    ran(HISTORY)
    for what, land in EVENTS.items():
        land(bench, landing)
        ran(what)
    for folder in (landing, lake):
        shutil.rmtree(folder)


def named(history: str, what: str) -> str:
    return f"{history}: {what}"


LAW = (
    "What grows with the history are tables of a row a person, which a change of a state builds whole; "
    "readings are taken from the buckets of those who changed alone:"
)


def costs(found: Results, history: str) -> list[str]:
    sizes = found.sizes(named(history, HISTORY))
    rows = []
    for what in (HISTORY, *EVENTS):
        name = named(history, what)
        base_cpu, base_written = (found.median(name, sizes[0], of) for of in ("cpu_s", "written"))
        for times in sizes:
            cpu, written = (found.median(name, times, of) for of in ("cpu_s", "written"))
            rows.append(
                [what, f"{times}x", f"{cpu:.1f}", f"{cpu / base_cpu:.2f}", f"{written / 1e6:,.2f}",
                 f"{written / max(base_written, 1):.2f}"]
            )  # fmt: skip
    return table(["", "history", "CPU s", "times", "MB written", "times"], rows)


def law(found: Results, history: str) -> list[str]:
    """What each further copy of the data adds to the cost of a change, by the first and the last size."""
    sizes = found.sizes(named(history, HISTORY))
    lines = []
    for what in list(EVENTS)[1:]:
        (cpu, size), (cpu_more, more) = (
            [found.median(named(history, what), times, of) for of in ("cpu_s", "written")]
            for times in (sizes[0], sizes[-1])
        )
        times = max(1, sizes[-1] - sizes[0])
        lines.append(
            f"- {what}: {cpu:.1f} s of CPU and {size / 1e6:.2f} MB, and {(cpu_more - cpu) / times:+.2f} s "
            f"and {(more - size) / times / 1e3:+.0f} kB for each further 1x"
        )
    return lines


def page(found: Results) -> str:
    lines = [
        "# What changes cost on a growing history",
        "",
        "Written by `make bench` from `bench/results/incremental.json`; `bench/incremental.py` says what was "
        "done.",
        "CPU is of the whole command, start and imports included; MB are of data files. "
        "*Times* compare with the same on the shortest history.",
        "",
        where(found),
    ]
    for history, (title, _) in HISTORIES.items():
        if found.sizes(named(history, HISTORY)):
            lines += ["", f"## {title}", "", *costs(found, history), "", LAW, "", *law(found, history)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", default="1 5 25", help="how many times the history")
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--histories", default=" ".join(HISTORIES), help="how it grows")
    parser.add_argument("--data", type=Path, help="another landing zone than the starter data")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    asked.cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(asked.data.resolve(), asked.cache) if asked.data else Bench(cache=asked.cache)
    found = begun("incremental", megabytes={})
    for turn in range(asked.turns):
        for history in asked.histories.split():
            for times in map(int, asked.times.split()):
                happened(bench, history, times, found, turn)
                found.save(asked.results)


if __name__ == "__main__":
    main()
