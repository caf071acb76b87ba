"""Lakes that a run built: everybody is found where they must be, and nobody where they are not."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from stedi.ground.errors import UsageError
from stedi.lake.config import Lake, create
from stedi.landing import accelerometer, customer, step_trainer
from stedi.prover.people import OwnedDevice, SoughtPerson, traces_of
from stedi.prover.proof import EVERYWHERE, IN_USE, Area, Finding, Proof, prove
from stedi.prover.traces import Kind, Rows, Traces
from stedi.run.run import run
from stedi.schema.table import Table
from stedi.store.local import LocalStore
from stedi.store.rows import rows_of
from stedi.tables import table


def people_in(lake: Lake, name: str, column: str) -> set[str]:
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        return {row[column].casefold() for row in rows_of(store, table(name))}
    finally:
        store.close()


@dataclass(frozen=True)
class Known:
    """A lake, its people, their traces, and one proof of all of them."""

    lake: Lake
    people: list[str]
    traces: list[Traces]
    proof: Proof


@pytest.fixture(scope="module")
def known(built: Lake) -> Known:
    people = sorted(people_in(built, "customer_staged", "participant"))
    traces = traces_of(built, [SoughtPerson(frozenset({person})) for person in people])
    return Known(built, people, traces, prove(built, traces))


def found(proof: Proof, person: int) -> list[Finding]:
    return [f for f in proof.findings if f.person == person and not f.shared]


def test_everybody_is_found_where_they_must_be(known: Known) -> None:
    assert known.proof.failures == ()
    consented = people_in(known.lake, "customer_trusted", "email")
    phones = people_in(known.lake, "accelerometer_staged", "participant")
    assert len(known.people) == 10
    assert 0 < len(consented) < 10
    for number, person in enumerate(known.people):
        mine = found(known.proof, number)
        areas = {f.area for f in mine}
        assert areas >= {Area.LANDED, Area.STAGED, Area.TRUSTED}
        assert (Area.CURATED in areas) == (person in consented and person in phones)
        assert {f.kind for f in mine} >= {Kind.EMAIL, Kind.SERIAL, Kind.NAME, Kind.RECORD}
        assert {f.table for f in mine if f.area is Area.CURATED} <= {
            "customers_curated",
            "machine_learning_curated",
        }


def rows_told(proof: Proof, person: int, kind: Kind, name: str) -> int:
    return sum(f.count for f in found(proof, person) if (f.kind, f.table, f.where) == (kind, name, "data"))


READINGS: list[tuple[Table, Kind]] = [
    (accelerometer.TABLE, Kind.PHONE_READING),
    (step_trainer.TABLE, Kind.STEP_READING),
]


@pytest.mark.parametrize(("staged", "kind"), READINGS, ids=["phone", "steps"])
def test_whole_rows_are_counted(known: Known, staged: Table, kind: Kind) -> None:
    store = LocalStore(known.lake.catalog, known.lake.warehouse)
    owner = staged.participant or ""
    rows = rows_of(store, staged)
    serials = {row["serialnumber"]: row["participant"] for row in rows_of(store, customer.TABLE)}
    store.close()
    told = sum(rows_told(known.proof, number, kind, staged.name) for number in range(len(known.people)))
    owned = sum(row[owner] in known.people or row[owner] in serials for row in rows)
    # Rows that two people share, as at rest, are held against nobody.
    assert 0.9 * owned < told <= owned


def test_who_is_not_there_is_not_found(known: Known) -> None:
    stranger = SoughtPerson(frozenset({"stranger@example.net"}))
    [traces] = traces_of(known.lake, [stranger])
    assert {text.kind for text in traces.texts} == {Kind.EMAIL, Kind.SUBJECT_KEY}
    proof = prove(known.lake, [traces])
    assert proof.clean
    assert proof.findings == ()
    assert proof.files > 50


def test_no_personal_value_is_told(known: Known) -> None:
    told = repr(known.proof.told())
    assert not any(
        text.text in told for traces in known.traces for text in traces.texts if len(text.text) > 3
    )
    assert not any(text.text in repr(known.traces) for traces in known.traces for text in traces.texts)


def test_areas_that_may_still_hold_the_person(known: Known) -> None:
    never = [p for p in known.people if p not in people_in(known.lake, "customer_trusted", "email")]
    chosen = [known.traces[known.people.index(person)] for person in never]
    assert not prove(known.lake, chosen, clean=IN_USE).clean
    proof = prove(known.lake, chosen, clean=IN_USE, allowed=["consent", "devices"])
    assert proof.clean
    assert proof.count(area=Area.STAGED) > 0
    assert {f.table for f in proof.findings if f.area is Area.TRUSTED and not f.shared} == {
        "consent",
        "devices",
    }
    assert EVERYWHERE > IN_USE


def landed(folder: Path, lines: Iterable[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("".join(f"{line}\n" for line in lines))


def test_a_device_that_passed_on_tells_only_of_the_readings_in_between(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake")
    serial = "7d7f2a52-51ba-4f5c-a54c-8f9e0d8b1111"
    at = 1_740_960_000_000
    record = (
        '{{"customerName":"{0}","email":"{1}","phone":"8015551212","birthDay":"1961-02-0{3}",'
        f'"serialNumber":"{serial}","registrationDate":{{2}},"lastUpdateDate":{{2}},'
        '"shareWithResearchAsOfDate":{2}}}'
    )
    people = [("Ana Li", "ana@x.org", at, 1), ("Bo Ek", "bo@x.org", at + 1000, 2)]
    landed(lake.landing / "customer", [record.format(*person) for person in people])
    reading = f'{{{{"sensorReadingTime":{{0}},"serialNumber":"{serial}","distanceFromObject":{{1}}}}}}'
    landed(lake.landing / "step_trainer", [reading.format(at + 100 * n, 200 + n) for n in range(20)])
    at_rest, walking = '"x":0,"y":0,"z":9.8', '"x":1.5,"y":0.1,"z":9'
    told = [("ana@x.org", at_rest), ("bo@x.org", at_rest), ("ana@x.org", walking)]
    landed(
        lake.landing / "accelerometer",
        [f'{{"user":"{user}","timestamp":{at + 2000},{axes}}}' for user, axes in told],
    )
    run(lake, lake.landing, settle_s=0)
    stretch = OwnedDevice(serial, None, at + 1000)
    lone, passed = traces_of(
        lake,
        [
            SoughtPerson(frozenset({"ana@x.org"})),
            SoughtPerson(frozenset({"ana@x.org"}), (stretch,)),
        ],
    )
    assert Kind.STEP_READING not in lone.rows
    assert len(passed.rows[Kind.STEP_READING].hashes) == 10
    # What both phones measured at one moment tells of neither.
    assert len(passed.rows[Kind.PHONE_READING].hashes) == 1
    proof = prove(lake, [passed])
    assert {f.shared for f in proof.findings if f.kind is Kind.SERIAL} == {True}
    assert rows_told(proof, 0, Kind.STEP_READING, "step_trainer_staged") == 10
    # Everybody has the phone number; a birthday of her own tells of her.
    assert {f.shared for f in proof.findings if f.kind is Kind.PHONE} == {True}
    assert proof.count(kind=Kind.PHONE) == 0
    assert proof.count(kind=Kind.BIRTHDAY, area=Area.LANDED) == 1


def test_traces_are_kept_outside_the_lake_and_for_their_owner(known: Known, tmp_path: Path) -> None:
    path = tmp_path / "traces.json"
    known.traces[0].save(path, known.lake.root)
    assert path.stat().st_mode & 0o777 == 0o600
    loaded = Traces.load(path)
    assert loaded.texts == known.traces[0].texts
    assert {k: kept(r) for k, r in loaded.rows.items()} == {
        k: kept(r) for k, r in known.traces[0].rows.items()
    }
    with pytest.raises(UsageError, match="inside the lake"):
        known.traces[0].save(known.lake.scratch / "traces.json", known.lake.root)


def kept(rows: Rows) -> tuple[list[int], list[int]]:
    return rows.hashes.tolist(), rows.times.tolist()


@pytest.mark.long
@pytest.mark.data
def test_twenty_people_of_the_real_data(stedi_data: Path, tmp_path: Path) -> None:
    lake = create(tmp_path / "lake")
    run(lake, stedi_data, settle_s=0)
    chosen = random.Random(3).sample(sorted(people_in(lake, "accelerometer_trusted", "user")), 20)
    traces = traces_of(lake, [SoughtPerson(frozenset({person})) for person in chosen])
    proof = prove(lake, traces, extra=[stedi_data])
    assert proof.failures == ()
    for number in range(20):
        mine = found(proof, number)
        assert {f.area for f in mine} >= {Area.EXTRA, Area.STAGED, Area.TRUSTED, Area.CURATED}
        assert {f.kind for f in mine} >= {Kind.EMAIL, Kind.SERIAL, Kind.NAME, Kind.SUBJECT_KEY, Kind.RECORD}
        assert rows_told(proof, number, Kind.PHONE_READING, "accelerometer_staged") > 0
    assert {f.shared for f in proof.findings if f.kind is Kind.PHONE} == {True}

    others = create(tmp_path / "others")
    theirs = {t.text for one in traces for t in one.texts if t.kind in (Kind.EMAIL, Kind.SERIAL)}
    for source, field in SAYS_WHOSE.items():
        for path in (stedi_data / source).rglob("*.json"):
            lines = (line for line in path.read_text().splitlines() if json.loads(line)[field] not in theirs)
            target = others.landing / path.relative_to(stedi_data)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("".join(f"{line}\n" for line in lines))
    run(others, others.landing, settle_s=0)
    left = prove(others, traces)
    assert left.clean
    assert left.count() == 0


SAYS_WHOSE = {"customer": "email", "accelerometer": "user", "step_trainer": "serialNumber"}
