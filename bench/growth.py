"""How a run grows with people who share devices, addresses and identities: time and memory of doubling sizes.

Each case puts all records on one thing that they share, where a rule that compares each with each would
grow with their square. A slope of 1 is twice the time for twice the records, a slope of 2 is four times.

    python -m bench.growth --records 1500 --doublings 3
"""

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.lakes import STEDI, Bench
from bench.measure import measured
from bench.results import FOLDER, Results, begun, table, where

RESULTS = FOLDER / "growth.json"
DAY_MS = 86_400_000
BEGAN = 1_700_000_000_000
Record = dict[str, Any]


def record(n: int, **fields: Any) -> Record:
    """A customer who agreed."""
    return {
        "customerName": f"Person {n}", "email": f"person{n}@example.org", "phone": "8015551212",
        "birthDay": f"{1950 + n % 50}-01-01", "serialNumber": serial(n), "registrationDate": BEGAN + n,
        "lastUpdateDate": BEGAN + n, "shareWithResearchAsOfDate": BEGAN + n, **fields,
    }  # fmt: skip


def serial(n: int) -> str:
    """The serial number of a device."""
    return f"50f7b4f3-7af5-4b07-a421-{n:012d}"


def shared_serials(size: int) -> Iterator[Record]:
    """Customers on 30 serial numbers, a minute apart."""
    return (record(n, serialNumber=serial(n % 30), lastUpdateDate=BEGAN + n * 60_000) for n in range(size))


