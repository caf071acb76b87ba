"""The embedded engine beside whatever else a process does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stedi.engine import session
from stedi.engine.session import SESSION, engine_when_asked, sail, start
from stedi.engine.spark import is_spark
from stedi.ground.errors import DependencyError

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


TWICE = """
import sys
from pathlib import Path
from stedi.lake.config import create
from stedi.run.run import run
from stedi_fleet.simulator import simulate

folder = Path(sys.argv[1])
lake = create(folder / "lake")
is_first = not (folder / "in").exists()
if is_first:
    simulate(folder / "in", customers=2, minutes=0.5)
assert run(lake, folder / "in", settle_s=0).published is is_first
print(sorted({"pysail.spark", "pandas", "pyspark", "stedi.staging.batch"} & {*sys.modules}))
"""


def imported_by_a_run(folder: Path) -> str:
    command = [sys.executable, "-c", TWICE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_run_that_finds_nothing_new_starts_no_engine(tmp_path: Path) -> None:
    assert "pysail.spark" in imported_by_a_run(tmp_path)
    assert imported_by_a_run(tmp_path) == "[]\n"


def test_an_engine_starts_when_it_is_asked_and_ends_with_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    @contextmanager
    def watched() -> Iterator[Any]:
        told.append("started")
        with sail() as started:
            yield started
        told.append("ended")

    monkeypatch.setattr(session, "sail", watched)
    with engine_when_asked() as asked:
        assert not is_spark(asked)
        assert not told
        start(asked)
        assert asked.range(3).count() == 3
        assert told == ["started"]
    assert told == ["started", "ended"]


def test_an_engine_that_is_not_installed_is_told_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pysail", None)
    with pytest.raises(DependencyError, match="pysail is not installed; nothing was run"):
        engine_when_asked().__enter__()


IDLE = """
import time
from stedi.engine import session
with session.sail() as spark:
    spark.sql("select 1").collect()
    time.sleep(3)
    print(spark.sql("select 2").collect())
"""


@pytest.mark.parametrize("seconds", ["1", None])
def test_a_session_that_is_asked_nothing_for_long_stays(seconds: str | None) -> None:
    name = "SAIL_SPARK__SESSION_TIMEOUT_SECS"
    environment = {key: value for key, value in os.environ.items() if key != name}
    if seconds:
        environment[name] = seconds
    command = [sys.executable, "-c", IDLE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    # With a second it ends, so that the setting is the one that Sail reads.
    assert ("is not running" in done.stderr) is (seconds is not None), done.stderr
    assert ("2=2" in done.stdout) is (seconds is None)


def test_the_time_until_it_would_end_is_longer_than_any_run() -> None:
    assert int(SESSION["SAIL_SPARK__SESSION_TIMEOUT_SECS"]) > 7 * 24 * 3600
