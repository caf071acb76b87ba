"""Tables of a lake on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stedi.landing import accelerometer
from stedi.store.local import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    found = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    found.create([accelerometer.TABLE])
    yield found
    found.close()


def test_files_of_a_time_are_asked_for_without_the_parser_of_filters(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It serves one thread at a time; of many runs that staged side by side, one failed on it."""

    def parsed(_text: str) -> None:
        raise AssertionError("a filter was parsed")

    monkeypatch.setattr("pyiceberg.expressions.parser.parse", parsed)
    assert store.files(accelerometer.TABLE, within=(0, 1)) == []
