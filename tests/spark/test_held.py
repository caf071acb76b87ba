"""Rows of people's tables as tasks get them on Spark: from files of the run, each bucket's alone."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stedi.building.run_context import Run
from stedi.building.slices import Slice, held


@pytest.fixture
def run(spark: Any, tmp_path: Path) -> Run:
    lake: Any = SimpleNamespace(scratch=tmp_path)
    store: Any = None
    return Run(lake, store, spark, "run", 0, b"", b"")


def test_a_column_that_is_never_null_goes_with_one_that_may_be(spark: Any, run: Run) -> None:
    rows = spark.sql(
        "select bucket, id as key, 'passed' as outcome, cast(null as bigint) as until "
        "from values (0, 'a'), (0, 'b'), (2, 'c') as t(bucket, id)"
    )
    found = held(run, rows)
    assert sorted(each.bucket for each in found if each.bucket is not None) == [0, 2]
    together = Slice({}, {"terms": found}).held("terms").sort_by("key")
    assert together.to_pylist() == [
        {"key": key, "outcome": "passed", "until": None} for key in ("a", "b", "c")
    ]


def test_no_rows_still_tell_the_columns(spark: Any, run: Run) -> None:
    rows = spark.sql("select 0 as bucket, 'a' as key where false")
    assert Slice({}, {"terms": held(run, rows)}).held("terms").column_names == ["key"]
