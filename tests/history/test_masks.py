"""The masks of a query cannot be lifted, foreseen, or tried against a list of addresses."""

import itertools
import re
from typing import Any

import pytest

from stedi.asking.query import query
from stedi.asking.reader import reading
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake

ADDRESS = "person1@example.org"


def asked(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    with reading(lake) as reader:
        return list(query(reader, sql).rows)


def test_equal_values_have_equal_tokens_within_a_query_alone(grown: Lake) -> None:
    both = "customer_staged c join accelerometer_staged a on a.user = c.email"
    sql = f"select distinct c.email, a.user from {both}"
    once, again = asked(grown, sql), asked(grown, sql)
    assert len(once) == 4
    assert all(re.fullmatch("masked:[0-9a-f]{12}", email) and email == user for email, user in once)
    assert not {email for email, _ in once} & {email for email, _ in again}


MASK = "(select function_name from duckdb_functions() where function_name like 'mask_%' limit 1)"
"""A query can read the name of its own mask, which no later query has."""


@pytest.mark.parametrize(
    "sql",
    [
        f"select email from customer_staged where email = '{ADDRESS}'",
        f"select email from customer_staged where email like '%{ADDRESS[3:]}'",
        f"select c.email from customer_staged c join (values ('{ADDRESS}')) v(a) on c.email = v.a",
        f"select email from customer_staged where md5(email) = md5('{ADDRESS}')",
        f"select email from customer_staged where hash(email) = hash('{ADDRESS}')",
        f"select email from customer_staged where contains(email, '{ADDRESS[:7]}')",
        f"select email from customer_staged where strlen(email) = {len(ADDRESS)} and email[1] != 'm'",
    ],
)
def test_an_address_cannot_be_tried(grown: Lake, sql: str) -> None:
    with pytest.raises(UsageError, match="is masked") as refused:
        asked(grown, sql)
    assert ADDRESS not in str(refused.value)


@pytest.mark.parametrize(
    "sql",
    [
        # The mask under every name that it ever had, or might be guessed to have.
        *(
            f"select {name}('{ADDRESS}'), email from customer_staged"
            for name in ("mask", "_mask", "masked", "mask_")
        ),
        f"select * from query('select ' || {MASK} || '(''{ADDRESS}'')')",
        f"select * from query(concat('select ', {MASK}, '(email) from customer_staged'))",
        f"select list_aggregate(['{ADDRESS}'], {MASK})",
        f"select list_transform(['{ADDRESS}'], {MASK})",
        f"select {MASK}('{ADDRESS}')",
        f"execute {MASK}('{ADDRESS}')",
        "select * from duckdb_views()",
        "select sql from duckdb_views()",
        "select view_definition from information_schema.views",
        "select * from information_schema.tables",
        "select * from pg_catalog.pg_views",
        "select * from sqlite_master",
        "select * from pragma_show('customer_staged')",
        "select * from query('select 1')",
        "select * from query_table('customer_staged')",
        "show tables",
        "show all tables",
        "describe customer_staged",
        "summarize customer_staged",
        "explain select email from customer_staged",
        "set enable_external_access = true",
        "pragma show_tables",
        "call duckdb_functions()",
    ],
)
def test_the_mask_and_the_unmasked_rows_cannot_be_found(grown: Lake, sql: str) -> None:
    with pytest.raises(UsageError) as refused:
        told = asked(grown, sql)
        # What is answered all the same must tell neither.
        assert not re.search("mask_[0-9a-f]|_[0-9a-f]{32}|example.org", str(told)), told
        raise UsageError("answered without telling")
    assert not re.search("mask_[0-9a-f]|_[0-9a-f]{32}|example.org", str(refused.value).replace(ADDRESS, ""))


def test_the_names_of_two_queries_differ(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    names: list[list[str]] = []
    execute = duckdb.DuckDBPyConnection.execute

    def heard(connection: Any, sql: str, *more: Any) -> Any:
        names[-1] += re.findall('mask_[0-9a-f]{32}|"_[0-9a-f]{32}"', sql)
        return execute(connection, sql, *more)

    class Heard:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        def execute(self, sql: str, *more: Any) -> Any:
            return heard(self._connection, sql, *more)

    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda: Heard(connect()))
    for _ in range(3):
        names.append([])
        asked(grown, "select email from customer_staged")
    assert all(found for found in names)
    for one, other in itertools.combinations(names, 2):
        assert not set(one) & set(other)


def test_a_query_cannot_tell_the_look_from_the_run(grown: Lake) -> None:
    """Whatever tables the names are looked up for, the run reads those and no other."""
    locked = "current_setting('lock_configuration')"
    sql = f"select case when {locked} then (select count(*) from customer_staged) end"
    assert asked(grown, sql) == [(4,)]
    with pytest.raises(UsageError):
        asked(
            grown, f"select * from query_table(case when {locked} then 'customer_staged' else 'releases' end)"
        )
