"""A bucket with more rows than a task holds is shared out by person, and nothing that comes of it differs."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contents import contents
from stedi.building import exchange, shares
from stedi.lake.config import create
from stedi.run.run import run
from stedi.tables import STAGED
from stedi.trusted import phone_readings
from tiny_landing import AT, READINGS, customer, land, lines, serial


def land_more(landing: Path) -> None:
    """A withdrawal, a late grant, new readings, and some of the old ones again."""
    later, again = AT + 60_000, lines()
    more = {
        "customer": [
            {**customer(0, None), "lastUpdateDate": later},
            {**customer(3, AT - 500), "lastUpdateDate": later},
        ],
        "accelerometer": again["accelerometer"][::2]
        + [
            {"user": f"person{n}@example.org", "timestamp": later + 100 * at, "x": 0.5, "y": 0.25, "z": 9.75}
            for n in (0, 1)
            for at in range(READINGS)
        ],
        "step_trainer": again["step_trainer"][::3]
        + [
            {"sensorReadingTime": later + 100 * at, "serialNumber": serial(n), "distanceFromObject": 300 + n}
            for n in (0, 1)
            for at in range(READINGS)
        ],
    }
    for source, rows in more.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (landing / source / f"{source}-2.json").write_text(text)


def test_shares_hold_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = land(tmp_path / "landing")
    whole, shared = (create(tmp_path / name, buckets=2) for name in ("whole", "shared"))
    split = []
    of_share = exchange.of_share

    def seen(rows: Any, table: Any, share: Any) -> Any:
        split.append(share)
        return of_share(rows, table, share)

    monkeypatch.setattr(exchange, "of_share", seen)
    for at in (AT + 30_000, AT + 120_000):
        monkeypatch.setattr(shares, "ROWS_OF_A_TASK", 2_000_000)
        expected = run(whole, landing, settle_s=0, clock=partial(int, at))
        assert not any(split)
        monkeypatch.setattr(shares, "ROWS_OF_A_TASK", 7)
        found = run(shared, landing, settle_s=0, clock=partial(int, at))
        assert any(split)
        assert (found.release.rows, found.release.dispositions) == (
            expected.release.rows,
            expected.release.dispositions,
        )
        in_shares = contents(shared)
        staged = [table.name for table in STAGED]
        assert {name: in_shares[name] for name in staged} == {name: contents(whole)[name] for name in staged}
        monkeypatch.setattr(shares, "ROWS_OF_A_TASK", 2_000_000)
        run(shared, landing, settle_s=0, full=True, clock=partial(int, at))
        assert contents(shared) == in_shares
        land_more(landing)
        split.clear()


def test_a_task_takes_all_rows_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "ROWS_OF_A_TASK", 100)
    assert shares.shares(100) == [None]
    tasks = shares.shares(399)
    assert tasks == [(0, 4), (1, 4), (2, 4), (3, 4)]
    people = [f"person{n % 40}@example.org" for n in range(399)]
    rows = pa.table({"person": people, "n": range(399)})
    parts = [shares.of_share(rows, phone_readings.TABLE, task) for task in tasks]
    assert pa.concat_tables(parts).sort_by("n").equals(rows)
    held = [set(part["person"].to_pylist()) for part in parts]
    assert sum(map(len, held)) == 40 and max(part.num_rows for part in parts) < 200
