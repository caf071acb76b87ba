"""A trusted table through the Glue catalog and S3, both emulated: Spark writes it, two readers read it."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from exact_rows import difference, exactly, in_file

from aws.glue_emulated import DATABASE, KEY, REGION
from stedi.schema import ddl
from stedi.tables import table

TABLE = table("accelerometer_trusted")
WAREHOUSE = "s3://stedi-trusted/warehouse"
Rows = Counter[tuple[Any, ...]]


@pytest.fixture(scope="module")
def catalog(spark: Any, glue: Any) -> str:
    """Spark's catalog over the emulated Glue, set as a Glue job sets its own, but for the endpoints."""
    name = "glue_catalog"
    glue.forget_tables()
    glue.known_to(spark, name, "aws.s3.S3FileIO")
    spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {name}.{DATABASE}")
    return name


@pytest.fixture(scope="module")
def written(spark: Any, catalog: str, sail_side: Path) -> str:
    """The table's name in Spark, once Spark has written it."""
    from pyspark.sql import functions as F

    rows = spark.read.parquet(str(sail_side / "fleet" / f"{TABLE.name}.parquet"))
    spark.sql(ddl.spark(TABLE, f"{catalog}.{DATABASE}", f"{WAREHOUSE}/{TABLE.name}"))
    name = f"{catalog}.{DATABASE}.{TABLE.name}"
    ordered = rows.sortWithinPartitions(TABLE.partition, *(F.col(f"`{c}`") for c in TABLE.sort))
    ordered.writeTo(name).append()
    return name


@pytest.fixture
def expected(sail_side: Path) -> Rows:
    """The rows as Sail built them."""
    return in_file(sail_side / "fleet" / f"{TABLE.name}.parquet")


def test_spark_reads_back_what_it_wrote(spark: Any, written: str, expected: Rows) -> None:
    rows = spark.table(written)
    assert rows.dtypes == [(c.name, c.type.value) for c in TABLE.columns]
    assert difference(exactly(rows.collect()), expected) == ""


def test_pyiceberg_reads_what_spark_wrote(written: str, glue: Any, expected: Rows) -> None:
    from pyiceberg.catalog.glue import GlueCatalog

    settings = {
        "glue.endpoint": glue.endpoint, "s3.endpoint": glue.endpoint, "client.region": REGION,
        "client.access-key-id": KEY, "client.secret-access-key": KEY,
    }  # fmt: skip
    loaded = GlueCatalog("glue", **settings).load_table(f"{DATABASE}.{TABLE.name}")
    assert {**loaded.properties, "format-version": str(loaded.format_version)}.items() >= ddl.properties(
        TABLE
    ).items()
    columns = [column.to_pylist() for column in loaded.scan().to_arrow().columns]
    assert difference(exactly(zip(*columns, strict=True)), expected) == ""


def test_manifests_hold_the_bucket_and_no_bound_of_an_identifier(spark: Any, written: str) -> None:
    number = {column.name: number for number, column in enumerate(TABLE.columns, start=1)}
    hidden = [number[column.name] for column in TABLE.columns if column.personal.masked]
    files = spark.table(f"{written}.files").collect()
    assert files
    for file in files:
        assert number[TABLE.moment] in file.lower_bounds, "bounds of the time prune"
        assert not [n for n in hidden if n in file.lower_bounds or n in file.upper_bounds]
        assert file.partition.bucket is not None
