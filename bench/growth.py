"""How a run grows with people who share devices, addresses and identities: time and memory of doubling sizes.

Each case puts all records on one thing that they share, where a rule that compares each with each would
grow with their square. A slope of 1 is twice the time for twice the records, a slope of 2 is four times.

    python bench/growth.py --size 1500 --doublings 3 --page docs/benchmarks.md
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import measured

DAY_MS = 86_400_000
BEGAN = 1_700_000_000_000
BEGIN, END = "<!-- growth -->", "<!-- /growth -->"
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


CASES: dict[str, tuple[str, Callable[[int], Iterator[Record]]]] = {
    "shared_serials": ("customers on 30 serial numbers", shared_serials),
    "passed_on": ("customers who pass devices on, 500 people each", passed_on),
    "one_address": ("customers and devices under one address", one_address),
    "one_address_same_instant": ("the same, of one instant", one_address_same_instant),
    "one_identity": ("addresses of one identity", one_identity),
    "two_devices_in_turn": ("records of one person who names two devices in turn", two_devices_in_turn),
}


@dataclass(frozen=True)
class Point:
    """What a run took: how many records, seconds, and the highest memory in MB."""

    size: int
    wall_s: float
    peak_mb: float


def land(case: str, size: int, folder: Path) -> int:
    """Write a case's landing zone; return how many records it has."""
    records = list(CASES[case][1](size))
    people = [r["email"] for r in records[:20]]
    serials = sorted({r["serialNumber"] for r in records})[:20]
    at = BEGAN + 3 * 365 * 3_600_000
    lines = {
        "customer": records,
        "accelerometer": [{"user": p, "timestamp": at, "x": 0.0, "y": 0.0, "z": 9.8} for p in people],
        "step_trainer": [
            {"sensorReadingTime": at + n, "serialNumber": s, "distanceFromObject": 200}
            for s in serials
            for n in range(size // max(1, len(serials)))
        ],
    }
    for source, rows in lines.items():
        (folder / source).mkdir(parents=True)
        (folder / source / "1.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return len(records)


def measure_case(case: str, size: int) -> Point:
    """Run a lake over a case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = land(case, size, folder / "landing")
        stedi = [Path(sys.executable).with_name("stedi"), "--lake", folder / "lake"]
        keys = {"STEDI_KEYS": str(folder / "keys")}
        measured([*stedi, "init"], keys)
        cost = measured([*stedi, "run", "--landing", folder / "landing"], keys)
    return Point(size, cost.wall_s, cost.peak_mb)


def slope(points: list[Point], value: Callable[[Point], float]) -> float:
    """By which power of the records a value grew between the first and the last point."""
    first, last = points[0], points[-1]
    if first.size == last.size:
        return math.nan
    return math.log(value(last) / value(first)) / math.log(last.size / first.size)


def page(found: dict[str, list[Point]]) -> str:
    """The part of the page, as Markdown."""
    sizes = [point.size for point in next(iter(found.values()))]
    rows = [
        f"| {CASES[case][0]} | "
        + " | ".join(f"{p.wall_s:.1f} s, {p.peak_mb:,.0f} MB" for p in points)
        + f" | {slope(points, lambda p: p.wall_s):.2f} | {slope(points, lambda p: p.peak_mb):.2f} |"
        for case, points in found.items()
    ]
    return "\n".join(
        [
            BEGIN,
            "## As people share devices",
            "",
            "Written by `make bench-growth`: a whole run over customers who share one thing. The slope is",
            "the power of the records by which time and memory grow between the first column and the last:",
            "1 is twice for twice as many, 2 is their square.",
            "",
            "| records | " + " | ".join(f"{size:,}" for size in sizes) + " | slope, time | slope, memory |",
            "|---|" + "---|" * (len(sizes) + 2),
            *rows,
            "",
            f"Measured on {time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores; one measurement each; "
            f"other work on the machine when it ended: {os.getloadavg()[0]:.1f} processes on average.",
            END,
            "",
        ]
    )


def put_into(path: Path, part: str) -> None:
    """Put the part into the page, in the place of an earlier one."""
    text = path.read_text()
    if BEGIN in text:
        text = text[: text.index(BEGIN)] + text[text.index(END) + len(END) :].lstrip("\n")
    path.write_text(text.rstrip("\n") + "\n\n" + part)


def main(arguments: list[str] | None = None) -> None:
    """Measure the cases and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_500)
    parser.add_argument("--doublings", type=int, default=3)
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args(arguments)
    found: dict[str, list[Point]] = {}
    for case in asked.case or CASES:
        for n in range(asked.doublings + 1):
            point = measure_case(case, asked.size * 2**n)
            print(
                f"{case}: {point.size:,} records, {point.wall_s:.1f} s, {point.peak_mb:,.0f} MB", flush=True
            )
            found.setdefault(case, []).append(point)
    part = page(found)
    print(part)
    if asked.page:
        put_into(asked.page, part)


if __name__ == "__main__":
    main()
