"""On random histories every verdict is that of a second, plain telling of the rules."""

import os
from collections import Counter
from typing import Any

import pytest

from privacy.compared import Compared, Expected, counted, lake
from privacy.histories import NOW, random_histories
from stedi.building.sensing import PHONE, STEPS
from stedi.ground.zones import Zone
from stedi.privacy.buckets import bucket_of
from stedi.privacy.window import Window
from stedi.schema.checks import check
from stedi.schema.table import Table
from stedi.tables import DERIVED
from stedi.trusted import accelerometer as accelerometer_trusted
from stedi.trusted import consent as consents
from stedi.trusted import customer as customer_trusted
from stedi.trusted import devices, phone_readings
from stedi.trusted import step_trainer as step_trainer_trusted
from stedi.trusted.device_evidence import of_strange_devices, plainly_owned
from stedi.trusted.dispositions import of_customers
from stedi.trusted.evidence import not_linked, proven, without_consent
from tables.given import BUCKETS, SUPPRESSION_KEY, built_one, dispositions_of


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((Window.FROM_CONSENT, 1, 800), id="from_consent"),
        pytest.param((Window.WHOLE_HISTORY, 2, 300), id="whole_history"),
        pytest.param((Window.FROM_CONSENT, 3, 10_000), id="from_consent_long", marks=pytest.mark.long),
        pytest.param((Window.WHOLE_HISTORY, 4, 3_000), id="whole_history_long", marks=pytest.mark.long),
    ],
)
def compared(spark: Any, request: pytest.FixtureRequest) -> Compared:
    window, seed, many = request.param
    many = min(many, int(os.environ.get("STEDI_HISTORIES", many)))
    histories = random_histories(seed, many)
    return Compared(histories, window, lake(spark, histories, window), Expected.of(histories, window))


def test_histories_hold_every_verdict(compared: Compared) -> None:
    # Else the comparisons below compare little.
    found = Counter(told for *_, told in compared.expected.steps.elements())
    known = {"erased", "held", "no_owner", "ambiguous", "handover", "withdrawn", "not_consented",
             "before_start", "no_accelerometer", "passed"}  # fmt: skip
    assert set(found) == known - ({"before_start"} if compared.window is Window.WHOLE_HISTORY else set())
    assert min(found.values()) > len(compared.histories) // 100
    states = Counter(state for _, _, state, _, _ in compared.expected.consent.elements())
    assert set(states) == {"NEVER", "SCHEDULED", "GIVEN", "WITHDRAWN", "HOLD", "UNREADABLE", "ERASED"}
    assert min(states.values()) > len(compared.histories) // 100
    linked = [who for who, person, *_ in compared.expected.consent if who != person]
    assert len(linked) > len(compared.histories) // 10


def test_state_of_every_address(compared: Compared) -> None:
    told = ("participant", "person", "state", "start_at", "erased_at")
    assert counted(compared.found["consent"], *told) == compared.expected.consent


def test_readings_pass_from_the_start_of_who_agreed(compared: Compared) -> None:
    for row in compared.found["consent"].toArrow().to_pylist():
        whole = 0 if row["erased_at"] is None else row["erased_at"] + 1
        start = row["start_at"] if compared.window is Window.FROM_CONSENT else whole
        assert row["readings_from"] == (start if row["state"] == "GIVEN" else None)
        assert row["bucket"] == bucket_of(row["participant"], BUCKETS)
        assert row["person_bucket"] == bucket_of(row["person"], BUCKETS)


def test_what_became_of_every_phone_reading(compared: Compared) -> None:
    found = compared.found
    told = dispositions_of(PHONE, found)
    assert counted(told, "user", "timestamp", "disposition") == compared.expected.phone
    passed = Counter({row[:2]: n for row, n in compared.expected.phone.items() if row[2] == "passed"})
    assert counted(found["accelerometer_trusted"], "user", "timestamp") == passed


