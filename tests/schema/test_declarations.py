"""What is refused at import: one line a fault."""

from dataclasses import replace
from typing import Any

import pytest

from stedi.ground.errors import DeclarationError
from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import BOOLEAN, INT, LONG, REAL, TEXT
from stedi.schema.table import LONGEST_MEANING, Column, Form, Kind, Table

WHO = Column("who", TEXT, "Whose it is.", PersonalData.DIRECT_IDENTIFIER)
AT = Column("at", LONG, "When it was.", PersonalData.QUASI_IDENTIFIER, "ms")
X = Column("x", REAL, "How much.", PersonalData.SENSITIVE, "m/s2")
BUCKET = Column("bucket", INT, "Its bucket.", PersonalData.OPERATIONAL, "1")
UPSTREAM = Table(Zone.LANDING, "before", "One row per line.", (WHO, BUCKET), partition="bucket")
UNSPLIT = Table(Zone.LANDING, "unsplit", "One row per line.", (WHO,))
LATER = Table(Zone.CURATED, "after", "One row per line.", (X,))
GOOD = Table(
    Zone.TRUSTED,
    "readings",
    "One row per reading.",
    (WHO, AT, X, BUCKET),
    participant="who",
    moment="at",
    upstreams=(UPSTREAM,),
    key=("who", "at"),
    partition="bucket",
    sort=("who", "at"),
    by_bucket=(UPSTREAM,),
    cautions=(Caution.TIME_IS_NO_KEY,),
)

