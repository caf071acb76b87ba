"""Tables of the Glue catalog, emulated: files come and leave whole, and concurrent writers lose nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stedi.ground.errors import FilesGoneError, TableChangedError
from stedi.schema.arrow import arrow_schema
from stedi.store.data_files import DataFile, described
from stedi.store.glue import GlueStore
from stedi.store.rows import append_rows, rows_of
from stedi.store.snapshots import change_of, differing, marked_commit
from stedi.tables import table

TABLE, LEDGER = table("accelerometer_trusted"), table("requests")
CATALOG = "store_catalog"
WRITERS = 8


def opened(spark: Any, folder: Path) -> GlueStore:
    return GlueStore(spark, CATALOG, lambda zone: folder / zone.value)


@pytest.fixture
def store(spark: Any, glue: Any, tmp_path: Path) -> Iterator[GlueStore]:
    glue.forget_tables()
    glue.known_to(spark, CATALOG)
    found = opened(spark, tmp_path)
    found.create([TABLE, LEDGER])
    yield found
    found.close()


def file(store: GlueStore, bucket: int, *moments: int, batch: str = "b") -> DataFile:
    known = {"user": "one@example.com", "person": "one@example.com", "x": 1.0, "y": 2.0, "z": 3.0}
    rows = [{**known, "timestamp": moment, "bucket": bucket} for moment in moments]
    path = store.new_file(TABLE, batch)
    pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(TABLE)), path, compression="zstd")
    return described(path, bucket, TABLE)


def test_files_come_and_leave(spark: Any, store: GlueStore) -> None:
    assert store.holds(TABLE) and store.snapshot_id(TABLE) is None and store.files(TABLE) == []
    one, two = file(store, 1, 1000, 2000), file(store, 2, 5000)
    first = store.append(TABLE, [one, two], {"stedi.batch": "b"})
    assert store.files(TABLE) == sorted([one, two], key=lambda each: each.path)
    assert store.files(TABLE, within=(3000, 9000)) == [two]
    assert store.rows(TABLE) == 3
    assert store.append(TABLE, [], {}) == first
    three = file(store, 1, 7000)
    second = store.replace(TABLE, [three], {"stedi.mark": "m"}, leaving=[one])
    assert {each.path for each in store.files(TABLE)} == {two.path, three.path}
    assert store.files(TABLE, snapshot=first) == sorted([one, two], key=lambda each: each.path)
    assert change_of(store, TABLE, first, second or 0).removed == 2
    told = marked_commit(store, TABLE, first, "stedi.mark")
    assert told is not None and told.mark == "m"
    assert [group.buckets for group in differing(store, TABLE, first, second)] == [{1}]
    assert store.hold(TABLE, [two, three], {}) == second, "it holds them already"
    assert store.hold(TABLE, [three], {}) != second
    assert spark.table(f"{CATALOG}.stedi.{TABLE.name}").where("bucket = 1 and timestamp > 6000").count() == 1


def test_a_file_that_left_already_cannot_leave_again(store: GlueStore) -> None:
    one, two = file(store, 1, 1000), file(store, 1, 2000)
    store.append(TABLE, [one], {})
    store.hold(TABLE, [two], {})
    with pytest.raises(TableChangedError):
        store.replace(TABLE, [], {}, leaving=[one])
    assert store.files(TABLE) == [two]


def test_what_came_meanwhile_is_not_replaced(spark: Any, store: GlueStore, tmp_path: Path) -> None:
    """The other writer appends between the look at the table and the commit."""
    other = opened(spark, tmp_path)
    one = file(store, 1, 1000)
    store.append(TABLE, [one], {})
    late = file(other, 2, 3000)
    entries = store._java.entries

    def while_others_write(*given: Any) -> Any:
        other.append(TABLE, [late], {})
        return entries(*given)

    store._java.entries = while_others_write  # type: ignore[method-assign]
    with pytest.raises(TableChangedError):
        store.hold(TABLE, [file(store, 1, 2000)], {})
    assert {each.path for each in other.files(TABLE)} == {one.path, late.path}


def test_older_snapshots_and_their_files_go(store: GlueStore) -> None:
    kept = [file(store, 1, 1000)]
    for number in range(3):
        store.append(TABLE, kept[-1:], {"n": str(number)})
        kept.append(file(store, 1, 2000 + number))
    store._load(TABLE).manageSnapshots().createTag("t", store.snapshot_id(TABLE)).commit()
    snapshots = [each.id for each in store.snapshots(TABLE)]
    assert store.expire(TABLE, keep=snapshots[1:2]) == 1
    assert [each.id for each in store.snapshots(TABLE)] == snapshots[1:]
    assert dict(store._load(TABLE).refs()).keys() == {"main"}
    assert store.expire(TABLE) == 1
    store.forget_metadata(TABLE)
    assert store.sweep(TABLE) > 0
    there = {p for p in store.folder(TABLE).rglob("*") if p.is_file()}
    assert there == store.reached(TABLE)
    assert store.rows(TABLE) == 3
    kept[0].path.unlink()
    with pytest.raises(FilesGoneError):
        store.require_there(TABLE, store.files(TABLE))


def test_small_tables_are_read_row_by_row(store: GlueStore) -> None:
    row = {"request": "r", "kind": "withdraw", "requested_at": 1, "about": "email", "hash": "0" * 64}
    append_rows(store, LEDGER, [row], "b")
    assert [told["request"] for told in rows_of(store, LEDGER)] == ["r"]


def written_at_once(spark: Any, store: GlueStore) -> list[Exception | None]:
    """What came of one commit each by writers who all begin at the same moment, each with its own store."""
    stores = [opened(spark, store.folder(TABLE).parents[1]) for _ in range(WRITERS)]
    files = [file(each, number, 1000 + number) for number, each in enumerate(stores)]
    ready = Barrier(WRITERS)

    def write(number: int) -> Exception | None:
        own = stores[number]
        own._load(TABLE)
        ready.wait()
        try:
            own.append(TABLE, [files[number]], {})
        except Exception as error:
            return error
        return None

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(write, range(WRITERS)))


def test_of_eight_writers_at_once_none_loses_its_rows(spark: Any, store: GlueStore) -> None:
    assert written_at_once(spark, store) == [None] * WRITERS
    assert store.rows(TABLE) == WRITERS
    assert spark.table(f"{CATALOG}.stedi.{TABLE.name}").count() == WRITERS


def test_without_trying_again_writers_are_refused(spark: Any, store: GlueStore) -> None:
    """So the emulator does tell of conflicts, and the test before means something."""
    store._load(TABLE).updateProperties().set("commit.retry.num-retries", "0").commit()
    refused = [error for error in written_at_once(spark, store) if error is not None]
    assert refused and all(isinstance(error, TableChangedError) for error in refused)
    assert store.rows(TABLE) == WRITERS - len(refused)
