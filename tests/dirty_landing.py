"""Data in which each person has a fault of their own, and what strict and lenient reading make of it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tiny_landing import AT, customer, serial

READINGS = 10
FAR: dict[str, int | str] = {"distances as text": "100", "distances of 20 m": 20_000}
DAY_MS = 86_400_000


class Made(NamedTuple):
    """Rows that were made of a person."""

    customers: int
    readings: int
    steps: int
    distances: int
    beside: int


CLEAN = Made(1, 10, 10, 10, 10)

FAULTS: dict[str, tuple[Made, Made, Made]] = {
    "clean": (CLEAN, CLEAN, CLEAN),
    "each line of the phone twice": (CLEAN, Made(1, 20, 10, 10, 20), Made(1, 20, 10, 10, 20)),
    "a line of the phone that is cut": (Made(1, 9, 10, 10, 9), Made(1, 9, 10, 10, 9), Made(1, 9, 10, 10, 9)),
    "distances as text": (CLEAN, CLEAN, Made(1, 10, 10, 0, 10)),
    "distances of 20 m": (Made(1, 10, 0, 0, 0), CLEAN, CLEAN),
    "an older record beside the newer one": (CLEAN, Made(2, 10, 20, 20, 20), Made(2, 10, 20, 20, 20)),
    "a newer record that withdraws": (Made(0, 0, 0, 0, 0), CLEAN, CLEAN),
    "an address that the phone spells otherwise": (CLEAN, Made(1, 0, 0, 0, 0), Made(1, 0, 0, 0, 0)),
    "a device that two people name": (Made(1, 10, 0, 0, 0), Made(1, 10, 20, 20, 10), Made(1, 10, 20, 20, 10)),
    "the other of the two": (Made(1, 10, 0, 0, 0), Made(1, 10, 0, 0, 10), Made(1, 10, 0, 0, 10)),
}
"""Of each fault what a run, the DuckDB script and plain PySpark make; steps by the device."""

RUN, DUCKDB, PYSPARK = range(3)
EXPECTED = [{fault: made[which] for fault, made in FAULTS.items()} for which in (RUN, DUCKDB, PYSPARK)]


def land_dirty(folder: Path) -> Path:
    customers: list[str] = []
    phones: list[str] = []
    steps: list[str] = []
    for n, fault in enumerate(FAULTS):
        record = customer(n, AT - 1000)
        address = record["email"]
        if fault == "an address that the phone spells otherwise":
            record["email"] = address.capitalize()
        if fault == "the other of the two":
            record["serialNumber"] = serial(n - 1)
        customers.append(json.dumps(record))
        if fault == "an older record beside the newer one":
            customers.append(
                json.dumps({**record, "lastUpdateDate": record["lastUpdateDate"] + 1, "phone": "1"})
            )
        if fault == "a newer record that withdraws":
            del record["shareWithResearchAsOfDate"]
            customers.append(json.dumps({**record, "lastUpdateDate": AT + DAY_MS}))
        for i in range(READINGS):
            line = json.dumps(
                {"user": address, "timestamp": AT + 100 * i, "x": float(n), "y": 0.5, "z": 9.75}
            )
            is_cut = fault == "a line of the phone that is cut" and i == 3
            phones += [line[:-20] if is_cut else line] * (2 if fault == "each line of the phone twice" else 1)
            far = FAR.get(fault, 100)
            step = {"sensorReadingTime": AT + 100 * i, "serialNumber": serial(n), "distanceFromObject": far}
            if fault != "the other of the two":
                steps.append(json.dumps(step))
    for source, lines in {"customer": customers, "accelerometer": phones, "step_trainer": steps}.items():
        (folder / source).mkdir(parents=True)
        (folder / source / f"{source}-1.json").write_text("".join(f"{line}\n" for line in lines))
    return folder


def made_of(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, Made]:
    """By fault, what tables hold; the names of their columns in any case."""
    rows = {
        name: [{column.lower(): value for column, value in row.items()} for row in some]
        for name, some in tables.items()
    }
    counts = [
        Counter(int(row["customername"].split()[1]) for row in rows["customer_trusted"]),
        Counter(int(row["x"]) for row in rows["accelerometer_trusted"]),
        Counter(int(row["serialnumber"][-12:]) for row in rows["step_trainer_trusted"]),
        Counter(
            int(row["serialnumber"][-12:])
            for row in rows["step_trainer_trusted"]
            if row["distancefromobject"] is not None
        ),
        Counter(int(row["x"]) for row in rows["machine_learning_curated"]),
    ]
    return {fault: Made(*(count[n] for count in counts)) for n, fault in enumerate(FAULTS)}
