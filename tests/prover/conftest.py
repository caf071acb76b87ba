"""Lakes in temporary folders, with their keys beside them."""

import shutil
from pathlib import Path

import pytest

from stedi.lake.config import Lake, create
from stedi.run.run import run
from stedi_fleet.simulator import simulate


@pytest.fixture
def empty(tmp_path: Path) -> Lake:
    return create(tmp_path / "lake")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A small fleet, landed into the lake and run; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("built")
    simulate(folder / "fleet", customers=10, minutes=0.5)
    made = create(folder / "lake")
    for source in ("customer", "accelerometer", "step_trainer"):
        shutil.copytree(folder / "fleet" / source, made.landing / source)
    run(made, made.landing, settle_s=0)
    return made
