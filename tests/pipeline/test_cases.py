"""Each case of the landing rules, mixed into good data and run through a whole lake."""

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from balance import unbalanced
from cases import CASES, GOOD, Case, Expected, write_good
from stedi.asking.reader import reading
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.run.run import RunReport, run
from stedi.sources.reasons import Reason
from stedi.store.rows import rows_of

AS_ROOT = os.geteuid() == 0


def told(lake: Lake, report: RunReport) -> Expected:
    """What a run told of the files that were new to it."""
    entries = report.stage.entries
    files = Counter(entry.verdict.value for entry in entries)
    files += Counter(waiting=sum(counts["waiting"] for counts in report.stage.files.values()))
    known = {entry.file_sha256 for entry in entries}
    with reading(lake) as reader:
        refused = rows_of(reader.store, quarantine.TABLE)
    return Expected(
        files,
        Counter(entry.reason for entry in entries if entry.reason),
        sum(entry.accepted for entry in entries),
        sum(entry.duplicate for entry in entries),
        sum(entry.blank for entry in entries),
        Counter(Reason(row["reason"]) for row in refused if row["_file_sha256"] in known),
    )


def test_all_cases_at_once(lake: Lake, tmp_path: Path) -> None:
    """Whatever lies beside it, each file and line gets its own verdict, and every good line comes through."""
    mixed = [c for c in CASES if not c.settle_s and not c.between and (c.as_root or not AS_ROOT)]
    landing = tmp_path / "in"
    write_good(landing)
    for case in mixed:
        case.write(landing)
    expected = sum((case.expected for case in mixed), GOOD)
    assert told(lake, run(lake, landing, settle_s=0)) == expected
    assert unbalanced(lake) == []

    for case in mixed:
        if case.then:
            case.then(landing)
    # What waits is told again by every run.
    still = Expected(Counter(waiting=expected.files["waiting"]))
    expected_then = sum((case.expected_then for case in mixed if case.then), still)
    assert told(lake, run(lake, landing, settle_s=0)) == expected_then
    assert unbalanced(lake) == []

    again = run(lake, landing, settle_s=0)
    assert not again.changed
    assert again.stage.entries == []


def test_a_file_that_may_still_be_written_is_taken_once_it_has_settled(lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "in"
    write_good(landing)
    began = time.monotonic()
    report = run(lake, landing, settle_s=0.5)
    assert time.monotonic() - began >= 0.5
    assert told(lake, report) == GOOD


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.number))
def test_each_case_alone(lake: Lake, tmp_path: Path, case: Case) -> None:
    if case.between or case.settle_s or (AS_ROOT and not case.as_root):
        pytest.skip("told by the tests of listing and examining")
    landing = tmp_path / "in"
    write_good(landing)
    case.write(landing)
    assert told(lake, run(lake, landing, settle_s=0)) == GOOD + case.expected
    assert unbalanced(lake) == []
