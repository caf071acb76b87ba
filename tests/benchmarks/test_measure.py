"""What a command cost is counted whole: its children, those that outlive it, and nothing of this process."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.measure import CommandFailedError, measured

BURN = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass\n"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN.format(0.4)!r}])"
ORPHAN = CHILD.replace("run(", "Popen(")[:-1] + ", stdout=-3, stderr=-3)"
HOLDS = "import time; some = bytearray(80_000_000); print('held'); time.sleep(0.3)"


@pytest.mark.parametrize(
    "code", [BURN.format(0.4), CHILD, ORPHAN], ids=["itself", "a child", "one left behind"]
)
def test_cpu_is_of_every_process_of_a_command(code: str) -> None:
    assert 0.4 <= measured([sys.executable, "-c", code]).cpu_s < 0.4 + 1.0


def test_memory_is_of_the_command_and_not_of_who_started_it() -> None:
    ours = bytearray(b"1" * 200_000_000)
    assert measured([sys.executable, "-c", "pass"]).peak_mb < 60
    cost = measured([sys.executable, "-c", HOLDS])
    assert 80 < cost.peak_mb < 140 and cost.output == "held\n"
    assert len(ours) == 200_000_000


def test_other_processes_of_this_one_are_left_alone() -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        assert measured([sys.executable, "-c", "pass"]).wall_s < 30
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(CommandFailedError, match="ended with 3\n.*no such thing"):
        measured([sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"])


def test_what_a_command_is_given_it_has(tmp_path: Path) -> None:
    code = "import os; print(os.environ['GIVEN'], 'PYTHONDONTWRITEBYTECODE' in os.environ)"
    assert measured([sys.executable, "-c", code], {"GIVEN": "yes"}).output == "yes False\n"
