"""The starter data and a dirty fleet, each in one lake for all tests here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from athena_sql import named_queries, tables_of
from stedi.asking.reader import reading
from stedi.lake.config import create
from stedi.run.run import run
from stedi_fleet.simulator import simulate

NAMED = {statement.name: statement for statement in named_queries()}


@pytest.fixture(scope="package")
def starter(stedi_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The starter data's tables."""
    lake = create(tmp_path_factory.mktemp("starter") / "lake")
    run(lake, stedi_data, settle_s=0)
    with reading(lake) as reader, tables_of(reader) as connection:
        yield connection


@pytest.fixture(scope="package")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a fleet, some of it broken on purpose."""
    folder = tmp_path_factory.mktemp("fleet")
    simulate(folder / "dirty", customers=10, minutes=1.0, dirty=True)
    return folder / "dirty"


@pytest.fixture(scope="package")
def fleet(dirty: Path) -> Iterator[Any]:
    """The dirty fleet's tables."""
    lake = create(dirty.parent / "lake")
    run(lake, dirty, settle_s=0)
    with reading(lake) as reader, tables_of(reader) as connection:
        yield connection


@pytest.fixture(scope="package")
def truth(dirty: Path) -> dict[str, Any]:
    """What the fleet knows about itself."""
    found: dict[str, Any] = json.loads((dirty / "truth/expected.json").read_text())
    return found
