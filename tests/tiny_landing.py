"""A landing zone of a few people, small enough for every benchmark."""

import json
from pathlib import Path
from typing import Any

AT = 1_700_000_000_000
READINGS = 30
ROWS = {
    "customer_trusted": 3,
    "accelerometer_trusted": 45,
    "customers_curated": 2,
    "step_trainer_trusted": 45,
    "machine_learning_curated": 45,
}
"""What anybody makes of it: two of three who consent have readings, one of them consents in the middle."""


def customer(n: int, consent: int | None) -> dict[str, Any]:
    record = {
        "customerName": f"Person {n}", "email": f"person{n}@example.org", "phone": "8015551212",
        "birthDay": f"{1950 + n}-01-01", "serialNumber": serial(n), "registrationDate": AT - 1000 + n,
        "lastUpdateDate": AT - 1000 + n,
    }  # fmt: skip
    return record if consent is None else {**record, "shareWithResearchAsOfDate": consent}


def serial(n: int) -> str:
    return f"50f7b4f3-7af5-4b07-a421-{n:012d}"


def lines() -> dict[str, list[dict[str, Any]]]:
    """By source, what lands: a reading of each sensor in turn, ten a second."""
    moments = [AT + 100 * n for n in range(READINGS)]
    middle = moments[READINGS // 2]
    consents = {0: AT - 1000, 1: middle, 2: AT - 1000 + 2, 3: None}
    return {
        "customer": [customer(n, at) for n, at in consents.items()],
        "accelerometer": [
            {"user": f"person{n}@example.org", "timestamp": at, "x": 0.1 * n, "y": 0.25, "z": 9.75}
            for n in (0, 1, 3)
            for at in moments
        ],
        "step_trainer": [
            {"sensorReadingTime": at, "serialNumber": serial(n), "distanceFromObject": 200 + n}
            for n in (0, 1, 3)
            for at in moments
        ],
    }


def land(folder: Path, content: dict[str, list[dict[str, Any]]] | None = None) -> Path:
    for source, rows in (content or lines()).items():
        (folder / source).mkdir(parents=True)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / source / f"{source}-1.json").write_text(text)
    return folder
