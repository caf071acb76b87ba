"""The command line in this process, and the script that made the stored lakes."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leaving import Said

sys.path.insert(0, str(Path(__file__).parent))  # What stands beside the tests is imported by name.


@pytest.fixture
def stedi(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Run the command line in this process."""
    from stedi.cli.main import _ended

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = _ended([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return call
