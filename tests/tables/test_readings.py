"""accelerometer_trusted and step_trainer_trusted: given rows, expected rows."""

from typing import Any

from stedi.landing import accelerometer as phone_staged
from stedi.landing import customer
from stedi.landing import step_trainer as steps_staged
from stedi.privacy.consent import State
from stedi.trusted import accelerometer, consent, step_trainer
from tables.given import Rows, frame, rows_of

ANA, BEN = "ana@example.org", "ben@example.org"
A, B = (f"50f7b4f3-7af5-4b07-a421-{number:012d}" for number in (1, 2))


def given(spark: Any, **readings_from: int | None) -> Any:
    rows = (
        {"participant": f"{who}@example.org", "state": "GIVEN" if start else "NEVER", "start_at": start,
         "readings_from": start} for who, start in readings_from.items()
    )  # fmt: skip
    return frame(spark, consent.TABLE, rows)


def phone(spark: Any, rows: Rows) -> Any:
    return frame(spark, phone_staged.TABLE, rows)


def reading(at: int, who: str = ANA, **more: Any) -> dict[str, Any]:
    return {"user": who.upper(), "participant": who, "timestamp": at, "x": 1.0, "y": 0.0, "z": 9.8, **more}


def test_a_phone_reading_keeps_its_columns(spark: Any) -> None:
    row = reading(20, bucket=3)
    found = rows_of(accelerometer.build(phone(spark, [row]), given(spark, ana=10)))
    assert found == [{name: row[name] for name in accelerometer.TABLE.names}]


def test_readings_of_one_instant_all_stay(spark: Any) -> None:
    rows = [reading(20, x=1.0), reading(20, x=2.0), reading(20, y=3.0)]
    found = rows_of(accelerometer.build(phone(spark, rows), given(spark, ana=20)))
    assert sorted((row["x"], row["y"]) for row in found) == [(1.0, 0.0), (1.0, 3.0), (2.0, 0.0)]


def test_a_start_is_of_its_person_alone(spark: Any) -> None:
    rows = [reading(at, who) for who in (ANA, BEN) for at in (9, 10, 29, 30)]
    found = rows_of(accelerometer.build(phone(spark, rows), given(spark, ana=10, ben=30)))
    assert sorted((row["participant"], row["timestamp"]) for row in found) == [
        (ANA, 10), (ANA, 29), (ANA, 30), (BEN, 30),
    ]  # fmt: skip


def test_no_other_state_lets_a_reading_through(spark: Any) -> None:
    others = [state for state in State if state is not State.GIVEN]
    rows = [{"participant": state, "state": state, "start_at": 1, "readings_from": 1} for state in others]
    readings = phone(spark, [reading(20, state) for state in others])
    assert rows_of(accelerometer.build(readings, frame(spark, consent.TABLE, rows))) == []


def steps_of(spark: Any, readings: Rows, records: Rows, consents: Any, with_phone: tuple[str, ...]) -> Rows:
    made = step_trainer.build(
        frame(spark, steps_staged.TABLE, readings),
        frame(spark, customer.TABLE, records),
        consents,
        frame(spark, accelerometer.TABLE, (reading(50, who) for who in with_phone)),
    )
    return rows_of(made)


def step(at: int, serial: str = A, distance: float = 200.0) -> dict[str, Any]:
    return {"serialnumber": serial, "sensorreadingtime": at, "distancefromobject": distance, "bucket": 9}


def record(who: str, serial: str, **more: Any) -> dict[str, Any]:
    return {"participant": who, "serialnumber": serial, "effective_at": 1, **more}


def test_a_step_reading_gets_its_owner_and_the_owners_bucket(spark: Any) -> None:
    found = steps_of(spark, [step(20)], [record(ANA, A, bucket=5)], given(spark, ana=10), (ANA,))
    expected = step(20) | {"participant": ANA, "bucket": 5}
    assert found == [{name: expected[name] for name in step_trainer.TABLE.names}]


def test_step_readings_of_one_instant_all_stay(spark: Any) -> None:
    readings = [step(20), step(20, distance=100.0), step(20, distance=300.0)]
    found = steps_of(spark, readings, [record(ANA, A)] * 2, given(spark, ana=10), (ANA, ANA))
    assert sorted(row["distancefromobject"] for row in found) == [100.0, 200.0, 300.0]


def test_consent_is_asked_of_the_owner(spark: Any) -> None:
    readings = [step(at, serial) for serial in (A, B) for at in (9, 10, 29, 30)]
    records = [record(ANA, A), record(BEN, B)]
    found = steps_of(spark, readings, records, given(spark, ana=10, ben=30), (ANA, BEN))
    assert sorted((row["participant"], row["sensorreadingtime"]) for row in found) == [
        (ANA, 10), (ANA, 29), (ANA, 30), (BEN, 30),
    ]  # fmt: skip


def test_without_phone_readings_no_step_reading_passes(spark: Any) -> None:
    records = [record(ANA, A), record(BEN, B)]
    readings, consents = [step(20), step(20, B)], given(spark, ana=10, ben=10)
    assert [row["participant"] for row in steps_of(spark, readings, records, consents, (BEN,))] == [BEN]
    assert steps_of(spark, readings, records, consents, ()) == []
