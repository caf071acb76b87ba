"""No identifier and no absolute time stands in any file of the curated zone, decoded."""

import json
from pathlib import Path

import pytest

from stedi.lake.config import Lake
from stedi.schema.table import Table
from stedi.store.local import LocalStore
from stedi.tables import STAGED
from traces import values_of

pytestmark = pytest.mark.data


def known(stedi_data: Path) -> tuple[set[str], set[int]]:
    """Every identifier and every time that landed."""
    texts: set[str] = set()
    times: set[int] = set()
    for path in stedi_data.glob("*/landing/*.json"):
        for line in path.read_text().splitlines():
            for key, value in json.loads(line).items():
                if key in ("email", "user", "serialNumber", "customerName", "phone", "birthDay"):
                    texts |= {value, value.casefold()}
                elif key in ("timestamp", "sensorReadingTime") or key.endswith("Date"):
                    times.add(value)
    return texts, times


def traces(folder: Path, texts: set[str], times: set[int]) -> int:
    found = 0
    for path in folder.rglob("*"):
        if path.is_file():
            for value in values_of(path):
                if isinstance(value, str):
                    mails = (text for text in texts if "@" in text) if "@" in value else ()
                    found += value in texts or any(mail in value for mail in mails)
                elif isinstance(value, int | float):
                    found += value in times
    return found


def test_curated_files_hold_none(real_lake: Lake, stedi_data: Path) -> None:
    texts, times = known(stedi_data)
    assert len(texts) > 2_000
    assert len(times) > 20_000
    assert traces(real_lake.warehouse / "curated", texts, times) == 0


def test_the_search_finds_them_where_they_are(real_lake: Lake, stedi_data: Path) -> None:
    texts, times = known(stedi_data)
    assert traces(real_lake.warehouse / "trusted" / "customer_trusted", texts, times) > 482


@pytest.mark.parametrize("table", STAGED, ids=lambda table: table.name)
def test_no_bound_holds_an_identifier(real_lake: Lake, stedi_data: Path, table: Table) -> None:
    texts, _ = known(stedi_data)
    store = LocalStore(real_lake.catalog, real_lake.warehouse)
    metadata = store.folder(table) / "metadata"
    store.close()
    assert traces(metadata, texts, set()) == 0
