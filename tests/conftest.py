"""What every test may use: the embedded engine, pinned to UTC, and the starter data."""

import gc
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

# As `stedi.cli.main` does: else Python looks for garbage for a twelfth of the time.
gc.set_threshold(500_000)


def hear_interrupts() -> None:
    """Hear interrupts where whoever started the tests ignores them, as a shell does for what it puts in the
    background: processes that the tests start inherit that, and would not hear the interrupts of a test.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


hear_interrupts()

SHARING = ("cli", "history", "maintain", "queries")
"""Packages whose files share lakes that take seconds to make."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, let one process have the tests of a file, or of a package that shares lakes."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            package = file.rpartition("/")[0]
            return package if package.rpartition("/")[2] in SHARING else file

    return Sharing(config, log)


@pytest.fixture(scope="session", autouse=True)
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test touches the keys of the user; one folder for all, for lakes outlive a package's tests."""
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEDI_KEYS", str(folder))
        yield folder


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """The embedded engine, one for the whole test session."""
    from stedi.engine.session import sail

    with sail() as session:
        yield session


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder that STEDI_DATA names; skipped with the reason, or failed, when it is absent."""
    folder = Path(os.environ.get("STEDI_DATA", REPOSITORY / "../shared/data")).resolve()
    if not folder.is_dir():
        reason = "the data folder is not there: set STEDI_DATA (README, Data)"
        if os.environ.get("STEDI_REQUIRE_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def stedi_data(data_folder: Path) -> Path:
    """The STEDI starter data: `<source>/landing/*.json`."""
    return data_folder / "stedi"
