"""The embedded engine beside whatever else a process does."""

import subprocess
import sys

SPAWN = """
import multiprocessing
from stedi.engine.session import sail

with sail():
    process = multiprocessing.get_context("spawn").Process(target=print, args=("spawned",))
    process.start()
    process.join()
raise SystemExit(process.exitcode)
"""


def test_a_process_without_a_script_can_spawn_others() -> None:
    done = subprocess.run([sys.executable, "-c", SPAWN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "spawned\n"
