"""The public recordings."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def oxford(data_folder: Path) -> Path:
    """The Oxford step counter recordings, optimisation part: a folder of folders."""
    return data_folder / "oxford/optimisation/data"
