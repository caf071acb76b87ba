"""The gate before publishing: what stands without consent is found, told another way than it was let in."""

from typing import Any

import pyarrow as pa
import pytest

from stedi.landing import customer, requests
from stedi.privacy.suppression import email_hash
from stedi.privacy.window import Window
from stedi.schema.table import Table
from stedi.trusted import accelerometer, consent, step_trainer
from stedi.trusted import customer as customer_trusted
from stedi.trusted.device_evidence import DAY_MS, of_strange_devices, plainly_owned
from stedi.trusted.evidence import not_linked, proven, without_consent
from tables.given import SUPPRESSION_KEY, Rows, frame

NOW = 100
ANA, BEN, CHE = "ana@example.org", "ben@example.org", "che@example.org"

# Records as (updated, consent), the time of a reading of the phone, and whether the gate stops it.
CASES: dict[str, tuple[list[tuple[int, int | None]], int, bool]] = {
    "after the consent": ([(10, 10)], 50, False),
    "at the consent": ([(10, 10)], 10, False),
    "just before the consent": ([(10, 10)], 9, True),
    "nobody known": ([], 50, True),
    "never agreed": ([(10, None)], 50, True),
    "withdrew": ([(10, 10), (20, None)], 15, True),
    "agreed anew": ([(10, 10), (20, None), (30, 30)], 35, False),
    "agreed anew, read before": ([(10, 10), (20, None), (30, 30)], 15, True),
    "one instant, agrees and does not": ([(10, 10), (10, None)], 50, True),
    "one instant, two consents": ([(10, 10), (10, 20)], 15, True),
    "one instant, twice the same": ([(10, 10), (10, 10)], 50, False),
    "consent in the future": ([(10, NOW + 1)], 50, True),
    "consent now": ([(10, NOW)], NOW, False),
    "an older record is not asked": ([(10, None), (20, 20)], 25, False),
}
READ_BEFORE = ("just before the consent", "agreed anew, read before", "one instant, two consents")


def people(spark: Any, told: dict[str, str]) -> Any:
    return frame(spark, consent.TABLE, ({"participant": a, "person": p} for a, p in told.items()))


def asked(spark: Any, **told: int) -> Any:
    rows = (
        {"request": "r", "kind": kind, "requested_at": at, "about": "email",
         "hash": email_hash(CHE, SUPPRESSION_KEY)} for kind, at in told.items()
    )  # fmt: skip
    return frame(spark, requests.TABLE, rows)


def stopped(
    spark: Any,
    records: list[tuple[int, int | None]],
    table: Table,
    row: dict[str, Any],
    window: Window,
    **requested: int,
) -> int:
    # Somebody else who agreed must not stand for Ana, who has two addresses.
    told = [(BEN, 1, 1), *(((ANA, CHE)[n % 2], at, given) for n, (at, given) in enumerate(records))]
    staged = frame(spark, customer.TABLE, (
        {"participant": who, "effective_at": at, "sharewithresearchasofdate": given}
        for who, at, given in told
    ))  # fmt: skip
    rows = frame(spark, table, [row | {"person": ANA}])
    known = people(spark, {ANA: ANA, BEN: BEN, CHE: ANA})
    proof = proven(staged, known, asked(spark, **requested), as_of_ms=NOW, suppression_key=SUPPRESSION_KEY)
    return without_consent(rows.toArrow(), table, proof.toArrow(), window=window)


@pytest.mark.parametrize("name", CASES)
def test_readings(spark: Any, name: str) -> None:
    records, at, is_stopped = CASES[name]
    steps, phone = {"sensorreadingtime": at}, {"timestamp": at}
    assert stopped(spark, records, accelerometer.TABLE, phone, Window.FROM_CONSENT) == is_stopped
    assert stopped(spark, records, step_trainer.TABLE, steps, Window.FROM_CONSENT) == is_stopped


@pytest.mark.parametrize("name", CASES)
def test_readings_of_the_whole_history_and_customers_need_consent_only(spark: Any, name: str) -> None:
    records, at, is_stopped = CASES[name]
    needs_more = is_stopped and name not in READ_BEFORE
    phone, row = {"timestamp": at}, {"lastupdatedate": 1}
    assert stopped(spark, records, accelerometer.TABLE, phone, Window.WHOLE_HISTORY) == needs_more
    # A customer's record may be older than the consent it tells.
    assert stopped(spark, records, customer_trusted.TABLE, row, Window.FROM_CONSENT) == needs_more


