"""Files of tables of a row a person: those of people who did nothing stay as they are."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contents import contents
from stedi.asking.reader import store_with_releases
from stedi.building import sensing
from stedi.building.build import Files
from stedi.building.changes import EVERYTHING
from stedi.building.run_context import Run
from stedi.building.selecting import Whose, named_parts
from stedi.building.small import FILES_OF_A_BUCKET, _Bucket, _changed
from stedi.curated import customers as customers_curated
from stedi.engine.session import engine_when_asked, start
from stedi.ground.errors import PrivacyGateError
from stedi.lake.config import Lake, create
from stedi.landing import customer
from stedi.privacy.passing import PASSED, Decided
from stedi.run.records_about import records_about
from stedi.run.run import run
from stedi.schema.arrow import arrow_schema
from stedi.store.data_files import DataFile
from stedi.tables import DERIVED
from stedi.trusted import consent, phone_readings
from stedi.trusted.device_evidence import plainly_owned

AT = 1_700_000_000_000
DAY_MS = 86_400_000
COUNTED = (phone_readings.TABLE, customers_curated.TABLE)


def record(n: int, *, consents: bool = True, device: int | None = None) -> dict[str, Any]:
    told = {
        "customerName": f"Person {n}", "email": f"person{n}@example.org", "phone": "8015551212",
        "birthDay": f"19{n % 50 + 40}-01-01", "serialNumber": serial(n if device is None else device),
        "registrationDate": AT - DAY_MS + n, "lastUpdateDate": AT - DAY_MS + n,
    }  # fmt: skip
    return {**told, "shareWithResearchAsOfDate": AT - DAY_MS + n} if consents else told


def serial(n: int) -> str:
    return f"50f7b4f3-7af5-4b07-a421-{n:012d}"


def land(lake: Lake, source: str, name: str, lines: list[dict[str, Any]]) -> None:
    folder = lake.landing / source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text("".join(json.dumps(line) + "\n" for line in lines))


def phone(n: int, at: int) -> dict[str, Any]:
    return {"user": f"person{n}@example.org", "timestamp": at, "x": 0.1, "y": 0.25, "z": 9.75}


def held(lake: Lake) -> dict[str, dict[str, int]]:
    """Rows by file, of the tables that count."""
    with store_with_releases(lake) as (store, _):
        return {each.name: {f.path.name: f.rows for f in store.files(each)} for each in COUNTED}


def test_people_who_send_nothing_are_not_written_again(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=1)
    land(lake, "customer", "a", [record(n) for n in range(300)])
    land(lake, "accelerometer", "first", [phone(n, AT + n) for n in range(300)])
    run(lake, clock=lambda: AT + DAY_MS)
    for day in (2, 4):
        before = held(lake)
        land(lake, "accelerometer", f"day-{day}", [phone(n, AT + day * DAY_MS) for n in range(280, 300)])
        run(lake, clock=lambda: AT + 5 * DAY_MS)
    after = held(lake)
    for each in COUNTED:
        # From the second day on they lie in a file of their own.
        assert sorted(before[each.name].values()) == sorted(after[each.name].values()) == [20, 280]
        (stays,) = before[each.name].keys() & after[each.name].keys()
        assert after[each.name][stays] == 280, each.name
    updated = contents(lake)
    run(lake, full=True, clock=lambda: AT + 5 * DAY_MS)
    assert contents(lake) == updated


def test_an_update_brings_every_derived_table_up_to_date(tmp_path: Path) -> None:
    """A table that `building.incremental.update` does not name would go stale, whoever withdraws."""
    lake = create(tmp_path / "lake", buckets=1)
    for n in (0, 1):
        land(lake, "customer", f"{n}", [record(n)])
        land(lake, "accelerometer", f"{n}", [phone(n, AT + n)])
        steps = [{"sensorReadingTime": AT + n, "serialNumber": serial(n), "distanceFromObject": 200}]
        land(lake, "step_trainer", f"{n}", steps)
        report = run(lake, clock=lambda: AT + DAY_MS)
    assert not report.causes & EVERYTHING
    assert {built.table.name for built in report.built} == {table.name for table in DERIVED}


def counts(people: list[int]) -> pa.Table:
    rows = [{"person": f"{n:05}", "reading_count": 1, "bucket": 0} for n in sorted(people)]
    return pa.Table.from_pylist(rows, arrow_schema(phone_readings.TABLE))


def data_file(path: Path, people: list[int]) -> DataFile:
    pq.write_table(counts(people), path)
    return DataFile(path, 0, len(people))


def test_a_large_file_waits_for_others_of_its_size(tmp_path: Path) -> None:
    large = data_file(tmp_path / "large.parquet", list(range(1000)))
    files = [large]
    for day in range(100):
        someone = 1000 + day
        fresh = data_file(tmp_path / f"{day}.parquet", [someone])
        names = [tmp_path / f"{day}-{n}.parquet" for n in range(len(files) + 1)]
        done = _changed(
            phone_readings.TABLE,
            Whose({"person": named_parts([(f"{someone:05}", 0)], None)}),
            _Bucket(files, [fresh], names),
        )
        files = list(done.held)
        assert len(files) <= FILES_OF_A_BUCKET
        assert large in files, f"written again on day {day}"
        assert (done.added, done.removed) == (1, 0)
    rows = pa.concat_tables([pq.read_table(file.path) for file in files]).sort_by("person")
    assert rows.equals(counts(list(range(1100))))
    assert sum(file.rows for file in files) == 1100


def test_a_run_of_a_day_is_still_proven_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate asks for the records of the people of that day alone, and finds who did not consent."""
    lake = create(tmp_path / "lake", buckets=2)
    land(lake, "customer", "a", [record(0), record(1, consents=False), record(2)])
    land(lake, "accelerometer", "first", [phone(n, AT + n) for n in (0, 2)])
    run(lake, clock=lambda: AT + DAY_MS)
    decided = sensing.decided

    def everybody(*asked: Any) -> Decided:
        found = decided(*asked)
        return Decided(found.outcome * 0 + PASSED, found.term)

    monkeypatch.setattr(sensing, "decided", everybody)
    land(lake, "accelerometer", "second", [phone(n, AT + 2 * DAY_MS) for n in (0, 1)])
    with pytest.raises(PrivacyGateError) as refused:
        run(lake, clock=lambda: AT + 3 * DAY_MS)
    assert refused.value.rows == 2  # The reading, and the count of it.


