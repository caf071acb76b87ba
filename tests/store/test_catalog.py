"""The catalog of tables on this machine, beside PyIceberg's own for the same file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException

from stedi.landing import releases
from stedi.schema.arrow import arrow_schema
from stedi.store.catalog import SqliteCatalog
from stedi.store.local import LocalStore
from stedi.store.rows import append_rows
from stedi.store.store import NAMESPACE

TABLE = releases.TABLE
NAME = f"{NAMESPACE}.{TABLE.name}"


def row(number: int) -> dict[str, object]:
    return {"number": number}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    found = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    found.create([TABLE])
    yield found
    found.close()


@pytest.fixture
def theirs(store: LocalStore, tmp_path: Path) -> Iterator[SqlCatalog]:
    found = SqlCatalog(NAMESPACE, uri=f"sqlite:///{tmp_path / 'catalog.db'}", warehouse=f"file://{tmp_path}")
    yield found
    found.close()


def appended(store: LocalStore, number: int) -> None:
    append_rows(store, TABLE, [row(number)], str(number))


def test_pyiceberg_s_own_catalog_reads_and_continues_it(store: LocalStore, theirs: SqlCatalog) -> None:
    appended(store, 1)
    assert theirs.list_tables(NAMESPACE) == [(NAMESPACE, TABLE.name)]
    assert theirs.namespace_exists(NAMESPACE)
    table = theirs.load_table(NAME)
    assert table.scan().to_arrow()["number"].to_pylist() == [1]
    table.append(pa.Table.from_pylist([row(2)], schema=arrow_schema(TABLE)))
    assert len(store.snapshots(TABLE)) == 2
    appended(store, 3)
    assert sorted(theirs.load_table(NAME).scan().to_arrow()["number"].to_pylist()) == [1, 2, 3]
    assert store.rows(TABLE) == 3


def test_a_catalog_that_pyiceberg_began_is_continued(tmp_path: Path) -> None:
    theirs = SqlCatalog(NAMESPACE, uri=f"sqlite:///{tmp_path / 'catalog.db'}", warehouse=f"file://{tmp_path}")
    theirs.create_namespace(NAMESPACE)
    theirs.close()
    store = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    store.create([TABLE])
    appended(store, 1)
    assert store.rows(TABLE) == 1
    store.close()


def test_who_reads_does_not_wait_for_who_writes(store: LocalStore, tmp_path: Path) -> None:
    appended(store, 1)
    writing = sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)
    writing.execute("begin immediate")
    reader = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    assert reader.rows(TABLE) == 1
    reader.close()
    writing.close()


def test_many_who_commit_at_once_each_add_their_row(store: LocalStore, tmp_path: Path) -> None:
    at_once = Barrier(4)

    def add(first: int) -> None:
        mine = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
        at_once.wait()
        for number in range(first, first + 5):
            appended(mine, number)
        mine.close()

    writers = [Thread(target=add, args=(100 * each,)) for each in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.rows(TABLE) == 20
    assert len(store.snapshots(TABLE)) == 20


def test_who_was_overtaken_while_committing_is_told_and_changes_nothing(
    store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LocalStore(tmp_path / "catalog.db", tmp_path / "tables")
    write = SqliteCatalog._write_metadata
    overtakes = iter([True])

    def overtaken(*given: object) -> None:
        if next(overtakes, False):
            appended(other, 1)
        write(*given)  # type: ignore[arg-type]

    table = store._catalog.load_table(TABLE.name)
    monkeypatch.setattr(SqliteCatalog, "_write_metadata", staticmethod(overtaken))
    with pytest.raises(CommitFailedException, match="somebody else"):
        table.transaction().set_properties({"a": "b"}).commit_transaction()
    assert "a" not in store._load(TABLE).properties
    assert store.rows(TABLE) == 1
    other.close()