@pytest.mark.parametrize("kind", ["withdraw", "erase"])
def test_who_asked_has_no_row_by_an_older_consent(spark: Any, kind: str) -> None:
    for window in Window:
        found = [
            stopped(spark, [(10, 10)], accelerometer.TABLE, {"timestamp": 50}, window, **{kind: at})
            for at in (9, 10, 11)
        ]
        assert found == [0, 1, 1]


def test_an_older_record_may_tell_the_consent_that_came_after_the_request(spark: Any) -> None:
    # The newest one moves it back, which is ignored.
    found = stopped(
        spark, [(30, 30), (40, 10)], accelerometer.TABLE, {"timestamp": 50}, Window.FROM_CONSENT, withdraw=20
    )
    assert found == 0


def test_what_was_read_up_to_an_erasure_never_passes(spark: Any) -> None:
    records: list[tuple[int, int | None]] = [(10, 10), (30, 30)]
    found = [
        stopped(spark, records, accelerometer.TABLE, {"timestamp": at}, Window.WHOLE_HISTORY, erase=20)
        for at in (20, 21)
    ]
    assert found == [1, 0]


def test_every_row_is_told_of(spark: Any) -> None:
    staged = frame(spark, customer.TABLE, [{"participant": BEN, "effective_at": 1}])
    phone: Rows = [{"person": ANA, "timestamp": 5}] * 3 + [{"person": BEN, "timestamp": 5}]
    rows = frame(spark, accelerometer.TABLE, phone)
    known = people(spark, {BEN: BEN})
    proof = proven(staged, known, asked(spark), as_of_ms=NOW, suppression_key=SUPPRESSION_KEY)
    found = without_consent(rows.toArrow(), accelerometer.TABLE, proof.toArrow(), window=Window.FROM_CONSENT)
    assert found == 4


LINKED = {"registrationdate": 1, "birthday": "b", "customername": "n"}


@pytest.mark.parametrize(
    ("told", "apart"),
    {
        "two addresses, one person": ({ANA: ANA, BEN: ANA}, 0),
        "two addresses, told apart": ({ANA: ANA, BEN: BEN}, 1),
        "an address nobody decided on": ({ANA: ANA}, 2),
    }.values(),
)
def test_addresses_of_one_person_are_not_told_apart(spark: Any, told: dict[str, str], apart: int) -> None:
    records = [LINKED | {"participant": ANA}, LINKED | {"participant": BEN}]
    assert not_linked(frame(spark, customer.TABLE, records), people(spark, told)).count() == apart


def test_records_without_all_that_links_are_of_two_people(spark: Any) -> None:
    records: Rows = [{"participant": ANA, "birthday": "b"}, {"participant": BEN, "birthday": "b"}]
    assert not_linked(frame(spark, customer.TABLE, records), people(spark, {ANA: ANA, BEN: BEN})).count() == 0


def test_a_device_that_was_not_plainly_the_persons(spark: Any) -> None:
    day = DAY_MS
    # Ana has a, under two addresses, until Ben claims it on day 10; she names it again on day 20.
    named = [(ANA, "a", 1), (CHE, "a", 5), (BEN, "a", 10), (ANA, "a", 20), (BEN, "b", 3)]
    records = [{"participant": w, "serialnumber": s, "effective_at": at * day} for w, s, at in named]
    read = [(0.5, ANA), (5, ANA), (8.9, ANA), (11.1, BEN)]
    strange = [
        (0.5, BEN),
        (3, BEN),
        (9, ANA),
        (10, BEN),
        (11, BEN),
        (12, ANA),
        (19, BEN),
        (20.5, ANA),
        (21, ANA),
        (22, BEN),
    ]
    steps = [
        {"person": who, "serialnumber": "a", "sensorreadingtime": round(at * day)}
        for at, who in (*read, *strange)
    ]
    steps += [{"person": ANA, "serialnumber": serial, "sensorreadingtime": 5} for serial in ("b", "c")]
    spans = plainly_owned(
        frame(spark, customer.TABLE, records), people(spark, {ANA: ANA, BEN: BEN, CHE: ANA})
    ).toArrow()

    def is_strange(step: dict[str, Any]) -> int:
        return of_strange_devices(pa.Table.from_pylist([step]), spans)

    assert sum(map(is_strange, steps)) == of_strange_devices(pa.Table.from_pylist(steps), spans)
    told = sorted((s["sensorreadingtime"], s["person"], s["serialnumber"]) for s in steps if is_strange(s))
    expected = [(round(at * day), who, "a") for at, who in strange]
    assert told == sorted([*expected, (5, ANA, "b"), (5, ANA, "c")])
