"""Envelopes in a lake: every reading is accounted for, and one that also landed as a line is one row."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from balance import unbalanced
from cases import put
from line_cases import SERIAL, T0_MS, customer, phone, step
from stedi.asking.checking import check
from stedi.asking.query import query
from stedi.asking.reader import reading
from stedi.erasure.procedure import carry_out
from stedi.ground.errors import LakeVersionError
from stedi.lake.config import Lake
from stedi.landing import accelerometer, landed_files, quarantine, step_trainer
from stedi.run.run import run
from stedi.schema.table import Table
from stedi.staging.ledger import LedgerEntry
from stedi.store.local import LocalStore
from stedi.store.rows import rows_of
from stedi.store.store import NAMESPACE
from stedi.upkeep.maintenance import maintain

DEVICE = SERIAL % 1
USER = "person1@example.org"
# Not the names of other tests: columns are called `person` too.
CUSTOMERS = b"".join(customer(n, customerName=f'"Uma Vogel {n}"') + b"\n" for n in (1, 2, 3))


def reading_of(line: bytes) -> bytes:
    """A good line as a reading of an envelope."""
    told = json.loads(line)
    told.pop("serialNumber", None)
    told.pop("user", None)
    return json.dumps(told).encode()


def envelope(head: str, *readings: bytes) -> bytes:
    return b'{%s,"readings":[%s]}' % (head.encode(), b",".join(readings))


def steps(*numbers: int) -> list[bytes]:
    return [reading_of(step(1, number)) for number in numbers]


OF_DEVICE, OF_USER = f'"serialNumber":"{DEVICE}"', f'"user":"{USER}"'
OTHER = b'{"serialNumber":"%s","sensorReadingTime":%d,"distanceFromObject":1}' % (
    (SERIAL % 2).encode(),
    T0_MS,
)
SPOILT = [
    b'{"sensorReadingTime":%d,"distanceFromObject":NaN}' % T0_MS, b"5", b"null", OTHER, b'{"readings":[]}',
    b'{"sensorReadingTime":5,"distanceFromObject":1}', b'{"distanceFromObject":1,"distanceFromObject":1}',
]  # fmt: skip


def land(landing: Path) -> None:
    put(landing, "customer/good.json", CUSTOMERS)
    put(landing, "accelerometer/plain.json", b"".join(phone(1, n) for n in range(4)))
    readings = [reading_of(phone(1, n)) for n in range(2, 7)]
    put(landing, "accelerometer/envelope.json", envelope(OF_USER, *readings, readings[0]) + b"\n")
    put(landing, "step_trainer/plain.json", b"".join(step(1, n) for n in range(3)))
    members = [envelope(OF_DEVICE, *steps(2, 3, 4)) + b"\n", b"\n" + envelope(OF_DEVICE, *SPOILT, *steps(5))]
    firehose = "step_trainer/dt=2022-06-18/hh=15/stedi-1-2022-06-18-15-00-00"
    put(landing, f"{firehose}.gz", b"".join(gzip.compress(member) for member in members))
    glued = envelope(OF_DEVICE, *steps(6)) + envelope(OF_DEVICE, *steps(7))
    put(landing, f"{firehose}-glued.gz", gzip.compress(glued))
    put(landing, "step_trainer/empty.json", envelope(OF_DEVICE) + b"\n" + step(1, 0))
    # Where they do not belong, envelopes are known for what they are.
    put(landing, "accelerometer/astray.json", envelope(OF_DEVICE, *steps(8)))
    put(landing, "customer/astray.json", envelope(OF_DEVICE, *steps(9)))


def told(entries: list[LedgerEntry]) -> dict[str, tuple[int, ...]]:
    """Of each file its lines, plain ones, envelopes, readings; accepted, refused, duplicate, blank."""
    return {
        f"{e.source[:1]}/{Path(e.path).name}": (
            e.lines,
            e.plain,
            e.envelopes,
            e.readings,
            e.accepted,
            e.quarantined,
            e.duplicate,
            e.blank,
        )
        for e in entries
        if e.verdict == "read"
    }


def test_every_reading_is_accounted_for(lake: Lake, tmp_path: Path) -> None:
    land(tmp_path / "in")
    report = run(lake, tmp_path / "in", settle_s=0)
    files = told(report.stage.entries)
    assert files["s/stedi-1-2022-06-18-15-00-00.gz"] == (
        3,
        1,
        2,
        11,
        4 - duplicates(files),
        6,
        duplicates(files),
        2,
    )
    assert files["s/stedi-1-2022-06-18-15-00-00-glued.gz"] == (1, 1, 0, 0, 0, 1, 0, 0)
    assert files["s/empty.json"][:4] == (2, 1, 1, 0)
    assert [e.reason for e in report.stage.entries if Path(e.path).name == "astray.json"] == [
        "WRONG_SOURCE"
    ] * 2
    # Each reading is one row, however it landed: 0 to 5 of the steps, 0 to 6 of the phone's.
    assert report.release.rows["step_trainer_staged"] == 6
    assert report.release.rows["accelerometer_staged"] == 7
    assert sum(file[6] for name, file in files.items()) == 2 + 3
    with reading(lake) as reader:
        refused = rows_of(reader.store, quarantine.TABLE)
        answer = query(reader, "select count(*), count(sensorreadingtime) from step_trainer_landing")
        once = f"sensorreadingtime > {T0_MS + 1_000_002} order by 1, 2"
        places = query(reader, f"select _line, _item from step_trainer_staged where {once}").rows
        identity = query(reader, "select count(distinct serialnumber) from step_trainer_landing")
    assert Counter((row["_line"], row["_item"], row["reason"]) for row in refused) == Counter(
        [(1, None, "BAD_JSON"), (3, 1, "BAD_NUMBER"), (3, 2, "NOT_AN_OBJECT"), (3, 4, "OTHER_IDENTITY"),
         (3, 5, "BAD_ENVELOPE"), (3, 6, "BAD_INSTANT"), (3, 7, "DUPLICATE_KEY")]
    )  # fmt: skip
    assert {row["raw"] for row in refused if row["_item"]} == {*SPOILT} - {b"null"}
    assert {row["envelope_of"] for row in refused} == {DEVICE, None}
    # Those that landed once, beside others that landed twice: each is told by its place.
    assert places == ((1, 2), (1, 3), (3, 8))
    # Read leniently: readings and lines, then a blank line, a glued one and an empty envelope.
    assert answer.rows == ((3 + 3 + 8 + 1 + 3, 3 + 3 + 4 + 1),)
    assert identity.rows == ((2,),)
    assert unbalanced(lake) == []
    assert check(lake).checks > 10
    assert not run(lake, tmp_path / "in", settle_s=0).changed


def duplicates(files: dict[str, tuple[int, ...]]) -> int:
    """Which of two files keeps a row that both hold follows from their hashes."""
    return files["s/stedi-1-2022-06-18-15-00-00.gz"][6]


NEW: dict[Table, list[str]] = {
    accelerometer.TABLE: ["_item"],
    step_trainer.TABLE: ["_item"],
    quarantine.TABLE: ["_item", "envelope_of"],
    landed_files.TABLE: ["plain", "envelopes", "readings", "replayed_at", "replays"],
}
"""The columns that lakes of the version before did not have."""


def as_of_the_version_before(lake: Lake) -> None:
    """Take from a lake the columns that it would not have, from its tables and from their files."""
    store = LocalStore(lake.catalog, lake.warehouse)
    for table, columns in NEW.items():
        for file in store.files(table):
            pq.write_table(pq.ParquetFile(file.path).read().drop_columns(columns), file.path)
        with store._catalog.load_table(f"{NAMESPACE}.{table.name}").update_schema() as update:
            for column in columns:
                update.delete_column(column)
    store.close()


def columns_of(lake: Lake, table: Table) -> list[str]:
    store = LocalStore(lake.catalog, lake.warehouse)
    names: list[str] = store._catalog.load_table(f"{NAMESPACE}.{table.name}").schema().column_names
    store.close()
    return names


def test_a_lake_of_the_version_before_is_brought_up_to_date(lake: Lake) -> None:
    put(lake.landing, "customer/good.json", CUSTOMERS)
    put(lake.landing, "accelerometer/plain.json", b"".join(phone(1, n) for n in range(4)) + b"bad\n")
    put(lake.landing, "step_trainer/plain.json", b"".join(step(1, n) for n in range(3)))
    run(lake)
    as_of_the_version_before(lake)
    with reading(lake) as reader:  # Nothing is written by looking.
        assert query(reader, "select count(*), count(_item) from accelerometer_staged").rows == ((4, 0),)
        assert reader.ledger().entries[0].balances
    assert unbalanced(lake) == []
    assert "_item" not in columns_of(lake, step_trainer.TABLE)

    put(
        lake.landing,
        "accelerometer/new.json",
        envelope(OF_USER, *(reading_of(phone(1, n)) for n in (3, 4, 5)), b"5"),
    )
    put(lake.landing, "step_trainer/new.json", envelope(OF_DEVICE, *steps(2, 3)))
    report = run(lake)
    assert report.release.rows["accelerometer_staged"] == 6
    assert {table.name: columns_of(lake, table) for table in NEW} == {t.name: t.names for t in NEW}
    with reading(lake) as reader:
        answer = query(reader, "select _line, _item from accelerometer_staged order by all")
        assert query(reader, "select count(*), count(envelope_of) from quarantine").rows == ((2, 1),)
    assert sorted(answer.rows, key=str) == [(1, 2), (1, 3), (1, None), (2, None), (3, None), (4, None)]
    assert unbalanced(lake) == []
    assert not run(lake).changed
    maintain(lake, keep=1)
    assert carry_out(lake, "erase", USER).certificate is not None
    assert unbalanced(lake) == []
    assert check(lake).checks > 10


def test_a_lake_that_differs_in_more_is_refused(lake: Lake, tmp_path: Path) -> None:
    put(tmp_path, "in/step_trainer/plain.json", step(1, 1))
    run(lake, tmp_path / "in", settle_s=0)
    store = LocalStore(lake.catalog, lake.warehouse)
    with store._catalog.load_table(f"{NAMESPACE}.step_trainer_staged").update_schema() as update:
        update.rename_column("serialnumber", "serial")
    store.close()
    with pytest.raises(LakeVersionError) as refused:
        run(lake, tmp_path / "in", settle_s=0)
    assert "`serialnumber` is missing, and may not be null" in str(refused.value)
    assert "`serial` is declared no more" in str(refused.value)
