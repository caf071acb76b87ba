"""customer_trusted, customers_curated and consent: given rows, expected rows."""

from typing import Any

import pytest

from stedi.curated import customers as curated
from stedi.landing import customer, requests
from stedi.privacy.pseudonyms import subject_key
from stedi.privacy.window import Window
from stedi.schema.checks import check
from stedi.trusted import consent, devices, phone_readings
from stedi.trusted import customer as trusted
from tables.given import BUCKETS, NOW_MS, PSEUDONYM_KEY, SUPPRESSION_KEY, Rows, built_one, frame, rows_of

REGISTERED_MS = 1_655_564_444_000  # 2022-06-18
SERIAL = "50f7b4f3-7af5-4b07-a421-%012d"


def record(number: int, **changed: Any) -> dict[str, Any]:
    """A customer record that consents from the registration on."""
    return {
        "customername": "Ana" if number == 1 else f"Ana {number}", "email": f"Person{number}@example.org",
        "phone": "8015551212",
        "birthday": "1985-04-05", "serialnumber": SERIAL % number, "registrationdate": REGISTERED_MS,
        "lastupdatedate": REGISTERED_MS, "effective_at": REGISTERED_MS,
        "sharewithresearchasofdate": REGISTERED_MS, "participant": f"person{number}@example.org",
        "_file_sha256": "0" * 64, "_line": 1, **changed,
    }  # fmt: skip


def newest_of(spark: Any, *records: dict[str, Any]) -> Rows:
    frames = {
        "customer_staged": frame(spark, customer.TABLE, records),
        "requests": frame(spark, requests.TABLE, []),
    }
    for table in (consent.TABLE, devices.TABLE, trusted.TABLE):
        frames[table.name] = built_one(table, frames)
    return rows_of(frames[trusted.TABLE.name])


def test_a_customer_is_the_newest_record(spark: Any) -> None:
    old = record(1, customername="Ana", phone="1")
    new = record(1, customername="Bea", phone="0", effective_at=REGISTERED_MS + 5)
    expected = {name: new[name] if name != "bucket" else 0 for name in trusted.TABLE.names if name in new}
    found = newest_of(spark, old, new)
    assert [{name: row[name] for name in expected} for row in found] == [expected]
    assert newest_of(spark, new, old) == found


def test_of_one_instant_the_values_alone_decide(spark: Any) -> None:
    first = record(1, customername="Ana", phone="2", _line=1)
    second = record(1, customername="Bea", phone=None, _line=2)
    told = [newest_of(spark, *order) for order in ((first, second), (second, first))]
    # Which line or file a record stood in must not matter either.
    swapped = newest_of(spark, first | {"_line": 2, "_file_sha256": "1" * 64}, second | {"_line": 1})
    assert told[0] == told[1] == swapped
    assert [row["customername"] for row in swapped] == ["Bea"]


def test_an_implausible_birthday_drops_nobody(spark: Any) -> None:
    found = newest_of(spark, record(1, birthday="0301-01-01"), record(2, birthday=None))
    assert [row["birthday"] for row in found] == ["0301-01-01", None]


@pytest.mark.parametrize(
    ("birthday", "decade"),
    {
        "1985-04-05": 1980,
        "1900-01-01": 1900,
        "1960-02-30": None,
        "1899-12-31": None,
        "2022-12-31": 2020,
        "2023-01-01": None,
        "0301-01-01": None,
        "301-01-01": None,
        "1985-4-5": None,
        " 1985-04-05": None,
        "1985-04-05T00": None,
        "1985": None,
        "": None,
        None: None,
    }.items(),
)
def test_decade_of_birth(decades: dict[str | None, int | None], birthday: str, decade: int | None) -> None:
    assert decades[birthday] == decade


BIRTHDAYS = ("1985-04-05", "1900-01-01", "1960-02-30", "1899-12-31", "2022-12-31", "2023-01-01",
             "0301-01-01", "301-01-01", "1985-4-5", " 1985-04-05",
             "1985-04-05T00", "1985", "", None)  # fmt: skip


@pytest.fixture(scope="module")
def decades(spark: Any) -> dict[str | None, int | None]:
    told = dict(enumerate(BIRTHDAYS))
    rows = curated_of(spark, [record(n, birthday=day) for n, day in told.items()], dict.fromkeys(told, 1))
    by_subject = {row["subject_key"]: row["birth_decade"] for row in rows}
    return {day: by_subject[subject(number)] for number, day in told.items()}


def subject(number: int) -> str:
    return subject_key(f"person{number}@example.org", PSEUDONYM_KEY)


