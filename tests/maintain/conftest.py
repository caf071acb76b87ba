"""Lakes with a history of deliveries, which land in their own landing zones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keeping import Grown, land_next
from stedi.config import create


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches the keys of the user."""
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEDI_KEYS", str(folder))
        yield folder


@pytest.fixture
def grown(tmp_path: Path) -> Grown:
    """A lake after three of four deliveries, a release each."""
    lake = create(tmp_path / "lake", buckets=3)
    grown = Grown(lake, seed=4)
    for _ in range(3):
        land_next(grown, runs=True)
    return grown
