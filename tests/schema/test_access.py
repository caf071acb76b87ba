"""Who may read what on AWS: lists of what is allowed, never wider than declared."""

import pytest

from stedi.aws.jobs import JOBS, RAW, prefixes
from stedi.privacy.access import READERS, Reader
from stedi.privacy.classes import PersonalData
from stedi.tables import TABLES

SCIENCE, OFFICER, AUDITOR = READERS


def columns(reader: Reader, name: str) -> list[str]:
    table = next(table for table in TABLES if table.name == name)
    return reader.columns(name, {column.name: column.personal for column in table.columns})


def test_science_reads_one_table_and_no_identifier() -> None:
    read = {table.name: columns(SCIENCE, table.name) for table in TABLES}
    assert {name for name, held in read.items() if held} == {"machine_learning_curated"}
    assert "bucket" not in read["machine_learning_curated"]


def test_the_officer_reads_no_direct_identifier() -> None:
    for table in TABLES:
        allowed = columns(OFFICER, table.name)
        held = {column.name for column in table.columns if column.personal is PersonalData.DIRECT_IDENTIFIER}
        assert held.isdisjoint(allowed), table.name


@pytest.mark.parametrize("hidden", ["customername", "phone", "birthday", "raw", "path"])
def test_the_auditor_reads_no_name_and_no_raw_line(hidden: str) -> None:
    assert all(hidden not in columns(AUDITOR, table.name) for table in TABLES)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_new_identifier_is_hidden_until_somebody_lists_it(reader: Reader) -> None:
    classes = {"subject_key": PersonalData.PSEUDONYM, "nickname": PersonalData.DIRECT_IDENTIFIER}
    assert "nickname" not in Reader(reader.name, "", {}, reader.classes, reader.identifiers).columns(
        "t", classes
    )


def test_a_listed_column_must_exist() -> None:
    with pytest.raises(KeyError, match="science may read gone of t"):
        Reader("science", "", {"t": ("gone",)}).columns("t", {"x": PersonalData.SENSITIVE})


def test_only_build_and_the_privacy_procedures_hold_the_key_of_pseudonyms() -> None:
    assert {job.name for job in JOBS if "pseudonym" in job.keys} == {"build", "withdraw", "erase"}


def test_an_area_is_a_prefix_that_no_other_begins_with() -> None:
    assert prefixes("consent") == [("trusted", "tables/consent/")]
    assert prefixes(RAW)[0] == ("landing", "customer/")
    with pytest.raises(KeyError):
        prefixes("nowhere")
