"""The starter data goes through, exactly."""

from pathlib import Path

import pytest

from balance import unbalanced
from stedi.asking.checking import check
from stedi.asking.reader import reading
from stedi.asking.reconcile import reconcile
from stedi.asking.status import sources, status
from stedi.lake.config import Lake
from stedi.privacy.window import Window
from stedi.run.run import run

pytestmark = pytest.mark.data

ROWS = {
    Window.FROM_CONSENT: (482, 32_025, 11_297, 464, 32_025),
    Window.WHOLE_HISTORY: (482, 40_981, 14_460, 482, 40_981),
}
TABLES = (
    "customer_trusted",
    "accelerometer_trusted",
    "step_trainer_trusted",
    "customers_curated",
    "machine_learning_curated",
)


def test_rows(real_lake: Lake) -> None:
    with reading(real_lake) as lake:
        rows = {table.name: table.rows for table in status(lake, now_ms=0).tables}
    assert tuple(rows[name] for name in TABLES) == ROWS[real_lake.window]


def test_every_line_is_accounted_for(real_lake: Lake) -> None:
    with reading(real_lake) as lake:
        told = {source.name: source for source in sources(lake)}
    assert {name: source.total_lines for name, source in told.items()} == {
        "customer": 956,
        "accelerometer": 81_273,
        "step_trainer": 28_680,
    }
    assert unbalanced(real_lake) == []
    assert all(source.lines["accepted"] == source.total_lines for source in told.values())


def test_what_was_set_aside(real_lake: Lake) -> None:
    with reading(real_lake) as lake:
        told = lake.release.dispositions
    early = {"accelerometer": 8_956, "step_trainer": 3_163}
    for source, rows in early.items():
        expected = rows if real_lake.window is Window.FROM_CONSENT else 0
        assert told[source].get("before_start", 0) == expected
    assert told["accelerometer"]["not_consented"] == 40_292
    assert told["step_trainer"]["not_consented"] == 14_220
    assert told["customer"]["not_consented"] == 474


def test_a_second_run_changes_nothing(real_lake: Lake, stedi_data: Path) -> None:
    with reading(real_lake) as lake:
        before = lake.release
    report = run(real_lake, stedi_data, settle_s=0)
    assert not report.changed
    assert report.release == before


def test_a_full_run_builds_the_same_rows(real_lake: Lake, stedi_data: Path) -> None:
    with reading(real_lake) as lake:
        before = lake.release
    report = run(real_lake, stedi_data, settle_s=0, full=True)
    assert report.changed
    assert report.release.rows == before.rows
    assert report.release.dispositions == before.dispositions


def test_the_release_passes_its_checks_again(real_lake: Lake) -> None:
    assert check(real_lake).checks > 50


def test_the_story_of_43681(real_lake: Lake) -> None:
    told = reconcile(real_lake).stories
    same_time = {step.kind: step.rows for step in told["Readings of both sensors at the same time"]}
    assert same_time == {
        "time_alone": 43_681,
        "other_person": -2_700,
        "same_person": 40_981,
        "before_consent": -8_956,
        "after_consent": 32_025,
    }
    curated = {step.kind: step.rows for step in told["Rows of machine_learning_curated"]}
    rows = ROWS[real_lake.window]
    assert curated["machine_learning_curated"] == rows[4]
    assert curated["same_time"] == rows[4]
    steps = {step.kind: step.rows for step in told["Step readings in machine_learning_curated"]}
    assert steps["step_trainer_trusted"] == rows[2]
    assert steps["in_a_row"] + -(steps["no_phone_reading"] + steps["same_instant"]) == rows[2]