def test_records_about_some_people_are_of_all_who_name_their_devices(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=2)
    shared = [record(0, device=7), record(1, device=7), record(2), record(3, device=8), record(3, device=7)]
    land(lake, "customer", "a", shared)
    land(lake, "accelerometer", "first", [phone(n, AT + n) for n in range(4)])
    run(lake, clock=lambda: AT + DAY_MS)
    rows = [
        {"person": "person0@example.org", "serialnumber": serial(7), "sensorreadingtime": AT, "bucket": 0}
    ]
    path = tmp_path / "looked-at.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    with store_with_releases(lake) as (store, _), engine_when_asked() as session:
        start(session)
        lake.scratch.mkdir(parents=True)
        this = Run(lake, store, session, "test", AT, b"", b"")
        files = Files(this, {each.name: store.files(each) for each in (customer.TABLE, consent.TABLE)})
        records, told = records_about(this, files, [DataFile(path, 0, 1)])
        everything = plainly_owned(files.frame(customer.TABLE), files.frame(consent.TABLE))
        people = {row["person"] for row in told.collect()}
        asked = f"_serialnumber = '{serial(7)}'"
        spans = sorted(map(tuple, plainly_owned(records, told).where(asked).collect()), key=str)
        expected = sorted(map(tuple, everything.where(asked).collect()), key=str)
    assert people == {f"person{n}@example.org" for n in (0, 1, 3)}
    assert spans == expected
