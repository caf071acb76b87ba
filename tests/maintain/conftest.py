"""Lakes with a history of deliveries, which land in their own landing zones."""

import pytest

from keeping import Grown, land_next
from killed import Stand
from stedi.lake.config import create


@pytest.fixture(scope="session")
def three_delivered(tmp_path_factory: pytest.TempPathFactory) -> Stand:
    """A lake after three of four deliveries, a release each."""
    folder = tmp_path_factory.mktemp("grown")
    grown = Grown(create(folder / "lake", buckets=3), seed=4)
    for _ in range(3):
        land_next(grown, runs=True)
    return Stand.of(grown.lake, folder / "kept")


@pytest.fixture
def grown(three_delivered: Stand) -> Grown:
    """The lake as it was then."""
    return Grown(three_delivered.put_back(), seed=4, landed=3)
