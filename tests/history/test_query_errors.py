"""What a query is told when it cannot be answered names no value, and no word of the engine is a column."""

import re
from typing import Any

import pytest

from stedi.asking.query import query
from stedi.asking.reader import reading
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake

VALUES = re.compile(r"example\.org|196[1-4]-01-01|P [1-4]|[0-9]{9}|masked:|mark_")


def asked(lake: Lake, sql: str, reveal: str | None = None) -> list[tuple[Any, ...]]:
    with reading(lake) as reader:
        return list(query(reader, sql, reveal=reveal).rows)


def refused(lake: Lake, sql: str, reveal: str | None = None) -> str:
    with pytest.raises(UsageError) as told:
        asked(lake, sql, reveal)
    assert not VALUES.search(str(told.value)), told.value
    return str(told.value)


@pytest.mark.parametrize("reveal", [None, "a test"])
@pytest.mark.parametrize(
    "sql",
    [
        "select error(email) from customer_trusted",
        "select error(email || 'x') from customer_trusted",
        "select email::int from customer_trusted",
        "select email::date from customer_trusted",
        "select (birthday || 'x')::date from customer_trusted",
        "select regexp_matches('a', '(' || email) from customer_trusted",
        "select strptime(email, '%Y') from customer_trusted",
        "select printf('%d', email) from customer_trusted",
        "select format(email || '{', 1) from customer_trusted",
        "select json(email) from customer_trusted",
        "select (email || '[')::int[] from customer_trusted",
        "select email::uuid from customer_trusted",
        "select from_hex(email) from customer_trusted",
        "select if(x > 0, error(user), '') from accelerometer_trusted",
    ],
)
def test_no_error_names_a_value(grown: Lake, sql: str, reveal: str | None) -> None:
    refused(grown, sql, reveal)


@pytest.mark.parametrize(
    "word",
    ["user", "current_user", "session_user", "current_role", "current_schema", "current_catalog",
     "current_database()", "user()", "current_user()", "version()", "current_query()", "USER"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["customer_trusted", "machine_learning_curated"])
def test_a_word_of_the_engine_is_no_column(grown: Lake, word: str, name: str) -> None:
    for sql in (
        f"select {word} from {name}",
        f"select count(*) from {name} where {word} = 'duckdb'",
        f"select x from (select {word} as x from {name})",
    ):
        assert "has a column" in refused(grown, sql)


def test_a_column_that_is_called_so_is_a_column(grown: Lake) -> None:
    assert len(asked(grown, "select distinct user from accelerometer_trusted")) == 4
    assert asked(grown, "select count(user) from accelerometer_trusted") == [(90,)]
    assert len(asked(grown, "select distinct current_date from accelerometer_trusted")) == 1


@pytest.mark.parametrize("sql", ["select ?", "select email from customer_trusted where email = $1"])
def test_a_query_has_no_parameters(grown: Lake, sql: str) -> None:
    assert "no parameters" in refused(grown, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select upper(columns(lambda c: random() < 0.5)) from customer_trusted",
        "select * from query('select email from customer_trusted'), customer_trusted",
        "select upper(email) from query_table('customer_trusted')",
        "select struct_extract({'a': email, 'b': 'x'}, case typeof(email) when 'VARCHAR' then 'a' "
        "else 'b' end) from customer_trusted",
    ],
)
def test_a_query_cannot_be_another_when_it_is_looked_at(grown: Lake, sql: str) -> None:
    refused(grown, sql)
