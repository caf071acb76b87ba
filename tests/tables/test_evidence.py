"""The gate before publishing: what stands without consent is found, told another way than it was let in."""

from typing import Any

import pytest

from stedi.landing import customer
from stedi.privacy.window import Window
from stedi.schema.table import Table
from stedi.trusted import accelerometer, step_trainer
from stedi.trusted import customer as customer_trusted
from stedi.trusted.evidence import of_strange_devices, without_consent
from tables.given import Rows, frame

NOW = 100
ANA, BEN = "ana@example.org", "ben@example.org"

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


def stopped(
    spark: Any, records: list[tuple[int, int | None]], table: Table, row: dict[str, Any], window: Window
) -> int:
    # Somebody else who agreed must not stand for Ana.
    told = [(BEN, 1, 1), *((ANA, at, consent) for at, consent in records)]
    staged = frame(spark, customer.TABLE, (
        {"participant": who, "effective_at": at, "sharewithresearchasofdate": consent}
        for who, at, consent in told
    ))  # fmt: skip
    rows = frame(spark, table, [row | {"participant": ANA}])
    return without_consent(rows, table, staged, as_of_ms=NOW, window=window).count()


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


def test_every_row_is_told_of(spark: Any) -> None:
    staged = frame(spark, customer.TABLE, [{"participant": BEN, "effective_at": 1}])
    phone: Rows = [{"participant": ANA, "timestamp": 5}] * 3 + [{"participant": BEN, "timestamp": 5}]
    rows = frame(spark, accelerometer.TABLE, phone)
    found = without_consent(rows, accelerometer.TABLE, staged, as_of_ms=NOW, window=Window.FROM_CONSENT)
    assert found.count() == 4


def test_a_device_that_no_record_gives_the_person(spark: Any) -> None:
    records = [{"participant": ANA, "serialnumber": "a"}] * 2 + [{"participant": BEN, "serialnumber": "b"}]
    steps = [
        {"participant": who, "serialnumber": serial, "sensorreadingtime": 5}
        for who in (ANA, BEN) for serial in ("a", "b", "c")
    ]  # fmt: skip
    found = of_strange_devices(frame(spark, step_trainer.TABLE, steps), frame(spark, customer.TABLE, records))
    assert sorted((row["participant"], row["serialnumber"]) for row in found.toArrow().to_pylist()) == [
        (ANA, "b"), (ANA, "c"), (BEN, "a"), (BEN, "c"),
    ]  # fmt: skip
