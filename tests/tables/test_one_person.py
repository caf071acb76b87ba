"""A line about one person changes the rows of nobody else, in any table."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from stedi.landing import accelerometer, customer, step_trainer
from stedi.privacy.pseudonyms import subject_key
from stedi.schema.table import Table
from stedi.tables import DERIVED
from tables.given import PSEUDONYM_KEY, Rows, built, frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

START_MS = 1_750_000_000_000
PEOPLE = 20
SERIAL = "50f7b4f3-7af5-4b07-a421-%012d"
Lines = tuple[Rows, Rows, Rows]


def email(number: int) -> str:
    return f"person{number}@example.org"


def record(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "customername": f"Person {number}", "email": email(number), "participant": email(number),
        "serialnumber": SERIAL % number, "registrationdate": START_MS - 500,
        "lastupdatedate": START_MS, "effective_at": START_MS, "birthday": "1985-04-05",
        "sharewithresearchasofdate": START_MS - 500 if number % 5 else None, **changed,
    }  # fmt: skip


def phone(number: int, at: int) -> dict[str, Any]:
    return {"user": email(number), "participant": email(number), "timestamp": START_MS + at, "x": float(at)}


def step(number: int, at: int) -> dict[str, Any]:
    return {"serialnumber": SERIAL % number, "sensorreadingtime": START_MS + at, "distancefromobject": 2.0}


def lines() -> Lines:
    """People who walk at the same times, some before they consented, some with a pause of 40 s."""
    moments = [0, 20, 40, 41_000, 41_020]
    return (
        [record(n) for n in range(PEOPLE)],
        [phone(n, at - 1000 * (n % 3 == 2)) for n in range(PEOPLE) for at in moments],
        [step(n, at + 5 - 1000 * (n % 3 == 2)) for n in range(PEOPLE) for at in moments],
    )


CHANGES: dict[str, Lines] = {
    # Person 1 is somebody who consents; each is one line more.
    "withdraws": ([record(1, effective_at=START_MS + 1, sharewithresearchasofdate=None)], [], []),
    "moves the start": ([record(1, effective_at=START_MS + 1, sharewithresearchasofdate=START_MS)], [], []),
    "disagrees": ([record(1, sharewithresearchasofdate=START_MS)], [], []),
    "names another device": ([record(1, effective_at=START_MS + 1, serialnumber=SERIAL % 999)], [], []),
    "has a phone reading": ([], [phone(1, 60_000)], []),
    "has one that bridges the pause": ([], [phone(1, 20_000)], []),
    "has one before all others": ([], [phone(1, -300)], []),
    "has a step reading": ([], [], [step(1, 10)]),
    "has a step reading at an instant that has one": ([], [], [step(1, 5) | {"distancefromobject": 1.0}]),
}


def tables_of(spark: Any, change: Lines = ([], [], [])) -> "dict[str, DataFrame]":
    given = [base + more for base, more in zip(lines(), change, strict=True)]
    staged = (customer.TABLE, accelerometer.TABLE, step_trainer.TABLE)
    return built(spark, *(frame(spark, table, rows) for table, rows in zip(staged, given, strict=True)))


def rows(tables: "dict[str, DataFrame]", table: Table) -> tuple[Counter[Any], Counter[Any]]:
    """The rows about person 1, and those about the others."""
    first = {email(1), SERIAL % 1, SERIAL % 999, subject_key(email(1), PSEUDONYM_KEY)}
    own: Counter[Any] = Counter()
    others: Counter[Any] = Counter()
    for row in tables[table.name].toArrow().to_pylist():
        (own if row[str(table.participant)] in first else others)[tuple(row.values())] += 1
    return own, others


@pytest.fixture(scope="module")
def before(spark: Any) -> "dict[str, DataFrame]":
    return tables_of(spark)


@pytest.mark.parametrize("change", CHANGES)
def test_a_line_changes_the_rows_of_its_person_alone(
    spark: Any, before: "dict[str, DataFrame]", change: str
) -> None:
    after = tables_of(spark, CHANGES[change])
    changed = False
    for table in DERIVED:
        own_before, others_before = rows(before, table)
        own_after, others_after = rows(after, table)
        assert others_before == others_after, table.name
        assert others_before.total() >= PEOPLE // 2
        changed = changed or own_before != own_after
    assert changed
