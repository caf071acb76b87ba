"""Lakes in temporary folders, with their keys beside them."""

from pathlib import Path

import pytest

from stedi.lake.config import Lake, create
from stedi.privacy.window import Window
from stedi.run.run import run


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return create(tmp_path / "lake")


@pytest.fixture(scope="session", params=list(Window))
def real_lake(
    request: pytest.FixtureRequest, stedi_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Lake:
    """The starter data, run once for each window; tests leave it as it is."""
    made = create(tmp_path_factory.mktemp("real") / "lake", window=request.param)
    run(made, stedi_data, settle_s=0)
    return made
