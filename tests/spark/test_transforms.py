"""Every transform gives the same rows on Sail, the embedded engine, as on Spark 3.5.6."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from both_sides import BUCKETS, WINDOWS, transforms
from exact_rows import difference, exactly, in_file

from stedi.schema.checks import check
from stedi.tables import DERIVED, STAGED, table
from stedi.trusted.device_evidence import of_strange_devices
from stedi.trusted.evidence import not_linked, without_consent

CONSENTED = ("customer_trusted", "accelerometer_trusted", "phone_readings", "step_trainer_trusted")
STARTER_ROWS = {
    "starter": {
        "customer_trusted": 482,
        "accelerometer_trusted": 32_025,
        "customers_curated": 464,
        "step_trainer_trusted": 11_297,
        "machine_learning_curated": 32_025,
    },
    "starter_whole_history": {
        "customer_trusted": 482,
        "accelerometer_trusted": 40_981,
        "customers_curated": 482,
        "step_trainer_trusted": 14_460,
        "machine_learning_curated": 40_981,
    },
}

TYPES = {t.name: [(c.name, c.type.value) for c in t.columns] for t in (*STAGED, *DERIVED)}
OF_WINDOWS = {"consent", "terms_of_accelerometer"}
"""Where the window of consent is decided and where readings meet it: in CI the other one is tried there."""


def _marks(data: str, name: str) -> list[pytest.MarkDecorator]:
    marks = [pytest.mark.data] if data.startswith("starter") else []
    if data == "starter_whole_history" and name not in OF_WINDOWS:
        marks.append(pytest.mark.long)
    return marks


CASES = [
    pytest.param(data, transform.name, marks=_marks(data, transform.name))
    for data in WINDOWS
    for transform in transforms(data)
]


@pytest.fixture
def given(data: str, sail_side: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of a set of data."""
    if data.startswith("starter"):
        request.getfixturevalue("stedi_data")
    return sail_side / data


@pytest.mark.parametrize(("data", "name"), CASES)
def test_spark_gives_the_rows_that_sail_gave(spark: Any, data: str, name: str, given: Path) -> None:
    transform = {t.name: t for t in transforms(data)}[name]
    rows = transform.run(*(spark.read.parquet(str(given / f"{i}.parquet")) for i in transform.inputs))
    collected = rows.collect()
    assert difference(exactly(collected), in_file(given / f"{name}.parquet")) == ""
    assert collected, "no row was compared"
    if name in TYPES:
        assert rows.dtypes == TYPES[name]
    if expected := STARTER_ROWS.get(data, {}).get(name):
        assert len(collected) == expected


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("data", ["fleet"])
def test_spark_finds_every_table_as_declared(spark: Any, data: str, name: str, given: Path) -> None:
    found = check(spark.read.parquet(str(given / f"{name}.parquet")), table(name), buckets=BUCKETS)
    assert found.faults == ()


@pytest.mark.parametrize("data", ["fleet"])
def test_spark_finds_no_row_without_consent(spark: Any, data: str, given: Path) -> None:
    records, consent = (
        spark.read.parquet(str(given / f"{name}.parquet")) for name in ("customer_staged", "consent")
    )
    proof = pq.read_table(given / "proven.parquet")
    window = WINDOWS[data]
    for name in CONSENTED:
        rows = pq.read_table(given / f"{name}.parquet")
        assert without_consent(rows, table(name), proof, window=window) == 0
    assert of_strange_devices(rows, pq.read_table(given / "plainly_owned.parquet")) == 0
    assert not_linked(records, consent).count() == 0
    staged = pq.read_table(given / "accelerometer_staged.parquet")
    every = staged.rename_columns([{"participant": "person"}.get(name, name) for name in staged.column_names])
    leaked = without_consent(every, table("accelerometer_trusted"), proof, window=window)
    assert leaked > 0, "the evidence finds nothing anywhere"
