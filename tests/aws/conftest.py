"""Places on AWS, against the emulator. Run by `make test-spark`, whose environment has it."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # What stands beside the tests is imported by name.


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.aws)
            # The emulator leaves sockets of its requests to be collected.
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
            if find_spec("moto") is None:
                item.add_marker(pytest.mark.skip(reason="needs the AWS emulator: make test-spark"))


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """The address of the emulator; the environment leads every client to it."""
    from emulated import served

    with served() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(aws: str) -> str:
    """An empty bucket."""
    return made()


@pytest.fixture
def versioned(aws: str) -> str:
    """An empty bucket that keeps every version."""
    from stedi.ground.places.client import client

    name = made()
    client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def made() -> str:
    """A new bucket."""
    from emulated import REGION

    from stedi.ground.places.client import client

    name = f"stedi-{uuid4().hex[:12]}"
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name
