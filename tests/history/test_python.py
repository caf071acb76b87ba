"""Tables from Python: as a release shows them, identifiers masked."""

import json
import subprocess
import sys

import pytest

import stedi
from stedi import audit
from stedi.ground.errors import DependencyError, PrivacyGateError, StediError, UsageError
from stedi.lake.config import Lake

ML = "machine_learning_curated"


def test_the_public_names() -> None:
    assert stedi.__all__ == ["ReleasedTable", "StediError", "__version__", "table"]
    assert len(stedi.__all__) < 10
    assert stedi.StediError is StediError
    with pytest.raises(AttributeError):
        _ = stedi.no_such_name


def test_importing_costs_nothing() -> None:
    heavy = "{'pyarrow', 'pyiceberg', 'pyspark', 'duckdb', 'typer', 'pandas'}"
    asked = f"import sys, stedi; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_what_a_table_shows(grown: Lake) -> None:
    found = stedi.table(ML, lake=grown.root)
    assert repr(found) == f"{ML}   90 rows   4 people   release 2, snapshot {found.snapshot}"
    older = stedi.table(ML, lake=str(grown.root), at=1)
    assert (older.rows, older.release, older.people) == (80, 1, 4)
    assert older.to_arrow().num_rows == 80
    assert repr(stedi.table("landed_files", lake=grown.root)).startswith("landed_files   5 rows   release 2")


def test_as_others_take_it(grown: Lake) -> None:
    found = stedi.table(ML, lake=grown.root)
    arrow = found.to_arrow()
    assert arrow.num_rows == 90
    assert found.to_pandas().shape == (90, arrow.num_columns)
    assert found.to_duckdb().aggregate("count(*)").fetchall() == [(90,)]


def test_without_polars_it_says_so(grown: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(DependencyError, match="pip install polars"):
        stedi.table(ML, lake=grown.root).to_polars()


def test_identifiers_are_masked_until_a_reason_is_given(grown: Lake) -> None:
    found = stedi.table("customer_trusted", lake=grown.root)
    masked = found.to_arrow().to_pylist()
    assert len(masked) == 4
    assert "example.org" not in json.dumps(masked)
    assert len({row["email"] for row in masked}) == 4
    # A token means nothing in another answer.
    assert not {row["email"] for row in masked} & {row["email"] for row in found.to_arrow().to_pylist()}
    shown = stedi.table("customer_trusted", lake=grown.root, reveal="a test").to_arrow().to_pylist()
    assert "person1@example.org" in {row["email"] for row in shown}
    told = audit.latest(grown, "reveal")
    assert told is not None
    assert (told["reason"], told["tables"], told["release"]) == ("a test", ["customer_trusted"], 2)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_a_reason(grown: Lake, reason: str) -> None:
    with pytest.raises(UsageError, match="takes a reason"):
        stedi.table("customer_trusted", lake=grown.root, reveal=reason)


def test_who_withdrew_is_not_brought_back(left: Lake) -> None:
    assert stedi.table(ML, lake=left.root).people == 3
    with pytest.raises(PrivacyGateError, match="taken out since"):
        stedi.table(ML, lake=left.root, at=2)


@pytest.mark.parametrize("name", ["machine_learning", "customer_landing"])
def test_what_is_no_such_table(grown: Lake, name: str) -> None:
    with pytest.raises(UsageError):
        stedi.table(name, lake=grown.root)
