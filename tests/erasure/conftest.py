"""A small lake that owns its files, and the command line in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leaving import Said, landed_lake, without_long_lines
from stedi.lake.config import Lake
from stedi_fleet.simulator import simulate


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("erasure") / "fleet"
    simulate(folder, customers=3, minutes=0.5, dirty=True)
    without_long_lines(folder)
    return folder


@pytest.fixture(scope="session")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small fleet with nothing broken in it."""
    folder = tmp_path_factory.mktemp("walks") / "fleet"
    simulate(folder, customers=4, minutes=0.5)
    return folder


@pytest.fixture
def walked(tmp_path: Path, walks: Path) -> Lake:
    return landed_lake(tmp_path / "lake", walks, buckets=2)


@pytest.fixture
def lake(tmp_path: Path, fleet: Path) -> Lake:
    return landed_lake(tmp_path / "lake", fleet)


@pytest.fixture
def stedi(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the command line in this process."""
    from stedi.cli.main import _ended

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = _ended([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return call
