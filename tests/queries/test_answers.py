"""What the named queries answer on the starter data and on a dirty fleet."""

from datetime import UTC, datetime
from typing import Any

import pytest

from athena_known import MUST_BE_0, STARTER, not_0, told
from athena_sql import answer, named_queries

NAMED = {statement.name: statement for statement in named_queries()}
HASH = "0" * 64


def asked(connection: Any, name: str) -> list[dict[str, Any]]:
    return answer(connection, NAMED[name], *[HASH] * NAMED[name].takes)


@pytest.mark.data
@pytest.mark.parametrize("name", STARTER)
def test_the_starter_data(starter: Any, name: str) -> None:
    columns, rows = STARTER[name]
    assert told(asked(starter, name), columns) == rows


@pytest.mark.data
@pytest.mark.parametrize("name", MUST_BE_0)
def test_what_must_be_0_on_the_starter_data(starter: Any, name: str) -> None:
    rows = asked(starter, name)
    assert rows
    assert not_0(rows, MUST_BE_0[name]) == []


@pytest.mark.parametrize("name", MUST_BE_0)
def test_what_must_be_0_on_a_dirty_fleet(fleet: Any, name: str) -> None:
    rows = asked(fleet, name)
    assert rows
    assert not_0(rows, MUST_BE_0[name]) == []


def test_every_query_has_a_test() -> None:
    tested = STARTER.keys() | MUST_BE_0.keys() | {"freshness", "small_files", "snapshots", "as_of"}
    assert tested == NAMED.keys()


def test_rows_are_what_the_fleet_knows(fleet: Any, truth: dict[str, Any]) -> None:
    found = {row["table_name"]: row["row_count"] for row in asked(fleet, "rows_by_zone")}
    expected = {name: rows for name, rows in truth["lake"]["from_consent"].items() if name != "sessions"}
    assert expected
    assert {name: found[name] for name in expected} == expected
    (training,) = asked(fleet, "training_data")
    assert training["sessions"] == truth["lake"]["from_consent"]["sessions"]
    curated = {row["kind"]: row["row_count"] for row in asked(fleet, "reconciliation")}
    parts = [rows for kind, rows in curated.items() if kind.startswith("of_these")]
    assert sum(parts) == curated["machine_learning_curated"] == training["row_count"]


def test_refused_lines_and_files_are_what_the_fleet_knows(fleet: Any, truth: dict[str, Any]) -> None:
    lines: dict[str, dict[str, int]] = {}
    for row in asked(fleet, "quarantine_by_reason"):
        lines.setdefault(row["source"], {})[row["reason"]] = row["line_count"]
    assert lines == {source: counts["reasons"] for source, counts in truth["lines"].items()}
    files: dict[str, dict[str, int]] = {}
    for row in asked(fleet, "files_by_verdict"):
        verdicts = files.setdefault(row["source"], {})
        verdicts[row["verdict"]] = verdicts.get(row["verdict"], 0) + row["file_count"]
    assert files == {
        source: {name: n for name, n in counts.items() if name != "files" and n}
        for source, counts in truth["files"].items()
    }


def test_what_became_of_rows_is_what_the_fleet_knows(fleet: Any, truth: dict[str, Any]) -> None:
    rows = {row.pop("source"): row for row in asked(fleet, "dispositions")}
    for source, counts in truth["accepted"]["from_consent"].items():
        assert {name: n for name, n in rows[source].items() if n} == {k: n for k, n in counts.items() if n}


def test_a_lenient_reader_shows_more_than_was_accepted(fleet: Any, truth: dict[str, Any]) -> None:
    rows = {row["source"]: row for row in asked(fleet, "landing_as_received")}
    counts = {row["source"]: row for row in asked(fleet, "lines_by_verdict")}
    for source, row in rows.items():
        lines, envelopes, readings = (counts[source][n] for n in ("line_count", "envelopes", "readings"))
        assert lines == truth["lines"][source]["lines"]
        # Each reading of an envelope is shown, an empty envelope as one row; Athena shows one row each.
        assert lines - envelopes + readings <= row["shown"] <= lines + readings
        assert row["staged"] == truth["lines"][source]["accepted"] < row["with_owner"] < row["shown"]


def test_groups_of_few_people_are_not_reported(fleet: Any) -> None:
    assert asked(fleet, "birth_decades") == []


def test_freshness_is_told_in_hours(fleet: Any) -> None:
    rows = asked(fleet, "freshness")
    assert told(rows, ["source"]) == [("accelerometer",), ("customer",), ("step_trainer",)]
    for row in rows:
        assert 0 <= row["release_age_h"] <= row["landed_age_h"] < 1
        assert row["landed_at"] <= row["published_at"] <= datetime.now(UTC)


def test_files_and_snapshots(fleet: Any) -> None:
    files = {row["table_name"]: row for row in asked(fleet, "small_files")}
    rows = {row["table_name"]: row["row_count"] for row in asked(fleet, "rows_by_zone")}
    for name, row in files.items():
        assert row["below_16_mib"] == row["file_count"] > 0
        assert row["row_count"] == rows.get(name, 1), "of releases there is one row"
    snapshots = {row["table_name"]: row for row in asked(fleet, "snapshots")}
    assert snapshots.keys() - {"quarantine", "requests"} == files.keys()
    assert {row["older_snapshots"] for row in snapshots.values()} == {0}
