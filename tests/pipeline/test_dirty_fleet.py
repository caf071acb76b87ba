"""A dirty fleet comes out as its own truth says, and as the clean one does."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from balance import unbalanced
from stedi.asking.reader import reading
from stedi.asking.status import SourceStatus, sources
from stedi.lake.config import Lake, create
from stedi.run.run import RunReport, run
from stedi.tables import table
from stedi_fleet.simulator import simulate

CUSTOMERS, MINUTES = 10, 1.0
NO_VERDICTS = ("lines", "envelopes", "readings", "reasons")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    simulate(folder / "dirty", customers=CUSTOMERS, minutes=MINUTES, dirty=True)
    simulate(folder / "clean", customers=CUSTOMERS, minutes=MINUTES)
    return folder


@pytest.fixture(scope="module")
def dirty(fleet: Path) -> tuple[Lake, RunReport]:
    lake = create(fleet / "dirty-lake")
    return lake, run(lake, fleet / "dirty", settle_s=0)


@pytest.fixture(scope="module")
def truth(fleet: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((fleet / "dirty/truth/expected.json").read_text())
    return found


def status_of(lake: Lake) -> dict[str, SourceStatus]:
    with reading(lake) as reader:
        return {source.name: source for source in sources(reader)}


def test_rows_are_what_the_fleet_knows(dirty: tuple[Lake, RunReport], truth: dict[str, Any]) -> None:
    expected = truth["lake"]["from_consent"]
    rows = dirty[1].release.rows
    assert {name: rows[name] for name in expected if name in rows} == {
        name: number for name, number in expected.items() if name in rows
    }
    assert len([name for name in expected if name in rows]) == 5


def test_dispositions_are_what_the_fleet_knows(dirty: tuple[Lake, RunReport], truth: dict[str, Any]) -> None:
    expected = truth["accepted"]["from_consent"]
    told = dirty[1].release.dispositions
    for source, counts in expected.items():
        assert {k: v for k, v in told[source].items() if v} == {k: v for k, v in counts.items() if v}


def test_files_and_lines_are_what_the_fleet_knows(
    dirty: tuple[Lake, RunReport], truth: dict[str, Any]
) -> None:
    told = status_of(dirty[0])
    for name, source in told.items():
        assert {k: v for k, v in source.files.items() if v} == {
            k: v for k, v in truth["files"][name].items() if v and k != "files"
        }
        lines = {k: v for k, v in truth["lines"][name].items() if v and k not in NO_VERDICTS}
        assert source.total_lines == truth["lines"][name]["lines"]
        assert source.envelopes == truth["lines"][name].get("envelopes", 0)
        assert source.readings == truth["lines"][name].get("readings", 0)
        assert {k: v for k, v in source.lines.items() if v} == lines
    assert unbalanced(dirty[0]) == []


@pytest.mark.parametrize("name", ["accelerometer_trusted", "step_trainer_trusted"])
def test_the_clean_fleets_rows_all_come_through(
    fleet: Path, dirty: tuple[Lake, RunReport], name: str
) -> None:
    lake = create(fleet / "clean-lake")
    run(lake, fleet / "clean", settle_s=0)
    clean, mixed = rows_in(lake, name), rows_in(dirty[0], name)
    assert clean
    assert clean - mixed == Counter()


def rows_in(lake: Lake, name: str) -> Counter[tuple[Any, ...]]:
    with reading(lake) as reader:
        rows: Counter[tuple[Any, ...]] = Counter()
        for file in reader.files(table(name)):
            columns = pq.ParquetFile(file.path).read().to_pydict()
            rows.update(zip(*columns.values(), strict=True))
        return rows


def test_a_lifelike_fleet_is_what_it_knows(tmp_path: Path) -> None:
    fleet = simulate(tmp_path / "fleet", customers=6, minutes=0.5, dirty=True, lifelike=True)
    lake = create(tmp_path / "lake", provenance="simulated")
    rows = run(lake, fleet.folder, settle_s=0).release.rows
    expected = fleet.expected["lake"]["from_consent"]
    assert {name: rows[name] for name in expected if name in rows} == {
        name: number for name, number in expected.items() if name in rows
    }
    assert rows["machine_learning_curated"] > 5000
    assert unbalanced(lake) == []
