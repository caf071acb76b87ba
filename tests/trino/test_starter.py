"""Every statement for Athena on Trino, over the starter data, with the answers that DuckDB gives."""

from pathlib import Path

import pytest
from registering import land, register
from serving import Trino, TrinoError

from athena_known import MUST_BE_0, STARTER, not_0, told
from athena_sql import Statement, cookbook, named_queries
from stedi.asking.reader import reading
from stedi.lake.config import create
from stedi.run.run import run

pytestmark = pytest.mark.data

NAMED = {statement.name: statement for statement in named_queries()}
A_DAY_AGO = "(current_timestamp - interval '1' day)"
A_MOMENT_AGO = "(current_timestamp - interval '1' second)"
SNAPSHOT = "1234567890"


@pytest.fixture(scope="module")
def starter(trino: Trino, stedi_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Trino:
    """The server, with the starter data's tables."""
    folder = tmp_path_factory.mktemp("starter")
    lake = create(folder / "lake")
    run(lake, stedi_data, settle_s=0)
    with reading(lake) as reader:
        register(trino, folder, reader)
    land(trino, trino.metastore, stedi_data)
    return trino


def asked(trino: Trino, statement: Statement) -> list[dict[str, object]]:
    """Run a statement as it stands, but for what a young lake has not: a day of history."""
    sql = statement.sql.replace(A_DAY_AGO, A_MOMENT_AGO)
    if SNAPSHOT in sql:
        (row,) = trino.ask('select max(snapshot_id) as newest from "consent$snapshots"')
        sql = sql.replace(SNAPSHOT, str(row["newest"]))
    return trino.ask(sql, *["0"] * statement.takes)


@pytest.mark.parametrize("name", STARTER)
def test_the_starter_data(starter: Trino, name: str) -> None:
    columns, rows = STARTER[name]
    found = asked(starter, NAMED[name])
    assert told(found, columns) == rows
    if name in MUST_BE_0:
        assert not_0(found, MUST_BE_0[name]) == []


@pytest.mark.parametrize("name", sorted(MUST_BE_0.keys() - STARTER.keys()))
def test_what_must_be_0(starter: Trino, name: str) -> None:
    rows = asked(starter, NAMED[name])
    assert rows
    assert not_0(rows, MUST_BE_0[name]) == []


@pytest.mark.parametrize("name", ["freshness", "small_files", "snapshots", "as_of"])
def test_the_others_answer(starter: Trino, name: str) -> None:
    assert asked(starter, NAMED[name])


@pytest.mark.parametrize("statement", cookbook(), ids=lambda s: s.name)
def test_the_cookbook(starter: Trino, statement: Statement) -> None:
    asked(starter, statement)


def test_an_earlier_time_is_refused_where_there_was_nothing(starter: Trino) -> None:
    with pytest.raises(TrinoError, match="No version history table"):
        starter.ask(NAMED["as_of"].sql)


def test_a_table_that_was_never_written_has_no_files_to_tell_of(starter: Trino) -> None:
    with pytest.raises(TrinoError, match="null"):
        starter.ask('select count(*) from "requests$files"')
