"""Every statement for Athena parses in its dialect and names only what is declared."""

import pytest
import sqlglot

from athena_sql import COOKBOOK, Statement, checked, cookbook, named_queries

STATEMENTS = [*named_queries(), *cookbook()]
RESERVED = ("user", "timestamp")


def test_there_are_some() -> None:
    assert len(named_queries()) >= 20
    assert len(cookbook()) >= 10


@pytest.mark.parametrize("dialect", ["athena", "trino"])
@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_it_is_one_select(statement: Statement, dialect: str) -> None:
    (tree,) = sqlglot.parse(statement.sql, dialect=dialect)
    assert isinstance(tree, sqlglot.exp.Query)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_its_names_are_declared(statement: Statement) -> None:
    checked(statement)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda s: s.name)
def test_names_that_are_words_of_sql_are_quoted(statement: Statement) -> None:
    bare = [
        name.name
        for name in statement.parsed.find_all(sqlglot.exp.Identifier)
        if name.name.lower() in RESERVED and not name.quoted
    ]
    assert bare == []


@pytest.mark.parametrize("statement", named_queries(), ids=lambda s: s.name)
def test_a_named_query_says_what_it_answers_and_what_is_expected(statement: Statement) -> None:
    first, second = statement.sql.splitlines()[:2]
    assert first.startswith("-- Answers: ") and first.endswith("?")
    assert second.startswith("-- Expected: ")


@pytest.mark.parametrize(
    "sql",
    [
        "select sensorReadingtimes from step_trainer_trusted",
        'select "timestamp" from step_trainer_trusted',
        "select person from machine_learning_curated",
        "select t.email from accelerometer_trusted t",
        "select count(*) from accelerometer",
        'select size from "consent$files"',
    ],
)
def test_what_is_not_declared_is_noticed(sql: str) -> None:
    with pytest.raises(sqlglot.errors.OptimizeError):
        checked(Statement("wrong", sql))


@pytest.mark.parametrize("statement", named_queries(), ids=lambda s: s.name)
def test_the_cookbook_tells_of_every_named_query(statement: Statement) -> None:
    assert f"infra/queries/{statement.name}.sql" in COOKBOOK.read_text()
