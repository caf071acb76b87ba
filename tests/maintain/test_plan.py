"""A plan says what the run then does, and changes no byte."""

import signal
from pathlib import Path

import pytest

from keeping import RUNS, Grown, every_byte, killed, land_next, orphans
from leaving import consenting, landed_lake
from line_cases import GOOD_CUSTOMERS, customer
from stedi.asking.plan import Effect, Plan, plan
from stedi.asking.reader import reading
from stedi.building.releases import RELEASED
from stedi.erasure.procedure import carry_out
from stedi.lake.config import create
from stedi.run.run import run
from stedi.tables import SOURCES
from stedi_fleet.simulator import simulate

PLANS = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.asking.plan import plan

plan(opened(Path(sys.argv[1])), clock=lambda: int(sys.argv[2]))
"""


def planned(grown: Grown, *, full: bool = False) -> Plan:
    return plan(grown.lake, full=full, clock=lambda: grown.now)


def rows(grown: Grown) -> dict[str, int]:
    with reading(grown.lake) as reader:
        return dict(reader.release.rows)


def test_a_plan_says_what_the_run_does_and_changes_no_byte(grown: Grown) -> None:
    land_next(grown, runs=False)
    before, held = every_byte(grown.lake.root), rows(grown)
    told = planned(grown)
    assert every_byte(grown.lake.root) == before
    assert not grown.lake.scratch.exists()

    done = grown.run()
    built = {each.table.name: (each.added, each.removed) for each in done.built if each.added or each.removed}
    derived = {t.table: (t.added, t.removed) for t in told.tables if t.table in built}
    assert derived == built
    assert {t.table: (t.before, t.after) for t in told.tables} == {
        table.name: (held[table.name], done.release.rows[table.name])
        for table in RELEASED
        if table.name in built or held[table.name] != done.release.rows[table.name]
    }
    assert told.causes == tuple(sorted(cause.value for cause in done.causes))
    assert told.publishes
    assert told.release == done.release.number - 1


def test_nothing_new_is_nothing_to_do(grown: Grown) -> None:
    before = every_byte(grown.lake.root)
    told = planned(grown)
    assert (told.effect, told.tables, told.publishes) == (Effect.NOTHING, (), False)
    anew = planned(grown, full=True)
    assert (anew.effect, anew.tables, anew.publishes) == (Effect.NOTHING, (), True)
    assert every_byte(grown.lake.root) == before


def test_a_lake_that_was_never_run(grown: Grown, tmp_path: Path) -> None:
    lake = create(tmp_path / "other", buckets=3)
    before = every_byte(lake.root)
    told = plan(lake, grown.lake.landing, settle_s=0, clock=lambda: grown.now)
    assert (told.release, told.effect, told.publishes) == (None, Effect.ADDITIVE, True)
    assert every_byte(lake.root) == before
    done = run(lake, grown.lake.landing, settle_s=0, clock=lambda: grown.now)
    assert {t.table: t.after for t in told.tables} == {n: r for n, r in done.release.rows.items() if r}


def test_a_withdrawal_is_destructive_and_a_refused_line_has_its_reason(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake")
    folder = lake.landing / "customer"
    folder.mkdir()
    (folder / "first.json").write_bytes(b"".join(GOOD_CUSTOMERS))
    run(lake)
    consented = customer(1)
    withdrawn = customer(1, lastUpdateDate="1655564454000").replace(
        b',"shareWithResearchAsOfDate":1655564435000', b""
    )
    assert consented != withdrawn
    (folder / "second.json").write_bytes(withdrawn + b"\n{\n")
    told = plan(lake)
    assert told.effect is Effect.DESTRUCTIVE
    assert told.quarantined == {"BAD_JSON": 1}
    assert told.lines["customer"] == {"accepted": 1, "quarantined": 1}
    left = {t.table: t.removed for t in told.tables if t.effect is Effect.DESTRUCTIVE}
    assert left["customer_trusted"] == 1


@pytest.mark.parametrize(
    "point",
    [
        "publish.committed",
        pytest.param("plan.begun", marks=pytest.mark.long),
        pytest.param("plan.done", marks=pytest.mark.long),
    ],
)
def test_a_plan_that_is_killed_published_nothing(grown: Grown, point: str) -> None:
    land_next(grown, runs=False)
    before = every_byte(grown.lake.root)
    assert killed(grown.lake, PLANS, point, grown.now) == -signal.SIGKILL
    left = every_byte(grown.lake.root)
    assert {path: left.get(path) for path in before} == before
    assert {Path(path).parts[:2] for path in left.keys() - before.keys()} == {("scratch", "plan")}

    told = planned(grown)
    done = grown.run()
    assert {t.table: t.after for t in told.tables}.items() <= done.release.rows.items()
    assert orphans(grown.lake) == []
    assert not grown.lake.scratch.exists()


def test_a_plan_after_a_killed_run_changes_nothing_either(grown: Grown) -> None:
    land_next(grown, runs=False)
    assert killed(grown.lake, RUNS, "stage.rows", grown.now) == -signal.SIGKILL
    before = every_byte(grown.lake.root)
    told = planned(grown)
    assert every_byte(grown.lake.root) == before
    done = grown.run()
    assert {t.table: t.after for t in told.tables}.items() <= done.release.rows.items()


def test_lines_of_erased_people_are_left_to_the_run(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet"
    simulate(fleet, customers=4, minutes=0.5)
    lake = landed_lake(tmp_path / "lake", fleet)
    carry_out(lake, "erase", consenting(lake)[0])
    for source in SOURCES:
        for file in sorted((fleet / source.name).glob("*.json")):
            (lake.landing / source.name / f"again-{file.name}").write_bytes(file.read_bytes() + b"\n")
    before = every_byte(lake.root)
    told = plan(lake)
    assert every_byte(lake.root) == before
    assert sum(lines.get("erased", 0) for lines in told.lines.values()) > 0
    run(lake)
    assert every_byte(lake.landing) != {
        p.removeprefix("landing/"): h for p, h in before.items() if p.startswith("landing/")
    }
