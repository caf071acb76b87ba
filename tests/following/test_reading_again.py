"""Who reads the ledger of a lake again reads what came meanwhile alone, and never what is gone."""

from typing import Any

import pytest

from stedi.asking.reader import store_with_releases
from stedi.lake.config import Lake
from stedi.run.run import run
from stedi.staging import ledger
from stedi.staging.ledger import Ledger
from stedi.upkeep.maintenance import maintain

from .conftest import land_readings


def paths(lake: Lake, snapshot: int | None = None) -> list[str]:
    with store_with_releases(lake) as (store, _):
        return [entry.path for entry in Ledger.of(store, snapshot=snapshot).entries]


def test_only_new_data_files_of_the_ledger_are_read(peopled: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    real = ledger.rows_in
    monkeypatch.setattr(ledger, "rows_in", lambda path, table: read.append(path) or real(path, table))
    run(peopled)
    first = paths(peopled)
    assert first == ["customer/people.json"]
    land_readings(peopled, 1)
    read.clear()
    run(peopled)
    assert read == []
    both = [*first, "accelerometer/1.json", "step_trainer/1.json"]
    assert paths(peopled) == both
    assert len(read) == 1
    with store_with_releases(peopled) as (_, releases):
        before = releases[0].snapshots["landed_files"]
    assert paths(peopled, before) == first
    maintain(peopled, keep=1)
    read.clear()
    assert (paths(peopled), len(read)) == (both, 1)
    assert len(ledger._read_last) == 1
