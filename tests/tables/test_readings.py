"""accelerometer_trusted and step_trainer_trusted: given rows, expected rows."""

from typing import Any

from stedi.landing import accelerometer as phone_staged
from stedi.landing import step_trainer as steps_staged
from stedi.privacy.consent import State
from stedi.trusted import accelerometer, consent, devices, phone_readings, step_trainer
from tables.given import Rows, built_one, frame, rows_of

ANA, BEN = "ana@example.org", "ben@example.org"
A, B = (f"50f7b4f3-7af5-4b07-a421-{number:012d}" for number in (1, 2))


def given(spark: Any, **readings_from: int | None) -> Any:
    rows = (
        {"participant": f"{who}@example.org", "person": f"{who}@example.org", "start_at": start,
         "state": "GIVEN" if start else "NEVER", "readings_from": start, "person_bucket": 5}
        for who, start in readings_from.items()
    )  # fmt: skip
    return frame(spark, consent.TABLE, rows)


def phone(spark: Any, rows: Rows) -> Any:
    return frame(spark, phone_staged.TABLE, rows)


def phone_of(readings: Any, consents: Any) -> Rows:
    """The trusted ones among some staged readings."""
    frames = {phone_staged.TABLE.name: readings, consent.TABLE.name: consents}
    return rows_of(built_one(accelerometer.TABLE, frames))


def reading(at: int, who: str = ANA, **more: Any) -> dict[str, Any]:
    return {"user": who.upper(), "participant": who, "timestamp": at, "x": 1.0, "y": 0.0, "z": 9.8, **more}


def test_a_phone_reading_keeps_its_columns(spark: Any) -> None:
    row = reading(20, bucket=3)
    found = phone_of(phone(spark, [row]), given(spark, ana=10))
    expected = row | {"person": ANA, "bucket": 5}
    assert found == [{name: expected[name] for name in accelerometer.TABLE.names}]


def test_a_phone_reading_stands_for_the_person_of_its_address(spark: Any) -> None:
    linked = given(spark, ana=10).unionByName(
        frame(spark, consent.TABLE, [
            {"participant": BEN, "person": ANA, "state": "GIVEN", "readings_from": 10, "person_bucket": 5}
        ])
    )  # fmt: skip
    found = phone_of(phone(spark, [reading(20, BEN), reading(9, BEN)]), linked)
    assert [(row["user"], row["person"], row["bucket"]) for row in found] == [(BEN.upper(), ANA, 5)]


def test_readings_of_one_instant_all_stay(spark: Any) -> None:
    rows = [reading(20, x=1.0), reading(20, x=2.0), reading(20, y=3.0)]
    found = phone_of(phone(spark, rows), given(spark, ana=20))
    assert sorted((row["x"], row["y"]) for row in found) == [(1.0, 0.0), (1.0, 3.0), (2.0, 0.0)]


def test_a_start_is_of_its_person_alone(spark: Any) -> None:
    rows = [reading(at, who) for who in (ANA, BEN) for at in (9, 10, 29, 30)]
    found = phone_of(phone(spark, rows), given(spark, ana=10, ben=30))
    assert sorted((row["person"], row["timestamp"]) for row in found) == [
        (ANA, 10), (ANA, 29), (ANA, 30), (BEN, 30),
    ]  # fmt: skip


def test_no_other_state_lets_a_reading_through(spark: Any) -> None:
    others = [state for state in State if state is not State.GIVEN]
    rows = [
        {"participant": state, "person": state, "state": state, "start_at": 1, "readings_from": 1}
        for state in others
    ]
    readings = phone(spark, [reading(20, state) for state in others])
    assert phone_of(readings, frame(spark, consent.TABLE, rows)) == []


def steps_of(spark: Any, readings: Rows, stretches: Rows, consents: Any, with_phone: tuple[str, ...]) -> Rows:
    people = ({"person": who, "reading_count": 1} for who in with_phone)
    frames = {
        steps_staged.TABLE.name: frame(spark, steps_staged.TABLE, readings),
        devices.TABLE.name: frame(spark, devices.TABLE, stretches),
        consent.TABLE.name: consents,
        phone_readings.TABLE.name: frame(spark, phone_readings.TABLE, people),
    }
    return rows_of(built_one(step_trainer.TABLE, frames))


def step(at: int, serial: str = A, distance: float = 200.0) -> dict[str, Any]:
    return {"serialnumber": serial, "sensorreadingtime": at, "distancefromobject": distance, "bucket": 9}


def owned(who: str, serial: str, begin: int = 0, end: int | None = None) -> dict[str, Any]:
    return {"person": who, "serialnumber": serial, "owned_from": begin, "owned_until": end,
            "standing": "owned", "bucket": 7}  # fmt: skip


def test_a_step_reading_gets_its_owner_and_the_owners_bucket(spark: Any) -> None:
    found = steps_of(spark, [step(20)], [owned(ANA, A)], given(spark, ana=10), (ANA,))
    expected = step(20) | {"person": ANA, "bucket": 5}
    assert found == [{name: expected[name] for name in step_trainer.TABLE.names}]


def test_step_readings_of_one_instant_all_stay(spark: Any) -> None:
    readings = [step(20), step(20, distance=100.0), step(20, distance=300.0)]
    found = steps_of(spark, readings, [owned(ANA, A)], given(spark, ana=10), (ANA, ANA))
    assert sorted(row["distancefromobject"] for row in found) == [100.0, 200.0, 300.0]


def test_consent_is_asked_of_the_owner(spark: Any) -> None:
    readings = [step(at, serial) for serial in (A, B) for at in (9, 10, 29, 30)]
    stretches = [owned(ANA, A), owned(BEN, B)]
    found = steps_of(spark, readings, stretches, given(spark, ana=10, ben=30), (ANA, BEN))
    assert sorted((row["person"], row["sensorreadingtime"]) for row in found) == [
        (ANA, 10), (ANA, 29), (ANA, 30), (BEN, 30),
    ]  # fmt: skip


def test_without_phone_readings_no_step_reading_passes(spark: Any) -> None:
    stretches = [owned(ANA, A), owned(BEN, B)]
    readings, consents = [step(20), step(20, B)], given(spark, ana=10, ben=10)
    assert [row["person"] for row in steps_of(spark, readings, stretches, consents, (BEN,))] == [BEN]
    assert steps_of(spark, readings, stretches, consents, ()) == []


def test_a_reading_is_its_owners_of_that_time(spark: Any) -> None:
    stretches = [
        owned(ANA, A, 0, 20),
        owned(ANA, A, 20, 30) | {"standing": "handover", "person": None},
        owned(BEN, A, 30, 40),
        owned(BEN, A, 50) | {"standing": "ambiguous", "person": None},
    ]
    readings = [step(at) for at in (19, 20, 29, 30, 39, 40, 49, 50, 60)]
    found = steps_of(spark, readings, stretches, given(spark, ana=10, ben=10), (ANA, BEN))
    assert sorted((row["sensorreadingtime"], row["person"]) for row in found) == [
        (19, ANA), (30, BEN), (39, BEN),
    ]  # fmt: skip