def passed_on(size: int) -> Iterator[Record]:
    """Customers who pass devices on, 500 people each, a little over 10 days after one another."""
    many = max(1, size // 500)
    for n in range(size):
        at = BEGAN - (size - n) // many * (10 * DAY_MS + 7)
        yield record(n, serialNumber=serial(n % many), lastUpdateDate=at, registrationDate=at)


def one_address(size: int) -> Iterator[Record]:
    """Customers with devices of their own, and one placeholder for an address."""
    return (record(n, email="test@test.com", birthDay="1900-01-01") for n in range(size))


def one_address_same_instant(size: int) -> Iterator[Record]:
    """The same, all of one instant and of one registration."""
    return (
        record(n, email="test@test.com", birthDay="1900-01-01", registrationDate=BEGAN, lastUpdateDate=BEGAN)
        for n in range(size)
    )


def one_identity(size: int) -> Iterator[Record]:
    """Addresses of one name, birthday and registration."""
    return (record(n, customerName="A B", birthDay="1960-01-01", registrationDate=BEGAN) for n in range(size))


def two_devices_in_turn(size: int) -> Iterator[Record]:
    """A person whose records name two devices in turn, beside another who named one of them."""
    yield record(1, serialNumber=serial(0))
    for n in range(size):
        yield record(0, serialNumber=serial(n % 2), registrationDate=BEGAN, birthDay="1960-01-01",
                     lastUpdateDate=BEGAN + n * 3_600_000)  # fmt: skip


def one_device_in_turn(size: int) -> Iterator[Record]:
    """A person alone who names two devices in turn: each has half as many stretches as there are records."""
    for n in range(size):
        yield record(0, serialNumber=serial(n % 2), lastUpdateDate=BEGAN + n * 3_600_000)


CASES: dict[str, tuple[str, Callable[[int], Iterator[Record]]]] = {
    "shared_serials": ("customers on 30 serial numbers", shared_serials),
    "passed_on": ("customers who pass devices on, 500 people each", passed_on),
    "one_address": ("customers and devices under one address", one_address),
    "one_address_same_instant": ("the same, of one instant", one_address_same_instant),
    "one_identity": ("addresses of one identity", one_identity),
    "two_devices_in_turn": ("records of one person who names two devices in turn", two_devices_in_turn),
    "readings_in_turn": (
        "records and readings of one person alone who names two devices in turn",
        one_device_in_turn,
    ),
    "withdrawal": ("a withdrawal of the customers and devices under one address", one_address),
}


ALL_ALONG = "readings_in_turn"
"""Its readings are as far apart as its records, and not all of one time."""
WITHDRAWAL = "withdrawal"
"""Not the run is measured, but a withdrawal after it: the search of every file for all that was theirs."""


def land(case: str, size: int, folder: Path) -> int:
    """Write a case's landing zone; return how many records it has."""
    records = list(CASES[case][1](size))
    people = [r["email"] for r in records[:20]]
    serials = sorted({r["serialNumber"] for r in records})[:20]
    at, apart = (BEGAN, 3_600_000) if case == ALL_ALONG else (BEGAN + 3 * 365 * 3_600_000, 1)
    lines = {
        "customer": records,
        "accelerometer": [{"user": p, "timestamp": at, "x": 0.0, "y": 0.0, "z": 9.8} for p in people],
        "step_trainer": [
            {"sensorReadingTime": at + n * apart, "serialNumber": s, "distanceFromObject": 200}
            for s in serials
            for n in range(size // max(1, len(serials)))
        ],
    }
    for source, rows in lines.items():
        (folder / source).mkdir(parents=True)
        (folder / source / "1.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return len(records)


def measure_case(case: str, records: int, found: Results) -> None:
    """Run a lake over a case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = land(case, records, folder / "landing")
        bench = Bench(folder / "landing", folder)
        cost = bench.run(bench.data, folder / "lake")
        if case == WITHDRAWAL:
            cost = measured(withdrawal(folder), bench.keys())
        found.add(case, records, 0, cost)


def withdrawal(folder: Path) -> list[str | Path]:
    """The command by which who has the address withdraws."""
    (folder / "email").write_text("test@test.com")
    return [
        STEDI,
        "--quiet",
        "--lake",
        folder / "lake",
        "privacy",
        "withdraw",
        "--yes",
        "--email-file",
        folder / "email",
    ]


def slope(found: Results, case: str, of: str) -> float:
    """By which power of the records a value grew between the first size and the last."""
    sizes = found.sizes(case)
    if len(sizes) < 2:
        return math.nan
    first, last = (found.median(case, size, of) for size in (sizes[0], sizes[-1]))
    return math.log(last / first) / math.log(sizes[-1] / sizes[0])


def time_of(found: Results, case: str) -> tuple[str, str]:
    """By which time a case is told, and how: CPU time, which other work changes least, where it is known."""
    known = all("cpu_s" in each for size in found.sizes(case) for each in found.of(case, size))
    return ("cpu_s", "s CPU") if known else ("wall_s", "s")


def section(found: Results) -> list[str]:
    """The part of the page, as lines of Markdown."""
    cases = [case for case in CASES if found.sizes(case)]
    sizes = sorted({size for case in cases for size in found.sizes(case)})
    rows = []
    for case in cases:
        of, shown = time_of(found, case)
        cells = {
            n: f"{found.median(case, n, of):.1f} {shown}, {found.median(case, n, 'peak_mb'):,.0f} MB"
            for n in found.sizes(case)
        }
        slopes = (f"{slope(found, case, each):.2f}" for each in (of, "peak_mb"))
        rows.append([CASES[case][0], *(cells.get(size, "") for size in sizes), *slopes])
    unknown = [f"`{case}`" for case in CASES if case not in cases]
    return [
        "## As people share devices",
        "",
        "Written by `make bench-growth`: a whole run, or a withdrawal, over customers who share one thing.",
        "The slope is the power of the records by which time and memory grow between the first column and",
        "the last: 1 is twice for twice as many, 2 is their square.",
        "",
        *table(["records", *(f"{size:,}" for size in sizes), "slope, time", "slope, memory"], rows),
        "",
        where(found) + (f" Not measured: {', '.join(unknown)}." if unknown else ""),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_500)
    parser.add_argument("--doublings", type=int, default=3)
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    found = begun("growth")
    for case in asked.case or CASES:
        for n in range(asked.doublings + 1):
            measure_case(case, asked.records * 2**n, found)
        found.save(asked.results)


if __name__ == "__main__":
    main()
