"""A lake of a few people of whom every value is known."""

import json
from pathlib import Path
from typing import Any

from stedi.lake.config import Lake, create
from stedi.run.run import run

AT = 1_740_960_000_000
DAY = 86_400_000


def record(n: int, name: str, **more: Any) -> dict[str, Any]:
    told = {
        "customerName": name, "email": f"person{n}@example.org", "phone": f"+1 555 010 {n:04}",
        "birthDay": f"1970-01-{n:02}", "serialNumber": f"0c1a9c4e-0000-4000-8000-{n:012}",
        "registrationDate": AT + n, "lastUpdateDate": AT + n, "shareWithResearchAsOfDate": AT + n,
    }  # fmt: skip
    return {**told, **more}


def reading(n: int, at: int) -> dict[str, Any]:
    return {
        "user": f"person{n}@example.org",
        "timestamp": AT + DAY + at,
        "x": 0.5 * n,
        "y": 0.1 * at,
        "z": 9.7,
    }


def landed(lake: Lake, source: str, name: str, lines: list[Any]) -> Path:
    path = lake.landing / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def lake_of(root: Path, people: list[dict[str, Any]]) -> Lake:
    lake = create(root, buckets=2)
    landed(lake, "customer", "a.json", people)
    landed(
        lake,
        "accelerometer",
        "a.json",
        [reading(n, 20 * k) for n in range(1, len(people) + 1) for k in range(9)],
    )
    landed(lake, "step_trainer", "a.json", [
        {"sensorReadingTime": AT + DAY + 20 * k, "serialNumber": p["serialNumber"], "distanceFromObject": k}
        for p in people for k in range(9)
    ])  # fmt: skip
    run(lake)
    return lake
