"""On random histories the trusted rows are those of a second, plain telling of the rules."""

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from privacy.histories import (
    NOW,
    History,
    Record,
    customer_verdicts,
    random_history,
    state_and_start,
    step_verdict,
    verdict,
)
from stedi.landing import accelerometer, customer, step_trainer
from stedi.privacy.consent import consented, states
from stedi.privacy.ownership import owned
from stedi.privacy.window import Window
from stedi.trusted import accelerometer as accelerometer_trusted
from stedi.trusted import consent as consents
from stedi.trusted import customer as customer_trusted
from stedi.trusted import step_trainer as step_trainer_trusted
from stedi.trusted.dispositions import of_customers, of_phone_readings, of_step_readings
from stedi.trusted.evidence import of_strange_devices, without_consent
from tables.given import frame, kept

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SEED = 2026
Lake = dict[str, "DataFrame"]


@pytest.fixture(scope="module")
def history() -> History:
    return random_history(SEED)


def lake(spark: Any, history: History, window: Window, *, shuffled: bool = False) -> Lake:
    """Staged and trusted frames of a history; shuffled: in another order, and records told twice."""
    records, phone, steps = list(history.records), list(history.phone), list(history.steps)
    if shuffled:
        draw = random.Random(SEED)
        records += draw.sample(records, len(records) // 2)
        for rows in (records, phone, steps):
            draw.shuffle(rows)
    customers = frame(spark, customer.TABLE, (
        {"participant": r.who, "effective_at": r.at, "sharewithresearchasofdate": r.consent,
         "registrationdate": r.registered, "serialnumber": r.serial} for r in records
    ))  # fmt: skip
    phone_staged = frame(
        spark, accelerometer.TABLE, ({"participant": who, "timestamp": at} for who, at in phone)
    )
    step_staged = frame(
        spark, step_trainer.TABLE, ({"serialnumber": serial, "sensorreadingtime": at} for serial, at in steps)
    )
    consent = kept(spark, states(customers, as_of_ms=NOW, window=window), consents.TABLE)
    phone_trusted = accelerometer_trusted.build(phone_staged, consent)
    steps_trusted = step_trainer_trusted.build(step_staged, customers, consent, phone_trusted)
    return {
        "customers": customers,
        "phone": phone_staged,
        "steps": step_staged,
        "consent": consent,
        "customer_trusted": customer_trusted.build(customers, consent),
        "accelerometer_trusted": kept(spark, phone_trusted, accelerometer_trusted.TABLE),
        "step_trainer_trusted": kept(spark, steps_trusted, step_trainer_trusted.TABLE),
    }


@pytest.fixture(scope="module")
def as_told(spark: Any, history: History) -> Lake:
    return lake(spark, history, Window.FROM_CONSENT)


@pytest.fixture(scope="module")
def shuffled(spark: Any, history: History) -> Lake:
    return lake(spark, history, Window.FROM_CONSENT, shuffled=True)


@pytest.fixture(scope="module")
def whole_history(spark: Any, history: History) -> Lake:
    return lake(spark, history, Window.WHOLE_HISTORY, shuffled=True)


def counted(lazy: "DataFrame", *columns: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.values()) for row in lazy.select(*columns).toArrow().to_pylist())


def test_histories_hold_every_verdict(history: History) -> None:
    # Else the comparisons below compare little.
    found = Counter(step_verdict(history, serial, at, whole_history=False) for serial, at in history.steps)
    known = {"held", "no_owner", "ambiguous", "withdrawn", "not_consented", "before_start",
             "no_accelerometer", "passed"}  # fmt: skip
    assert set(found) == known
    assert min(found.values()) > 5
    states_found = Counter(state_and_start(history.of(who))[0] for who in history.people)
    assert min(states_found[s] for s in ("NEVER", "SCHEDULED", "GIVEN", "WITHDRAWN", "HOLD")) > 10


def test_state_and_start_of_every_person(as_told: Lake, history: History) -> None:
    found = counted(as_told["consent"], "participant", "state", "start_at")
    assert found == Counter((who, *state_and_start(history.of(who))) for who in history.people)


def test_readings_pass_from_the_start_of_who_agreed(as_told: Lake) -> None:
    for row in as_told["consent"].toArrow().to_pylist():
        assert row["readings_from"] == (row["start_at"] if row["state"] == "GIVEN" else None)


