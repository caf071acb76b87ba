"""Lakes with a history of deliveries, which land in their own landing zones."""

from pathlib import Path

import pytest

from keeping import Grown, land_next
from stedi.config import create


@pytest.fixture
def grown(tmp_path: Path) -> Grown:
    """A lake after three of four deliveries, a release each."""
    lake = create(tmp_path / "lake", buckets=3)
    grown = Grown(lake, seed=4)
    for _ in range(3):
        land_next(grown, runs=True)
    return grown
