"""A replay that is killed anywhere loses nothing and doubles nothing; whatever runs next completes it."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest

import preforked
from killed import Content, Stand, content, differing, files_on_disk, files_reached, lake_with_keys
from refused_lake import GOOD_AND_BAD, at, kept, phone, put, record, require_closed, step
from stedi.asking.plan import plan
from stedi.erasure.procedure import carry_out
from stedi.ground.errors import UsageError
from stedi.ground.failpoints import POINTS, times
from stedi.lake.config import Lake
from stedi.run.run import replay_refused, run
from stedi.upkeep.maintenance import maintain

REPLAY = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.run.run import replay_refused
replay_refused(opened(Path(sys.argv[1])), clock=lambda: int(sys.argv[2]))
"""
RUN = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.run.run import run
run(opened(Path(sys.argv[1])), clock=lambda: int(sys.argv[2]))
"""

OF_A_REPLAY = {
    "replay.read": 1, "replay.written": 1, "replay.table": 3, "replay.rows": 1, "replay.ledger": 1,
    "replay.quarantine": 1,
}  # fmt: skip
"""How often a replay reaches each of its points."""

AFTER = ["publish.table", "publish.committed", "publish.released", "run.published"]


def long(point: str) -> object:
    return pytest.param(point, marks=pytest.mark.long)


NOW, LATER = at(0), at(10)


@dataclass(frozen=True)
class Story:
    """A lake before a replay, and what it holds after one that nobody killed."""

    stand: Stand
    replayed: Content
    kept: object


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("replay")
    lake = lake_with_keys(folder / "lake")
    put(lake, "customer/a.json", record(-10, -10), record(5, -10, registered=4))
    put(lake, "accelerometer/a.json", *GOOD_AND_BAD)
    put(lake, "accelerometer/b.json", phone(3), phone(2))
    put(lake, "step_trainer/a.json", step(-1), step(1), step(1), step(60))
    run(lake, clock=lambda: NOW)
    stand = Stand.of(lake, folder / "before")
    before = times.copy()
    replay_refused(lake, clock=lambda: LATER)
    assert {point: times[point] - before[point] for point in OF_A_REPLAY} == OF_A_REPLAY
    return Story(stand, without_names(content(lake)), kept(lake))


def without_names(told: Content) -> Content:
    """Without what names the replay, which differs each time."""
    ledger = told["ledger"]
    told["ledger"] = type(ledger)(
        {tuple(pair for pair in row if pair[0] != "replays"): n for row, n in ledger.items()}  # type: ignore[index]
    )
    return told


def killed(lake: Lake, program: str, point: str) -> bool:
    done = preforked.run(program, lake.root, LATER, env=os.environ | {"STEDI_FAILPOINT": point})
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def require_as_unkilled(lake: Lake, story: Story) -> None:
    wrong = differing(without_names(content(lake)), story.replayed)
    wrong.pop("release", None)
    assert not wrong, wrong
    assert kept(lake) == story.kept
    require_closed(lake)
    assert files_on_disk(lake) == files_reached(lake)


def test_every_point_of_a_replay_is_known() -> None:
    assert {point for point in POINTS if point.startswith("replay.")} == set(OF_A_REPLAY)


@pytest.mark.parametrize("point", [*OF_A_REPLAY, "run.built", *map(long, ("replay.table:3", *AFTER))])
def test_killed_and_called_again(story: Story, point: str) -> None:
    lake = story.stand.put_back()
    assert killed(lake, REPLAY, point)
    replay_refused(lake, clock=lambda: LATER)
    require_as_unkilled(lake, story)


@pytest.mark.parametrize("point", ["replay.quarantine", *map(long, ("replay.rows", "replay.ledger"))])
def test_killed_twice(story: Story, point: str) -> None:
    lake = story.stand.put_back()
    assert killed(lake, REPLAY, "replay.ledger")
    killed(lake, REPLAY, point)
    replay_refused(lake, clock=lambda: LATER)
    require_as_unkilled(lake, story)


@pytest.mark.parametrize("point", ["replay.ledger", "replay.quarantine"])
def test_killed_after_its_commit_and_a_run_comes_next(story: Story, point: str) -> None:
    lake = story.stand.put_back()
    assert killed(lake, REPLAY, point)
    run(lake, clock=lambda: LATER)
    require_as_unkilled(lake, story)


@pytest.mark.parametrize(
    "point", ["replay.written", "replay.ledger", *map(long, ("replay.rows", "replay.quarantine"))]
)
def test_a_run_that_reads_the_lines_of_copies_is_killed(story: Story, point: str) -> None:
    lake = story.stand.put_back()
    for name in ("customer/a.json", "accelerometer/a.json", "accelerometer/b.json", "step_trainer/a.json"):
        path = lake.landing / name
        path.with_name(f"copy-{path.name}").write_bytes(path.read_bytes())
    assert killed(lake, RUN, point)
    run(lake, clock=lambda: LATER)
    told = content(lake)
    for name in ("customer_staged", "accelerometer_staged", "step_trainer_staged", "accelerometer_trusted"):
        assert told[name] == story.replayed[name]
    assert kept(lake) == story.kept
    require_closed(lake)


def refused_maintenance(lake: Lake) -> None:
    """It recovers, and waits for a run to publish what was staged."""
    with pytest.raises(UsageError, match="not published yet"):
        maintain(lake, clock=lambda: LATER)


def others() -> dict[str, Callable[[Lake], object]]:
    return {
        "a plan": lambda lake: plan(lake, clock=lambda: LATER),
        "maintenance": refused_maintenance,
        "an erasure": lambda lake: carry_out(lake, "erase", "ana@example.com", clock=lambda: LATER),
    }


@pytest.mark.parametrize("point", ["replay.ledger", *map(long, ("replay.rows", "replay.quarantine"))])
@pytest.mark.parametrize("name", others())
def test_killed_and_something_else_comes_next(story: Story, name: str, point: str) -> None:
    lake = story.stand.put_back()
    assert killed(lake, REPLAY, point)
    others()[name](lake)
    run(lake, clock=lambda: LATER)
    require_closed(lake)
    if name == "an erasure":
        assert content(lake)["accelerometer_staged"].total() == 0
        assert kept(lake).keys() == {("BAD_JSON", '{"user":')}
        return
    replay_refused(lake, clock=lambda: LATER)
    require_as_unkilled(lake, story)
