"""What the statements for Athena answer on the STEDI starter data, whichever engine runs them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MUST_BE_0 = {
    "rows_by_zone": ("difference",),
    "lines_by_verdict": ("unbalanced", "not_staged"),
    "dispositions": ("unaccounted",),
    "consent_audit": ("leaks",),
    "withdrawal_proof": ("remaining",),
    "duplicates": ("doubled",),
}
"""Named queries in which these columns are 0 in every row, whatever landed."""

STARTER: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "reconciliation": (("kind", "row_count"), [
        ("time_alone", 43_681), ("other_person", -2_700), ("same_person", 40_981),
        ("before_consent", -8_956), ("after_consent", 32_025), ("machine_learning_curated", 32_025),
        ("of_these_at_the_same_time", 32_025), ("of_these_near_in_time", 0),
        ("of_these_without_a_step_reading", 0),
    ]),
    "rows_by_zone": (("table_name", "row_count"), [
        ("accelerometer_trusted", 32_025), ("consent", 956), ("customer_trusted", 482), ("devices", 956),
        ("phone_readings", 464), ("step_trainer_trusted", 11_297), ("accelerometer_staged", 81_273),
        ("customer_staged", 956), ("landed_files", 13), ("quarantine", 0), ("requests", 0),
        ("step_trainer_staged", 28_680), ("customers_curated", 464), ("machine_learning_curated", 32_025),
    ]),
    "lines_by_verdict": (("source", "line_count", "accepted", "quarantined", "duplicate", "blank"), [
        ("accelerometer", 81_273, 81_273, 0, 0, 0), ("customer", 956, 956, 0, 0, 0),
        ("step_trainer", 28_680, 28_680, 0, 0, 0),
    ]),
    "files_by_verdict": (("source", "verdict", "reason", "file_count", "line_count"), [
        ("accelerometer", "read", None, 9, 81_273), ("customer", "read", None, 1, 956),
        ("step_trainer", "read", None, 3, 28_680),
    ]),
    "quarantine_by_reason": (("source",), []),
    "dispositions": (("source", "passed", "not_consented", "before_start"), [
        ("accelerometer", 32_025, 40_292, 8_956), ("customer", 482, 474, 0),
        ("step_trainer", 11_297, 14_220, 3_163),
    ]),
    "late_withdrawals": (("people", "a_day_or_more", "longest_days"), [(0, 0, 0)]),
    "consent_states": (("state", "people", "addresses"), [("GIVEN", 482, 482), ("NEVER", 474, 474)]),
    "releases": (("number", "curated_rows", "change"), [(1, 32_025, None)]),
    "training_data": (
        ("row_count", "people", "with_distance", "without_distance", "mean_offset_ms"),
        [(32_025, 464, 32_025, 0, 0.0)],
    ),
    "birth_decades": (("birth_decade", "people", "readings"), [(None, 464, 32_025)]),
    "landing_as_received": (("source", "shown", "with_owner", "staged"), [
        ("accelerometer", 81_273, 81_273, 81_273), ("customer", 956, 956, 956),
        ("step_trainer", 28_680, 28_680, 28_680),
    ]),
    "request_on_record": (("request",), []),
}  # fmt: skip
"""Some columns of every row, in order."""


def told(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Some columns of the rows of an answer."""
    return [tuple(row[name] for name in columns) for row in rows]


def not_0(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> list[Mapping[str, Any]]:
    """The rows in which a column that must be 0 is something else."""
    return [row for row in rows if any(row[name] != 0 for name in columns)]
