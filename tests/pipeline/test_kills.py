"""A run killed anywhere loses nothing and doubles nothing: the next one ends where one run would have."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import killed as kills
from killed import (
    THIRD_MS,
    Content,
    Due,
    Stand,
    at,
    content,
    counted,
    differing,
    history,
    killed,
    lake_with_keys,
    require_as_unkilled,
)
from stedi.asking.reader import reading
from stedi.ground.errors import UsageError
from stedi.ground.failpoints import POINTS
from stedi.lake.config import Lake
from stedi.schema.table import Kind
from stedi.tables import TABLES

OF_A_RUN = {
    "store.create": sum(table.kind is Kind.ICEBERG for table in TABLES),
    "stage.read": 1,
    "stage.told": 1,
    "stage.written": 1,
    "stage.table": 3,
    "stage.rows": 1,
    "stage.ledger": 1,
    "run.built": 1,
    "publish.table": 8,
    "publish.committed": 1,
    "publish.released": 1,
    "run.published": 1,
}
"""How often the first run reaches each of its points."""

OF_A_RECOVERY = {"recover.table": 4, "recover.swept": 1}
"""How often a run does that comes after one which was killed before it wrote the ledger."""

ELSEWHERE = {
    "durable": "erasure/test_private_files.py",
    "audit": "audit/test_recording.py",
    "rotation": "audit/test_rotation.py",
    "privacy": "erasure/test_kills.py",
    "maintain": "maintain/test_maintaining.py",
    "plan": "maintain/test_plan.py",
    "respell": "pipeline/test_respelling.py",
    "replay": "pipeline/test_replay_kills.py",
}
"""Which tests kill at the points of other work, by the first word of their names."""

PUBLISHED = {"publish.released", "run.published"}
"""Whoever reads after a kill here sees the new release already."""


@dataclass(frozen=True)
class Story:
    """A lake as each of its runs finds it, and what it holds after each when none is killed."""

    runs: tuple[tuple[Due, Stand, Content, Counter[str]], ...]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("kills")
    lake = lake_with_keys(folder / "lake")
    told = []
    for number, delivery in enumerate(history()[:2]):
        due = Due(folder / f"in{number}", delivery.landed_at)
        delivery.write(due.landing, f"{number}")
        stand = Stand.of(lake, folder / f"{number}")
        report, reached = counted(lake, due)
        told.append((due, stand, content(lake), reached))
    removed = {built.table.name for built in report.built if built.removed}
    added = {built.table.name for built in report.built if built.added}
    for table in ("accelerometer_trusted", "step_trainer_trusted", "devices", "machine_learning_curated"):
        assert table in removed & added, f"the second run is to add to {table} and to remove from it"
    return Story(tuple(told))


def before(story: Story, number: int) -> Content | None:
    return story.runs[number - 1][2] if number else None


def seen(lake: Lake) -> Content | None:
    """What readers see; None before the first release."""
    try:
        return content(lake)
    except UsageError:
        return None


QUICK = [
    (0, "store.create", 5),
    (0, "stage.table", 3),
    (0, "stage.read", 1),
    (0, "stage.told", 1),
    (0, "stage.written", 1),
    (0, "stage.rows", 1),
    (1, "stage.ledger", 1),
    (1, "run.built", 1),
    (1, "publish.table", 4),
    (1, "publish.committed", 1),
    (1, "publish.released", 1),
    (1, "run.published", 1),
]
"""One kill a failpoint, for every change; all others are looked at by `make test-long`."""


@pytest.mark.parametrize(("number", "point", "nth"), QUICK)
def test_killed_once(story: Story, number: int, point: str, nth: int) -> None:
    _kill_and_resume(story, number, point, nth)


@pytest.mark.long
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("point", OF_A_RUN)
def test_killed_at_the_first_the_middle_and_the_last_time(story: Story, number: int, point: str) -> None:
    often = story.runs[number][3][point]
    assert often or (number and point == "store.create")
    for nth in sorted({1, (often + 1) // 2, often} & {*range(1, often + 1)}):
        if (number, point, nth) not in QUICK:
            _kill_and_resume(story, number, point, nth)


def _kill_and_resume(story: Story, number: int, point: str, nth: int) -> None:
    due, stand, unkilled, _ = story.runs[number]
    lake = stand.put_back()
    assert killed(lake, due, f"{point}:{nth}")
    if point in PUBLISHED:
        assert seen(lake) == unkilled
    else:
        assert seen(lake) == before(story, number)
    at(lake, due)
    require_as_unkilled(lake, due, unkilled)


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        pytest.param(point, nth, marks=[] if nth == often // 2 + 1 else pytest.mark.long)
        for point, often in OF_A_RECOVERY.items()
        for nth in sorted({1, often // 2 + 1, often})
    ],
)
def test_killed_while_recovering(story: Story, point: str, nth: int) -> None:
    due, stand, unkilled, _ = story.runs[0]
    lake = stand.put_back()
    assert killed(lake, due, "stage.rows")
    assert killed(lake, due, f"{point}:{nth}")
    assert seen(lake) is None
    at(lake, due)
    require_as_unkilled(lake, due, unkilled)


PAIRS = range(100)


@pytest.mark.long
@pytest.mark.parametrize("seed", PAIRS)
def test_killed_twice(story: Story, seed: int) -> None:
    rng = random.Random(seed)
    number = rng.randrange(2)
    due, stand, unkilled, reached = story.runs[number]
    lake = stand.put_back()
    every = [(point, nth) for point in OF_A_RUN for nth in range(1, reached[point] + 1)]
    first = rng.choice(every)
    assert killed(lake, due, ":".join(map(str, first)))
    # The run that resumes may have less to do, and not come where it is to die.
    second = rng.choice(
        [*every, *((p, n) for p, often in OF_A_RECOVERY.items() for n in range(1, often + 1))]
    )
    killed(lake, due, ":".join(map(str, second)))
    assert seen(lake) in (before(story, number), unkilled), (first, second)
    at(lake, due)
    require_as_unkilled(lake, due, unkilled)


@pytest.mark.parametrize(
    "point",
    [
        "publish.table:3",
        *(
            pytest.param(p, marks=pytest.mark.long)
            for p in OF_A_RUN
            if p not in ("store.create", "publish.table")
        ),
        *(pytest.param(f"publish.table:{n}", marks=pytest.mark.long) for n in (1, 2, 5, 8)),
    ],
)
def test_more_lands_after_a_kill(story: Story, later: Content, more: Due, point: str) -> None:
    lake = story.runs[1][1].put_back()
    assert killed(lake, story.runs[1][0], point)
    history()[2].write(more.landing, "2")
    at(lake, more)
    told = content(lake)
    for name in later:
        if name.endswith(("_trusted", "_curated", " dispositions")) or name in ("consent", "devices"):
            assert not differing({name: told[name]}, {name: later[name]})
        if name.endswith("_staged"):
            # When a line landed is another matter here: the killed run may not have taken it.
            assert told[name].total() == later[name].total()
    assert kills.files_on_disk(lake) == kills.files_reached(lake)
    with reading(lake) as reader:
        assert kills.releases_recorded(lake) == list(range(1, reader.release.number + 1))
    assert not at(lake, more).changed


@pytest.fixture
def more(story: Story) -> Iterator[Due]:
    """A third delivery is to land beside the second."""
    landing = story.runs[1][0].landing
    yield Due(landing, THIRD_MS)
    for file in landing.rglob("2.json"):
        file.unlink()


@pytest.fixture
def later(story: Story, more: Due) -> Content:
    """A lake that no kill met, after the third delivery."""
    lake = story.runs[1][1].put_back()
    at(lake, story.runs[1][0])
    history()[2].write(more.landing, "2")
    at(lake, more)
    for file in more.landing.rglob("2.json"):
        file.unlink()
    return content(lake)


def test_points_are_reached_as_often_as_they_are_killed_at(story: Story) -> None:
    assert {point: story.runs[0][3][point] for point in OF_A_RUN} == OF_A_RUN
    assert {point for _, point, _ in QUICK} == OF_A_RUN.keys()
    due, stand, _, _ = story.runs[0]
    lake = stand.put_back()
    assert killed(lake, due, "stage.rows")
    _, reached = counted(lake, due)
    assert {point: reached[point] for point in OF_A_RECOVERY} == OF_A_RECOVERY


def test_every_failpoint_has_tests_that_kill_there() -> None:
    here = Path(__file__).resolve().parents[1]
    for point in POINTS:
        if point not in OF_A_RUN and point not in OF_A_RECOVERY:
            area = point.partition(".")[0]
            assert area in ELSEWHERE, f"no test is declared that kills at {point}"
            assert f"{area}." in (here / ELSEWHERE[area]).read_text()
