"""A request ends though the machine's clock has gone back since the release before."""

from pathlib import Path

from small_lake import AT, DAY, landed, reading, record
from stedi.erasure.procedure import carry_out
from stedi.lake.config import create
from stedi.run.run import run


def test_others_may_change_with_a_clock_that_goes_back(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=2)
    later = AT + 5 * DAY
    late = {**record(2, "Bea"), "shareWithResearchAsOfDate": later, "lastUpdateDate": later}
    landed(lake, "customer", "a.json", [record(1, "Ana"), late, record(3, "Cy")])
    readings = [reading(n, 20 * k) for n in (1, 2, 3) for k in range(5)]
    landed(lake, "accelerometer", "a.json", [*readings, {**reading(2, 0), "timestamp": later + DAY}])
    first = run(lake, clock=lambda: later + 2 * DAY)
    assert {each.table.name: each.rows for each in first.built}["accelerometer_trusted"] == 11
    outcome = carry_out(lake, "withdraw", "person1@example.org", clock=lambda: later - DAY)
    assert outcome.certificate is not None