def test_what_became_of_every_step_reading(compared: Compared) -> None:
    found = compared.found
    told = dispositions_of(STEPS, found)
    assert counted(told, "serialnumber", "sensorreadingtime", "disposition") == compared.expected.steps
    passed = Counter({
        (*row[:2], compared.expected.owners[row[:2]]): n
        for row, n in compared.expected.steps.items() if row[2] == "passed"
    })  # fmt: skip
    trusted = found["step_trainer_trusted"]
    assert counted(trusted, "serialnumber", "sensorreadingtime", "person") == passed


def test_what_became_of_every_customer_record(compared: Compared) -> None:
    told = of_customers(compared.found["customer_staged"], compared.found["consent"])
    assert dict(counted(told, "disposition", "rows")) == dict.fromkeys(
        (+compared.expected.customers).items(), 1
    )


def test_customers_that_pass(compared: Compared) -> None:
    given = {(person,) for _, person, state, *_ in compared.expected.consent if state == "GIVEN"}
    assert counted(compared.found["customer_trusted"], "person") == Counter(given)


def test_phone_readings_are_counted_by_person(compared: Compared) -> None:
    found = compared.found
    of_each = Counter(person for (person,) in counted(found["accelerometer_trusted"], "person").elements())
    assert counted(found["phone_readings"], "person", "reading_count") == Counter(of_each.items())


def test_stretches_never_overlap(compared: Compared) -> None:
    until: dict[str, int | None] = {}
    rows = compared.found["devices"].toArrow().to_pylist()
    for row in sorted(rows, key=lambda row: (row["serialnumber"], row["owned_from"])):
        before = until.get(row["serialnumber"], 0)
        assert before is not None
        assert row["owned_from"] >= before
        until[row["serialnumber"]] = row["owned_until"]
        assert row["owned_until"] is None or row["owned_until"] > row["owned_from"]
        assert (row["person"] is not None) == (row["standing"] == "owned")
        assert row["bucket"] == bucket_of(row["serialnumber"], BUCKETS)


def test_shuffled_and_told_twice_nothing_changes(spark: Any, compared: Compared) -> None:
    again = lake(spark, compared.histories, compared.window, shuffled=True)
    for table in DERIVED:
        if table.zone is Zone.TRUSTED:
            assert counted(again[table.name], *table.names) == counted(
                compared.found[table.name], *table.names
            )


TRUSTED = (
    customer_trusted.TABLE, accelerometer_trusted.TABLE, phone_readings.TABLE, step_trainer_trusted.TABLE
)  # fmt: skip


@pytest.mark.parametrize("table", TRUSTED, ids=lambda table: table.name)
def test_the_gate_finds_nothing_to_stop(compared: Compared, table: Table) -> None:
    found = compared.found
    decided_by = (found[name] for name in ("customer_staged", "consent", "requests"))
    proof = proven(*decided_by, as_of_ms=NOW, suppression_key=SUPPRESSION_KEY).toArrow()
    rows = found[table.name].toArrow()
    assert without_consent(rows, table, proof, window=compared.window) == 0
    if table == step_trainer_trusted.TABLE:
        spans = plainly_owned(found["customer_staged"], found["consent"]).toArrow()
        assert of_strange_devices(rows, spans) == 0
        assert not_linked(found["customer_staged"], found["consent"]).count() == 0


@pytest.mark.parametrize("table", (consents.TABLE, devices.TABLE), ids=lambda table: table.name)
def test_tables_are_as_declared(compared: Compared, table: Table) -> None:
    assert check(compared.found[table.name], table, buckets=BUCKETS).faults == ()


def test_a_doubled_consent_doubles_no_reading(compared: Compared) -> None:
    doubled = compared.found["consent"].unionByName(compared.found["consent"])
    passed = built_one(PHONE.trusted, {**compared.found, "consent": doubled})
    assert passed.count() == compared.found["accelerometer_trusted"].count()