def test_whole_history_has_the_same_states(as_told: Lake, whole_history: Lake) -> None:
    told = ("participant", "state", "start_at")
    assert counted(as_told["consent"], *told) == counted(whole_history["consent"], *told)
    given = [row for row in whole_history["consent"].toArrow().to_pylist() if row["state"] == "GIVEN"]
    assert {row["readings_from"] for row in given} == {0}


@pytest.mark.parametrize("kind", ["as_told", "shuffled", "whole_history"])
def test_readings_that_pass(kind: str, request: pytest.FixtureRequest, history: History) -> None:
    found: Lake = request.getfixturevalue(kind)
    whole = kind == "whole_history"
    assert counted(found["accelerometer_trusted"], "participant", "timestamp") == Counter(
        reading for reading in history.phone if verdict(history, *reading, whole_history=whole) == "passed"
    )
    assert counted(found["step_trainer_trusted"], "serialnumber", "sensorreadingtime") == Counter(
        reading
        for reading in history.steps
        if step_verdict(history, *reading, whole_history=whole) == "passed"
    )


def test_step_readings_stand_for_the_owner(as_told: Lake, history: History) -> None:
    found = counted(as_told["step_trainer_trusted"].distinct(), "participant", "serialnumber")
    assert {serial: who for who, serial in found} == {
        serial: history.claimants(serial)[0] for _, serial in found
    }


def test_customers_that_pass(as_told: Lake, history: History) -> None:
    found = counted(as_told["customer_trusted"], "participant")
    given = [who for who in history.people if state_and_start(history.of(who))[0] == "GIVEN"]
    assert found == Counter((who,) for who in given)


@pytest.mark.parametrize("kind", ["as_told", "whole_history"])
def test_what_became_of_every_reading(kind: str, request: pytest.FixtureRequest, history: History) -> None:
    found: Lake = request.getfixturevalue(kind)
    whole = kind == "whole_history"
    told = of_phone_readings(found["phone"], found["consent"])
    assert dict(counted(told, "disposition", "rows")) == dict.fromkeys(
        Counter(verdict(history, *r, whole_history=whole) for r in history.phone).items(), 1
    )
    told = of_step_readings(
        found["steps"], found["customers"], found["consent"], found["accelerometer_trusted"]
    )
    assert dict(counted(told, "disposition", "rows")) == dict.fromkeys(
        Counter(step_verdict(history, *r, whole_history=whole) for r in history.steps).items(), 1
    )


def test_what_became_of_every_customer_record(as_told: Lake, history: History) -> None:
    told = of_customers(as_told["customers"], as_told["consent"])
    assert dict(counted(told, "disposition", "rows")) == dict.fromkeys(customer_verdicts(history).items(), 1)


def test_where_every_record_counts_none_is_superseded(spark: Any) -> None:
    records = History((Record("ana", 1, 1, 1, None), Record("ben", 1, None, 1, None)), (), ())
    found = lake(spark, records, Window.FROM_CONSENT)
    told = counted(of_customers(found["customers"], found["consent"]), "disposition", "rows")
    assert set(told) == {("passed", 1), ("not_consented", 1)}


@pytest.mark.parametrize("kind", ["as_told", "whole_history"])
def test_the_gate_finds_nothing_to_stop(kind: str, request: pytest.FixtureRequest) -> None:
    found: Lake = request.getfixturevalue(kind)
    window = Window.WHOLE_HISTORY if kind == "whole_history" else Window.FROM_CONSENT
    for table in (customer_trusted.TABLE, accelerometer_trusted.TABLE, step_trainer_trusted.TABLE):
        rows = found[table.name]
        assert without_consent(rows, table, found["customers"], as_of_ms=NOW, window=window).count() == 0
    assert of_strange_devices(found["step_trainer_trusted"], found["customers"]).count() == 0


def test_a_doubled_consent_doubles_no_reading(as_told: Lake) -> None:
    doubled = as_told["consent"].unionByName(as_told["consent"])
    passed = consented(as_told["phone"], doubled, moment="timestamp")
    assert passed.count() == as_told["accelerometer_trusted"].count()


def test_an_owned_reading_is_one_row(as_told: Lake) -> None:
    found = owned(as_told["steps"], as_told["customers"])
    assert found.where("participant is null").count() == 0
    assert found.count() == found.select("serialnumber", "sensorreadingtime").distinct().count() > 100