def curated_of(spark: Any, records: Rows, readings: dict[int, int]) -> Rows:
    """Rows for customers, by number how many phone readings they have."""
    phone = [
        {"person": f"person{n}@example.org", "reading_count": many} for n, many in readings.items() if many
    ]
    customers = [
        {"person": r["participant"], "device_count": 2}
        | {c.name: r.get(c.name) for c in customer.FIELDS}
        for r in records
    ]  # fmt: skip
    frames = {
        trusted.TABLE.name: frame(spark, trusted.TABLE, customers),
        phone_readings.TABLE.name: frame(spark, phone_readings.TABLE, phone),
    }
    made = built_one(curated.TABLE, frames)
    assert check(made, curated.TABLE, buckets=BUCKETS).faults == ()
    return rows_of(made)


def test_a_curated_customer_has_phone_readings(spark: Any) -> None:
    found = curated_of(spark, [record(1), record(2), record(3)], {1: 2, 3: 1, 4: 5})
    assert {row["subject_key"]: row["reading_count"] for row in found} == {subject(1): 2, subject(3): 1}
    assert {row["device_count"] for row in found} == {2}


def test_devices_that_are_or_were_the_customers_alone_are_counted(spark: Any) -> None:
    later = {"effective_at": REGISTERED_MS + 10**10}
    found = newest_of(
        spark,
        record(1), record(1, serialnumber=SERIAL % 11, **later),
        record(2, serialnumber=None),
        record(3), record(3, serialnumber=SERIAL % 1, **later),
        record(4), record(5, serialnumber=SERIAL % 4),
    )  # fmt: skip
    assert [row["device_count"] for row in found] == [2, 0, 2, 0, 0]


def consents(spark: Any, staged: Any, as_of_ms: int = NOW_MS) -> Any:
    asked = frame(spark, requests.TABLE, [])
    return consent.build(
        staged, asked, as_of_ms=as_of_ms, window=Window.FROM_CONSENT, suppression_key=SUPPRESSION_KEY
    )


def test_one_row_a_person_and_nothing_of_the_readings_before(spark: Any) -> None:
    staged = frame(spark, customer.TABLE, [record(1), record(1), record(2, sharewithresearchasofdate=None)])
    found = rows_of(consents(spark, staged))
    given, never = found
    assert given | {"bucket": 0} == {
        "participant": "person1@example.org", "person": "person1@example.org", "state": "GIVEN",
        "start_at": REGISTERED_MS, "readings_from": REGISTERED_MS, "erased_at": None,
        "person_bucket": 0, "bucket": 0,
    }  # fmt: skip
    assert (never["state"], never["start_at"], never["readings_from"]) == ("NEVER", None, None)


def test_time_alone_changes_the_state_of_who_is_scheduled(spark: Any) -> None:
    later = [record(n, sharewithresearchasofdate=NOW_MS + n) for n in (3, 2)]
    others = [record(5), record(6, sharewithresearchasofdate=None)]
    staged = frame(spark, customer.TABLE, [*later, *others])
    made = consents(spark, staged)
    asked = frame(spark, requests.TABLE, [])
    assert consent.next_change_at(made, staged, asked, as_of_ms=NOW_MS) == NOW_MS + 2
    at_that_time = consents(spark, staged, as_of_ms=NOW_MS + 2)
    assert consent.next_change_at(at_that_time, staged, asked, as_of_ms=NOW_MS + 2) == NOW_MS + 3
    assert {row["participant"] for row in rows_of(at_that_time) if row["state"] == "GIVEN"} == {
        "person2@example.org", "person5@example.org",
    }  # fmt: skip
    nobody = frame(spark, consent.TABLE, [])
    assert consent.next_change_at(nobody, staged, asked, as_of_ms=NOW_MS) is None
    ahead = [record(7, sharewithresearchasofdate=None, lastupdatedate=NOW_MS + n * 60_000) for n in (9, 3)]
    # The time within the tolerance of clocks counts at once.
    assert consent.next_change_at(nobody, frame(spark, customer.TABLE, ahead), asked, as_of_ms=NOW_MS) == (
        NOW_MS + 4 * 60_000
    )
    # So for a record of somebody who was erased, of which nothing else is kept.
    told = {"request": "r", "kind": "erase", "requested_at": 1, "about": "withdrew", "hash": "0" * 64}
    unstaged = [{**told, "covers_from": NOW_MS, "covers_until": NOW_MS + n * 60_000} for n in (9, 7, 3)]
    asked = frame(spark, requests.TABLE, unstaged)
    assert consent.next_change_at(nobody, staged, asked, as_of_ms=NOW_MS) == NOW_MS + 2 * 60_000
