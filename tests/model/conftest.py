"""Lakes for models."""

from pathlib import Path

import pytest

from stedi.lake.config import Lake, create


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return create(tmp_path / "lake", provenance="recordings of a test")
