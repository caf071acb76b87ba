"""A row that should not be there is found: each audit has somebody planted for it."""

from typing import Any

import pytest

from athena_sql import answer, changed, named_queries

NAMED = {statement.name: statement for statement in named_queries()}


def found(connection: Any, query: str, column: str) -> dict[str, int]:
    """The rows of an audit that are not 0."""
    checked = "table_name" if query == "consent_audit" else "checked"
    return {row[checked]: row[column] for row in answer(connection, NAMED[query]) if row[column]}


NOBODY = "'nobody@example.org'"
NEVER = "(select min(person) from consent where state = 'NEVER')"

LEAKS = {
    "a reading of somebody who never agreed": (
        "accelerometer_trusted",
        f"from {{it}} union all (select * replace ({NEVER} as person) from {{it}} limit 1)",
        {"accelerometer_trusted": 1},
    ),
    "a reading of somebody unknown": (
        "accelerometer_trusted",
        f"from {{it}} union all (select * replace ({NOBODY} as person) from {{it}} limit 3)",
        {"accelerometer_trusted": 3},
    ),
    "a reading from before its owner agreed": (
        "accelerometer_trusted",
        'from {it} union all (select * replace (1 as "timestamp") from {it} limit 1)',
        {"accelerometer_trusted": 1},
    ),
    "a step reading of somebody unknown": (
        "step_trainer_trusted",
        f"from {{it}} union all (select * replace ({NOBODY} as person) from {{it}} limit 1)",
        {"step_trainer_trusted": 1, "step_trainer_trusted, of a device of somebody else": 1},
    ),
    "a step reading of a strange device": (
        "step_trainer_trusted",
        "from {it} union all (select * replace ('a device' as serialnumber) from {it} limit 1)",
        {"step_trainer_trusted, of a device of somebody else": 1},
    ),
    "a customer who never agreed": (
        "customer_trusted",
        f"from {{it}} union all (select * replace ({NEVER} as person) from {{it}} limit 1)",
        {"customer_trusted": 1},
    ),
    "a person with readings who never agreed": (
        "phone_readings",
        f"from {{it}} union all (select * replace ({NEVER} as person) from {{it}} limit 1)",
        {"phone_readings": 1},
    ),
    "a subject too many": (
        "customers_curated",
        "from {it} union all (select * replace ('0' as subject_key, 0 as reading_count) from {it} limit 1)",
        {"customers_curated, more people than trusted ones": 1},
    ),
    "readings too many of a subject": (
        "customers_curated",
        "select * replace (reading_count + 1 as reading_count) from {it}",
        {"customers_curated, more readings than trusted ones": 7},
    ),
    "a curated row of no subject": (
        "machine_learning_curated",
        "from {it} union all (select * replace ('0' as subject_key) from {it} limit 2)",
        {"machine_learning_curated": 2},
    ),
    "curated rows too many": (
        "machine_learning_curated",
        "from {it} union all from {it}",
        None,
    ),
    "a consent that was withdrawn": (
        "consent",
        "select * replace (case when person = (select min(person) from phone_readings) "
        "then 'WITHDRAWN' else state end as state) from {it}",
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LEAKS)
def test_a_leak_is_found(fleet: Any, case: str) -> None:
    table, select, expected = LEAKS[case]
    with changed(fleet, table, select) as connection:
        leaks = found(connection, "consent_audit", "leaks")
    assert leaks
    if expected is not None:
        assert leaks == expected
    assert found(fleet, "consent_audit", "leaks") == {}, "what was planted is gone again"


def test_who_withdrew_and_is_still_there_is_found(fleet: Any) -> None:
    table, select, _ = LEAKS["a consent that was withdrawn"]
    with changed(fleet, table, select) as connection:
        remaining = found(connection, "withdrawal_proof", "remaining")
        held = connection.execute(
            "select (select count(*) from accelerometer_trusted where person = p), "
            "(select count(*) from step_trainer_trusted where person = p) "
            "from (select min(person) as p from phone_readings)"
        ).fetchone()
    assert remaining.pop("customer_trusted") == remaining.pop("phone_readings") == 1
    assert remaining == {
        name: rows
        for name, rows in zip(("accelerometer_trusted", "step_trainer_trusted"), held, strict=True)
        if rows
    }
    assert remaining


def test_readings_from_before_an_erasure_are_found(fleet: Any) -> None:
    whose = "case when person = (select min(person) from phone_readings) then 9999999999999 end"
    with changed(fleet, "consent", f"select * replace ({whose} as erased_at) from {{it}}") as connection:
        remaining = found(connection, "withdrawal_proof", "remaining")
    assert {name for name, rows in remaining.items() if rows} == {
        "accelerometer_trusted, from before an erasure",
        "accelerometer_staged, from before an erasure",
        "customer_staged, from before an erasure",
    }


REQUEST = (
    "select 'r' as request, 'erase' as kind, {at} as requested_at, 'email' as about, "
    "repeat('a', 64) as hash, "
    "null::bigint as covers_from, null::bigint as covers_until"
)


@pytest.mark.parametrize(("at", "is_followed"), [(1_600_000_000_000, True), (9_999_999_999_999, False)])
def test_a_request_is_on_record(fleet: Any, at: int, is_followed: bool) -> None:
    with changed(fleet, "requests", REQUEST.format(at=at)) as connection:
        (row,) = answer(connection, NAMED["request_on_record"], "a" * 64)
        assert (row["request"], row["kind"], row["is_followed"]) == ("r", "erase", is_followed)
        assert row["first_release_since"] == (1 if is_followed else None)
        assert answer(connection, NAMED["request_on_record"], "b" * 64) == []
        pending = found(connection, "withdrawal_proof", "remaining")
    assert pending == ({} if is_followed else {"requests, made since the newest release": 1})


DOUBLES = {
    "accelerometer_staged": {
        "accelerometer_staged, file, line and reading",
        "accelerometer_staged, whole reading",
    },
    "step_trainer_trusted": {"step_trainer_trusted, whole reading"},
    "customers_curated": {"customers_curated, subject"},
    "consent": {"consent, address"},
}


@pytest.mark.parametrize("table", DOUBLES)
def test_a_double_is_found(fleet: Any, table: str) -> None:
    with changed(fleet, table, "from {it} union all (from {it} limit 1)") as connection:
        assert found(connection, "duplicates", "doubled").keys() == DOUBLES[table]


@pytest.mark.parametrize(
    ("query", "table", "column"),
    [
        ("rows_by_zone", "machine_learning_curated", "difference"),
        ("lines_by_verdict", "customer_staged", "not_staged"),
        ("dispositions", "step_trainer_staged", "unaccounted"),
    ],
)
def test_a_row_that_is_lost_is_found(fleet: Any, query: str, table: str, column: str) -> None:
    with changed(fleet, table, "from {it} offset 1") as connection:
        found_rows = [row[column] for row in answer(connection, NAMED[query]) if row[column]]
    assert [abs(rows) for rows in found_rows] == [1]
