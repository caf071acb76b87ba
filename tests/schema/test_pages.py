"""The pages of tables and the privacy register, as their readers see them."""

import re

import pytest

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import INT, LONG, REAL, TEXT
from stedi.schema.pages import index, page, readers
from stedi.schema.register import register
from stedi.schema.table import Column, Kind, Table
from stedi.tables import TABLES

RAW = Table(
    Zone.LANDING,
    "raw",
    "One row per line.",
    (
        Column("who", TEXT, "Whose | it is.", PersonalData.DIRECT_IDENTIFIER, pattern="a|b"),
        Column("at", LONG, "When.", PersonalData.QUASI_IDENTIFIER, "ms", required=True, minimum=1),
        Column("note", TEXT, "What was said.", PersonalData.DIRECT_IDENTIFIER, why="Nobody | knows."),
    ),
    moment="at",
    kind=Kind.EXTERNAL,
)
READINGS = Table(
    Zone.TRUSTED,
    "readings",
    "One row per reading.",
    (
        Column("who", TEXT, "Whose it is.", PersonalData.DIRECT_IDENTIFIER, required=True),
        Column("x", REAL, "How much.", PersonalData.SENSITIVE, "m/s2", minimum=-1, maximum=10_000),
        Column("bucket", INT, "Its bucket.", PersonalData.OPERATIONAL, "1", maximum=16),
    ),
    participant="who",
    upstreams=(RAW,),
    key=("who", "bucket"),
    partition="bucket",
    sort=("who",),
    cautions=(Caution.TIME_IS_NO_KEY,),
)


def test_a_page_tells_all_that_is_declared() -> None:
    assert page(READINGS, (RAW, READINGS)).split("\n", 2)[2] == (
        "# readings\n"
        "\n"
        "One row per reading.\n"
        "\n"
        "|  |  |\n"
        "| --- | --- |\n"
        "| zone | trusted |\n"
        "| kept as | Iceberg |\n"
        "| whose row it is | `who` |\n"
        "| no two rows share | `who`, `bucket` |\n"
        "| split into files by | `bucket` |\n"
        "| sorted in a file by | `who` |\n"
        "| built from | [raw](raw.md) |\n"
        "| who may see it | the gate and maintenance jobs |\n"
        "\n"
        "## Columns\n"
        "\n"
        "| column | type | unit | class | holds | meaning |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| `who` | string |  | D, masked |  | Whose it is. |\n"
        "| `x` | double | m/s2 | S | null too, -1 to 10,000 | How much. |\n"
        "| `bucket` | int | 1 | O | null too, 16 or less | Its bucket. |\n"
        "\n"
        "Classes: D direct identifier, S sensitive, O operational.\n"
        "\n"
        "## Cautions\n"
        "\n"
        f"- {Caution.TIME_IS_NO_KEY.value}\n"
    )


def test_a_page_of_landed_files() -> None:
    told = page(RAW, (RAW, READINGS))
    assert "| kept as | the landed files themselves, JSON lines |\n" in told
    assert "| feeds | [readings](readings.md) |\n" in told
    assert "| `who` | string |  | D, masked | null too, `a\\|b` | Whose \\| it is. |\n" in told
    assert "| `at` | bigint | ms | Q | 1 or more | When. |\n" in told
    assert "## Cautions" not in told


def test_the_register_has_every_personal_column_of_every_table() -> None:
    rows = re.findall(r"^\| (\w+) \| \[(\w+)\]\(tables/\w+\.md\) \| `(\w+)` \|", register(TABLES), re.M)
    personal = [
        (table.zone.value, table.name, column.name)
        for table in TABLES
        for column in table.columns
        if column.personal is not PersonalData.OPERATIONAL
    ]
    assert sorted(rows) == sorted(personal)


def test_the_register_tells_class_reach_and_reason() -> None:
    told = register((READINGS, RAW))
    assert (
        "| D | direct identifier | trusted | yes | 3 |\n| Q | quasi identifier | trusted | no | 1 |\n" in told
    )
    chapter = told[told.index("## D: direct") : told.index("## Q: quasi")]
    assert "No further than the trusted zone; masked." in chapter
    untold = "**No purpose is declared; it is kept as received.**"
    assert chapter.splitlines()[4:] == [
        "| zone | table | column | what it is | why it is held |",
        "| --- | --- | --- | --- | --- |",
        f"| landing | [raw](tables/raw.md) | `who` | Whose \\| it is. | {untold} |",
        "| landing | [raw](tables/raw.md) | `note` | What was said. | Nobody \\| knows. |",
        f"| trusted | [readings](tables/readings.md) | `who` | Whose it is. | {untold} |",
        "",
    ]
    assert "| `at` | When. | Tells when, so that it can be compared with consent. |" in told
    assert "## K: pseudonym\n" in told and "not masked.\n\nNo column.\n" in told
    assert "bucket" not in told


def test_every_personal_class_has_a_chapter() -> None:
    chapters = re.findall(r"^## (\w): ", register(TABLES), re.M)
    assert sorted(chapters) == sorted(p.value for p in PersonalData if p is not PersonalData.OPERATIONAL)


MAY_SEE = {
    "customer_landing": "the gate and maintenance jobs; a data engineer only by a logged break-glass",
    "quarantine": "the gate and maintenance jobs; a data engineer only by a logged break-glass",
    "releases": "the privacy officer and data engineers, for no row is about a person",
    "consent": "the gate and maintenance jobs; the privacy officer, as proof of consent",
    "customer_trusted": "the gate and maintenance jobs",
    "accelerometer_trusted": "the gate and maintenance jobs",
    "machine_learning_curated": "data scientists, to train and judge the detector",
    "customers_curated": "jobs that report on groups of 10 people or more",
}


@pytest.mark.parametrize("name, told", MAY_SEE.items())
def test_who_may_see_a_table(name: str, told: str) -> None:
    (table,) = (table for table in TABLES if table.name == name)
    assert readers(table) == told


def test_the_index_links_every_page() -> None:
    assert re.findall(r"\]\((\w+)\.md\)", index(TABLES)) == [table.name for table in TABLES]
