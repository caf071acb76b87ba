"""A real Trino over lakes that PyIceberg wrote. Run by `make test-trino`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
JARS = HERE.parents[1] / ".cache/trino"

sys.path.insert(0, str(HERE))

from serving import Trino, serving  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("STEDI_TRINO") != "1":
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs a Trino: make test-trino"))


@pytest.fixture(scope="session")
def trino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    """One server for all tests."""
    if not os.environ.get("JAVA_HOME"):
        pytest.fail("Trino was not started: set JAVA_HOME to a Java of version 25 or later")
    java = Path(os.environ["JAVA_HOME"]) / "bin/java"
    with serving(java, JARS, tmp_path_factory.mktemp("trino")) as server:
        yield server