COLUMNS = {
    "name in capitals": (replace(X, name="X", field="X"), "`X` is not a name in lower case"),
    "name with a space": (replace(X, name="a b"), "`a b` is not a name in lower case"),
    "empty name": (replace(X, name=""), "`` is not a name in lower case"),
    "field of another name": (replace(X, field="Y"), "`x` differs from its field in more than case"),
    "no sentence": (replace(X, meaning="how much"), "`x` has a meaning that is not a sentence"),
    "two lines": (replace(X, meaning="How\nmuch."), "`x` has a meaning that is not a sentence on one line"),
    "long meaning": (replace(X, meaning="a" * LONGEST_MEANING + "."), "`x` has a meaning of more than 230"),
    "number without a unit": (replace(X, unit=None), "`x` is a number without a unit"),
    "count without a unit": (replace(X, type=LONG, unit=""), "`x` is a number without a unit"),
    "unit without a number": (replace(X, type=TEXT), "`x` has a unit but is no number"),
    "unit against its suffix": (
        replace(X, name="x_ms", unit="s"),
        "`x_ms` ends in the unit ms but declares s",
    ),
    "range of a text": (replace(WHO, minimum=0), "`who` has a range but is no number"),
    "range upside down": (replace(X, minimum=2, maximum=1), "`x` has a minimum above its maximum"),
    "form of another type": (replace(X, form=Form.INSTANT), "`x` cannot have the form instant"),
    "form of another unit": (replace(AT, unit="s", form=Form.START), "it is bigint in s"),
    "pattern of a number": (replace(X, pattern="a"), "`x` has a pattern but is no text"),
    "pattern that does not compile": (replace(WHO, pattern="("), "`who` has a pattern that does not compile"),
    "lookahead": (replace(WHO, pattern="a(?=b)"), "`who` has a pattern that not every engine reads alike"),
    "back reference": (replace(WHO, pattern=r"(a)\1"), "a pattern that not every engine reads alike"),
    "possessive": (replace(WHO, pattern=r"a++"), "a pattern that not every engine reads alike"),
    "unclassed": (replace(X, personal=None), "`x` has no class of personal data"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("column, told", COLUMNS.values(), ids=COLUMNS)
def test_a_wrong_column_is_refused(column: Column, told: str) -> None:
    with pytest.raises(DeclarationError) as error:
        Table(Zone.TRUSTED, "readings", "One row per reading.", (column,))
    assert told in str(error.value)
    assert len(error.value.faults) == 1


TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "no grain": ({"meaning": "Readings."}, 'the meaning does not begin with the grain, "One row per …"'),
    "no sentence": ({"meaning": "One row per reading"}, "it has a meaning that is not a sentence"),
    "name in capitals": ({"name": "Readings"}, "its name is not one in lower case"),
    "doubled column": ({"columns": (*GOOD.columns, X)}, "`x` is declared twice"),
    "participant elsewhere": ({"participant": "user"}, "the participant `user` is no column"),
    "participant who is nobody": ({"participant": "x"}, "the participant `x` identifies nobody"),
    "moment elsewhere": ({"moment": "then"}, "the moment `then` is no column"),
    "moment that is none": ({"moment": "x"}, "the moment `x` is not a bigint in ms"),
    "moment in seconds": (
        {"columns": (WHO, replace(AT, unit="s"), BUCKET)},
        "the moment `at` is not a bigint in ms",
    ),
    "key elsewhere": ({"key": ("who", "line")}, "the key `line` is no column"),
    "key named twice": ({"key": ("who", "who")}, "the key names `who` twice"),
    "key that is a double": ({"key": ("x",)}, "the key `x` is a double, which equals nothing reliably"),
    "sort elsewhere": ({"sort": ("line",)}, "the sort `line` is no column"),
    "partition elsewhere": ({"partition": "day"}, "the partition `day` is no column"),
    "partition by person": ({"partition": "who"}, "the partition `who` is not an operational int"),
    "partition of a person": (
        {"columns": (WHO, AT, replace(BUCKET, personal=PersonalData.QUASI_IDENTIFIER))},
        "the partition `bucket` is not an operational int",
    ),
    "upstream of a later zone": (
        {"upstreams": (UPSTREAM, LATER)},
        "the upstream after is of the later zone curated",
    ),
    "by bucket without buckets": (
        {"upstreams": (UPSTREAM, UNSPLIT), "by_bucket": (UNSPLIT,)},
        "unsplit cannot be taken by bucket: no partitioned upstream",
    ),
    "by bucket of no upstream": ({"upstreams": ()}, "before cannot be taken by bucket"),
    "caution of one's own": ({"cautions": ("Beware.",)}, "a caution is not from the one list"),
    "external in trusted": (
        {"kind": Kind.EXTERNAL, "partition": None},
        "only the landing zone has external tables",
    ),
}


@pytest.mark.parametrize("values, told", TABLES.values(), ids=TABLES)
def test_a_wrong_table_is_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(DeclarationError) as error:
        replace(GOOD, **values)
    assert any(told in fault for fault in error.value.faults)
    assert len(error.value.faults) == 1


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(DeclarationError, match="it has no column"):
        Table(Zone.LANDING, "nothing", "One row per nothing.", ())


def test_an_external_table_has_no_partition() -> None:
    with pytest.raises(DeclarationError, match="nothing in a path supplies a column"):
        replace(UPSTREAM, kind=Kind.EXTERNAL)


LAST = {
    "DIRECT_IDENTIFIER": "`x` is a direct identifier; it may go no further than the trusted zone",
    "QUASI_IDENTIFIER": "`x` is a quasi identifier; it may go no further than the trusted zone",
    "PROOF_OF_CONSENT": "`x` is a proof of consent; it may go no further than the trusted zone",
    "SENSITIVE": None,
    "OPERATIONAL": None,
    "GENERALISED": None,
    "PSEUDONYM": None,
}


@pytest.mark.parametrize("personal", PersonalData)
def test_what_may_stand_in_curated(personal: PersonalData) -> None:
    column = Column("x", BOOLEAN, "Whether.", personal)
    Table(Zone.LANDING, "t", "One row per x.", (column,))
    Table(Zone.TRUSTED, "t", "One row per x.", (column,))
    told = LAST[personal.name]
    if told is None:
        Table(Zone.CURATED, "t", "One row per x.", (column,))
        return
    with pytest.raises(DeclarationError) as error:
        Table(Zone.CURATED, "t", "One row per x.", (column,))
    assert error.value.faults == (told,)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(DeclarationError) as error:
        Table(Zone.CURATED, "people", "People.", (WHO, replace(X, unit=None)), key=("line",))
    assert str(error.value) == (
        "people is declared wrongly:\n"
        '  - the meaning does not begin with the grain, "One row per …"\n'
        "  - `who` is a direct identifier; it may go no further than the trusted zone\n"
        "  - `x` is a number without a unit\n"
        "  - the key `line` is no column"
    )


def test_a_column_cannot_be_made_without_a_class() -> None:
    with pytest.raises(TypeError, match="personal"):
        Column("x", REAL, "How much.", unit="m/s2")  # type: ignore[call-arg]


def test_a_table_knows_its_columns() -> None:
    assert GOOD.names == ["who", "at", "x", "bucket"]
    assert GOOD.column("x") is X
    with pytest.raises(KeyError, match="readings has no column y"):
        GOOD.column("y")


def test_the_landed_key_keeps_the_source_s_spelling() -> None:
    assert replace(X, field="X").key == "X"
    assert X.key == "x"
