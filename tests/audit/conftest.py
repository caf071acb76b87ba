"""Lakes with their keys beside them, and a log of some entries."""

from pathlib import Path

import pytest

from stedi import audit
from stedi.lake.config import Lake, create


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setenv("STEDI_KEYS", str(tmp_path / "keys"))
    return create(tmp_path / "lake")


@pytest.fixture
def logged(lake: Lake) -> Lake:
    """A lake whose log holds five entries."""
    audit.begin(lake)
    audit.record(lake, "run_published", release=1, run_id="one", tables={"consent": {"rows": 3}})
    audit.record(lake, "reveal", reason="a test", tables=["consent"])
    audit.record(lake, "run_failed", run_id="two", gate="privacy", faults=2)
    audit.record(lake, "certificate", request="r1")
    return lake
