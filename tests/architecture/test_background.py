"""Tests that interrupt a process pass where they are started in the background, too."""

import signal
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]

INTERRUPTS = """
import subprocess, sys
import conftest
child = subprocess.Popen([sys.executable, "-c", "print('begun', flush=True); import time; time.sleep(20)"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
child.stdout.readline()
child.send_signal(2)
print(child.wait(30))
"""
"""What a test of an interrupt does, after what every test does first."""


def test_processes_of_tests_hear_an_interrupt_that_the_shell_ignores() -> None:
    done = subprocess.run(
        # As a shell starts what it puts in the background.
        ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-c", INTERRUPTS],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TESTS)},
    )
    assert int(done.stdout) == -signal.SIGINT
