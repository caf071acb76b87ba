"""What holds for all tables together."""

import inspect

import pytest

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.table import Column, Kind, Table
from stedi.tables import BUILDS, DERIVED, SOURCES, STAGED, TABLES

BY_NAME = {table.name: table for table in TABLES}
COLUMNS = [(table, column) for table in TABLES for column in table.columns]


def test_no_two_tables_share_a_name() -> None:
    assert len(BY_NAME) == len(TABLES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_upstreams_come_first(table: Table) -> None:
    before = TABLES[: TABLES.index(table)]
    assert [upstream.name for upstream in table.upstreams if upstream not in before] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_has_a_class_of_personal_data(table: Table) -> None:
    assert [c.name for c in table.columns if not isinstance(c.personal, PersonalData)] == []


def test_one_name_means_one_thing() -> None:
    # bucket and participant are told of other people in other tables, but are the same kind of value.
    meant: dict[str, set[tuple[object, ...]]] = {}
    for _, column in COLUMNS:
        meant.setdefault(column.name, set()).add((column.type, column.unit, column.personal))
    assert {name: kinds for name, kinds in meant.items() if len(kinds) > 1} == {}


@pytest.mark.parametrize("table", [t for t in DERIVED if t.name in BUILDS], ids=lambda table: table.name)
def test_the_arguments_of_build_are_the_upstreams(table: Table) -> None:
    parameters = inspect.signature(BUILDS[table.name]).parameters.values()
    frames = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert frames == [upstream.name for upstream in table.upstreams]


def test_a_personal_table_says_whose_row_it_is() -> None:
    personal = (PersonalData.SENSITIVE, PersonalData.PROOF_OF_CONSENT, PersonalData.PSEUDONYM)
    unowned = {
        table.name
        for table in TABLES
        if table.participant is None and any(c.personal in personal for c in table.columns)
    }
    assert unowned == set()


def test_only_landed_files_are_external() -> None:
    assert [t for t in TABLES if t.kind is Kind.EXTERNAL] == [source.landed for source in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_staged_table_has_the_landed_columns_and_where_they_came_from(source: object) -> None:
    landed, staged = source.landed, source.staged  # type: ignore[attr-defined]
    assert staged.names[: len(landed.names)] == landed.names
    assert [name for name in staged.key if name != "_item"] == ["_file_sha256", "_line"]
    assert staged in STAGED


CURATED = [(t, c) for t, c in COLUMNS if t.zone is Zone.CURATED]


@pytest.mark.parametrize("table, column", CURATED, ids=lambda each: each.name)
def test_no_absolute_time_is_curated(table: Table, column: Column) -> None:
    assert table.moment is None
    assert not column.name.endswith(("_at", "_on", "_from", "_until", "date", "time", "timestamp"))
