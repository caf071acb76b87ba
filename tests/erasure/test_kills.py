"""An erasure killed anywhere is taken up again and ends where an unkilled one would have."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import preforked
from balance import unbalanced
from leaving import consenting, landed_lake, of_others, traces
from stedi.building.releases import newest
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.steps import faults
from stedi.ground.failpoints import POINTS
from stedi.lake.config import Lake, opened
from stedi.prover.proof import prove
from stedi.run.procedures import pending, procedures
from stedi.staging.ledger import Ledger

ERASES = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.erasure.procedure import carry_out

carry_out(opened(Path(sys.argv[1])), "erase", sys.stdin.read())
"""

PRIVACY = [point for point in POINTS if point.startswith("privacy.")]
QUICK = ("privacy.logged", "privacy.table_left:2", "privacy.emptied:2")


def state(lake: Lake) -> dict[str, object]:
    """What must be the same after whatever kills."""
    with opened_store(lake) as store:
        release = newest(store)
        entries = Ledger.of(store).entries
    assert release is not None
    lines = ("accepted", "quarantined", "duplicate", "blank", "erased", "file_sha256", "rewritten_sha256")
    # Contents of which everything was erased are known by the key of the lake.
    told = sorted(
        tuple(str(getattr(e, name)).partition("keyed:")[0] for name in ("path", *lines)) for e in entries
    )
    return {
        "rows": {name: rows for name, rows in release.rows.items() if name != "requests"},
        "entries": told,
        "dispositions": release.dispositions,
    }


@pytest.fixture(scope="module")
def unkilled(walks: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    lake = landed_lake(tmp_path_factory.mktemp("unkilled") / "lake", walks, buckets=2)
    carry_out(lake, "erase", consenting(lake)[0])
    return state(lake)


@pytest.mark.parametrize(
    "point", [*QUICK, *(pytest.param(point, marks=pytest.mark.long) for point in PRIVACY)]
)
def test_killed_and_taken_up_again(
    point: str, walks: Path, tmp_path: Path, unkilled: dict[str, object]
) -> None:
    lake = landed_lake(tmp_path / "lake", walks, buckets=2)
    (email,) = consenting(lake)
    sought, others = traces(lake, email), of_others(lake, email)
    killed = preforked.run(ERASES, lake.root, env={**os.environ, "STEDI_FAILPOINT": point}, stdin=email)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    carry_out(opened(lake.root), "erase", email)
    assert not pending(lake)
    # What was killed was completed; that it was asked for again is on record, from its own time.
    asked = 1 if point == "privacy.remembered" else 2
    assert len(procedures(lake)) == asked
    assert state(lake) == unkilled
    assert faults(prove(lake, [sought])) == []
    assert of_others(lake, email) == others
    assert unbalanced(lake) == []
    assert not any("person" in path.name or "traces" in path.name for path in lake.keys.folder.iterdir())
    assert len(list((lake.root / "certificates").iterdir())) == asked


@pytest.mark.long
def test_two_at_once_leave_what_one_leaves(walks: Path, tmp_path: Path, unkilled: dict[str, object]) -> None:
    lake = landed_lake(tmp_path / "lake", walks, buckets=2)
    (email,) = consenting(lake)
    command = [sys.executable, "-c", ERASES, str(lake.root)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write(email)
        process.stdin.close()
    assert [process.wait() for process in both] == [0, 0]
    assert state(lake) == unkilled
    assert len(procedures(lake)) == 2
