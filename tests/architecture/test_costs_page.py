"""The page of costs is what the model says now."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_page_of_costs_is_current() -> None:
    told = subprocess.run(
        [sys.executable, REPOSITORY / "bench/costs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
