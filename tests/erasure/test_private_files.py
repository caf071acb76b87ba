"""What a procedure remembers of its person never outlives it, wherever a kill comes."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import preforked
from leaving import Said, consenting, landed_lake
from stedi.erasure.procedure import carry_out, resume
from stedi.lake.config import Lake
from stedi.run.procedures import pending
from stedi.run.run import run

ERASES = """
import os
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.erasure.procedure import carry_out
from stedi.ground.failpoints import VARIABLE, times

def tell(told):
    if told == sys.argv[2]:
        os.environ[VARIABLE] = f"durable.written:{times['durable.written'] + 1}"

carry_out(opened(Path(sys.argv[1])), "erase", sys.stdin.read(), tell=tell)
"""

KEYS = {"audit.key", "pseudonym.key", "suppression.key", "audit.head"}

PERSON = "looking for the person in every file"
LANDED = "looking for the person's lines in the landed files"


def killed_in(lake: Lake, step: str, email: str) -> set[str]:
    """Erase somebody in a process that dies in the first atomic write of a step; what it left there."""
    done = preforked.run(ERASES, lake.root, step, stdin=email)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = [path for path in lake.keys.folder.iterdir() if path.name not in KEYS]
    assert any(email in path.read_text() for path in left)
    return {path.name for path in left}


@pytest.fixture
def small(walks: Path, tmp_path: Path) -> Lake:
    return landed_lake(tmp_path / "lake", walks, buckets=2)


def beside_the_keys(lake: Lake) -> set[str]:
    return {path.name for path in lake.keys.folder.iterdir()}


@pytest.mark.parametrize("then", ["run", "resume", "withdraw another"])
def test_killed_while_the_person_is_written(then: str, small: Lake) -> None:
    lake, (email, other) = small, consenting(small, count=2)
    left = killed_in(lake, PERSON, email)
    assert sum(name.startswith(".") and ".person.json." in name for name in left) == 1
    assert not pending(lake)
    if then == "run":
        run(lake)
    elif then == "resume":
        assert resume(lake) == []
    else:
        carry_out(lake, "withdraw", other)
    assert beside_the_keys(lake) == KEYS


def test_killed_later_nothing_outlives_the_procedure(small: Lake, stedi: Callable[..., Said]) -> None:
    lake, (email,) = small, consenting(small)
    left = killed_in(lake, LANDED, email)
    assert any(name.startswith(".") and ".landed.json." in name for name in left)
    done = stedi("--lake", lake.root, "privacy", "resume")
    assert done.code == 0, done.err
    assert not pending(lake)
    assert beside_the_keys(lake) == KEYS
    assert {path.name for path in lake.root.rglob(".*")} == {".lock"}
