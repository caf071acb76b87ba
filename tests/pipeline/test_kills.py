"""A run killed anywhere loses nothing and doubles nothing: the next one ends where one run would have."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stedi.config import Lake, create, opened
from stedi.pipeline.run import run
from stedi.reader import reading
from stedi.sources.simulator import simulate
from stedi.tables import DERIVED, STAGED, TABLES

# Runs a lake and kills itself at the n-th commit: before it, or after it.
KILLED = """
import os, signal, sys
from pathlib import Path
from stedi.config import opened
from stedi.pipeline.run import run
from stedi.store.local import LocalStore

lake, landing, nth, when = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
count = 0

def deadly(commit):
    def committed(*arguments, **named):
        global count
        count += 1
        if count == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = commit(*arguments, **named)
        if count == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return committed

LocalStore.append = deadly(LocalStore.append)
LocalStore.replace = deadly(LocalStore.replace)
run(opened(Path(lake)), Path(landing), settle_s=0)
"""

COMMITS = 12
"""Quarantine, three staged tables, the ledger; six derived tables; the release."""


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "fleet"
    simulate(folder, customers=6, minutes=0.5, dirty=True)
    return folder


def content(lake: Lake) -> dict[str, str]:
    """A hash of the rows of every table, but for the curated ones, whose keys differ between lakes."""
    import pyarrow.parquet as pq

    told = {}
    with reading(lake) as reader:
        for table in (*STAGED, *(t for t in DERIVED if t.zone.value != "curated")):
            rows: list[str] = []
            for file in reader.files(table):
                rows += [
                    json.dumps(row, sort_keys=True) for row in pq.ParquetFile(file.path).read().to_pylist()
                ]
            told[table.name] = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
        told |= {name: str(rows) for name, rows in reader.release.rows.items()}
    return told


@pytest.fixture(scope="module")
def unkilled(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lake = create(tmp_path_factory.mktemp("unkilled") / "lake")
    run(lake, landing, settle_s=0)
    return content(lake)


def killed(lake: Lake, landing: Path, nth: int, when: str) -> int:
    command = [sys.executable, "-c", KILLED, str(lake.root), str(landing), str(nth), when]
    return subprocess.run(command, check=False, capture_output=True).returncode


POINTS = [(nth, when) for nth in range(1, COMMITS + 1) for when in ("before", "after")]
QUICK = [(1, "after"), (4, "after"), (5, "before"), (5, "after"), (9, "before"), (12, "before")]


@pytest.mark.parametrize(
    ("nth", "when"),
    [pytest.param(*p, marks=[] if p in QUICK else pytest.mark.long) for p in POINTS],
)
def test_killed_and_resumed(landing: Path, lake: Lake, unkilled: dict[str, str], nth: int, when: str) -> None:
    assert killed(lake, landing, nth, when) == -signal.SIGKILL
    run(opened(lake.root), landing, settle_s=0)
    assert content(lake) == unkilled
    assert not lake.scratch.exists()
    assert files_on_disk(lake) == files_reached(lake)
    assert not run(opened(lake.root), landing, settle_s=0).changed


def test_there_are_as_many_commits_as_kills(landing: Path, lake: Lake) -> None:
    assert killed(lake, landing, COMMITS, "before") == -signal.SIGKILL
    assert killed(create(lake.root.with_name("other")), landing, COMMITS + 1, "before") == 0


def files_on_disk(lake: Lake) -> set[Path]:
    return {path for path in lake.warehouse.rglob("*") if path.is_file()}


def files_reached(lake: Lake) -> set[Path]:
    """Every file that some table's metadata leads to."""
    from stedi.schema.table import Kind
    from stedi.store.local import LocalStore

    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        return {p for table in TABLES if table.kind is Kind.ICEBERG for p in store.reached(table)}
    finally:
        store.close()


def test_two_runs_at_once_are_one(landing: Path, lake: Lake, unkilled: dict[str, str]) -> None:
    command = [sys.executable, "-c", KILLED, str(lake.root), str(landing), "0", "never"]
    both = [subprocess.Popen(command, env=os.environ) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert content(lake) == unkilled
