"""Every derived statement parses in its dialect, and says what was declared."""

from dataclasses import replace
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from stedi.ground.errors import StatementError
from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema import ddl
from stedi.schema.arrow import arrow_schema
from stedi.schema.column_types import BINARY, BOOLEAN, INT, LONG, REAL, TEXT
from stedi.schema.table import Column, Kind, Table
from stedi.tables import TABLES

OPERATIONAL = PersonalData.OPERATIONAL
AWKWARD = r"Somebody's \ name; -- with `quotes`, \"more\", $x and /* a comment */."
TABLE = Table(
    Zone.TRUSTED,
    "readings",
    "One row per reader's reading.",
    (
        Column("user", TEXT, AWKWARD, PersonalData.DIRECT_IDENTIFIER, required=True),
        Column("timestamp", LONG, "When.", PersonalData.QUASI_IDENTIFIER, "ms"),
        Column("x", REAL, "How much.", PersonalData.SENSITIVE, "m/s2"),
        Column("good", BOOLEAN, "Whether.", OPERATIONAL),
        Column("raw", BINARY, "As it was.", PersonalData.DIRECT_IDENTIFIER),
        Column("bucket", INT, "Its bucket.", OPERATIONAL, "1"),
    ),
    moment="timestamp",
    partition="bucket",
)
LANDED = replace(TABLE, zone=Zone.LANDING, partition=None, kind=Kind.EXTERNAL)
ICEBERG = [TABLE, *(table for table in TABLES if table.kind is Kind.ICEBERG)]
EXTERNAL = [LANDED, *(table for table in TABLES if table.kind is Kind.EXTERNAL)]
TYPES = {TEXT: "TEXT", INT: "INT", LONG: "BIGINT", REAL: "DOUBLE", BOOLEAN: "BOOLEAN", BINARY: "BINARY"}


def parsed(statement: str, dialect: str) -> exp.Create:
    (create,) = sqlglot.parse(statement, dialect=dialect)
    assert isinstance(create, exp.Create)
    return create


def columns_of(create: exp.Create) -> list[tuple[str, str, str]]:
    definitions = list(create.this.find_all(exp.ColumnDef))
    return [(d.name, d.kind.this.name, d.find(exp.CommentColumnConstraint).this.this) for d in definitions]


def declared(table: Table) -> list[tuple[str, str, str]]:
    return [(c.name, TYPES[c.type], ddl.comment(c)) for c in table.columns]


def properties_of(create: exp.Create) -> dict[str, str]:
    found = create.args["properties"].expressions
    return {p.name: p.args["value"].this for p in found if type(p) is exp.Property}


@pytest.mark.parametrize("table", ICEBERG, ids=lambda table: table.name)
def test_spark_creates_what_is_declared(table: Table) -> None:
    create = parsed(ddl.spark(table, "glue_catalog.stedi", "s3://b/it's"), "spark")
    assert create.this.this.sql("spark") == f"`glue_catalog`.`stedi`.`{table.name}`"
    assert columns_of(create) == declared(table)
    assert properties_of(create) == ddl.properties(table)
    assert create.find(exp.FileFormatProperty).name.lower() == "iceberg"
    assert create.find(exp.LocationProperty).this.this == "s3://b/it's"
    assert create.find(exp.SchemaCommentProperty).this.this == table.meaning
    partitioned = create.find(exp.PartitionedByProperty)
    names = [identifier.name for identifier in partitioned.find_all(exp.Identifier)] if partitioned else []
    assert names == ([table.partition] if table.partition else [])


@pytest.mark.parametrize("table", EXTERNAL, ids=lambda table: table.name)
def test_athena_creates_what_is_declared(table: Table) -> None:
    create = parsed(ddl.athena_external(table, "stedi", "s3://b/landed"), "athena")
    assert create.find(exp.ExternalProperty)
    assert create.this.this.sql("athena", identify=True).replace('"', "`") == f"`stedi`.`{table.name}`"
    assert columns_of(create) == declared(table)
    assert create.find(exp.LocationProperty).this.this == "s3://b/landed/"
    serde = create.find(exp.RowFormatSerdeProperty)
    assert serde.this.this == "org.openx.data.jsonserde.JsonSerDe"
    options = {p.name: p.args["value"].this for p in serde.find_all(exp.Property) if type(p) is exp.Property}
    assert options == {"case.insensitive": "true", "ignore.malformed.json": "true"}
    assert create.find(exp.FileFormatProperty)


@pytest.mark.parametrize("table", ICEBERG, ids=lambda table: table.name)
def test_bounds_are_kept_for_partition_and_moment_alone(table: Table) -> None:
    options = ddl.properties(table)
    bounded = {
        key.removeprefix("write.metadata.metrics.column.")
        for key, value in options.items()
        if key.startswith("write.metadata.metrics.column.") and value == "full"
    }
    assert options["write.metadata.metrics.default"] == "none"
    assert bounded == {table.partition, table.moment} - {None}
    assert all(table.column(name).personal is not PersonalData.DIRECT_IDENTIFIER for name in bounded)


def test_properties_rewrite_files_and_forget_old_metadata() -> None:
    assert ddl.properties(TABLE) == {
        "format-version": "2",
        "write.delete.mode": "copy-on-write",
        "write.update.mode": "copy-on-write",
        "write.merge.mode": "copy-on-write",
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": "5",
        "write.parquet.compression-codec": "zstd",
        "write.metadata.metrics.default": "none",
        "write.metadata.metrics.column.bucket": "full",
        "write.metadata.metrics.column.timestamp": "full",
    }


def test_athena_cannot_declare_an_iceberg_table() -> None:
    with pytest.raises(StatementError) as error:
        ddl.athena_external(TABLE, "stedi", "s3://b")
    assert str(error.value) == (
        "No statement was written for readings for Athena: "
        "it is an Iceberg table whose properties Athena refuses. Create it with Spark (ddl.spark)."
    )


def test_spark_does_not_create_landed_files() -> None:
    with pytest.raises(StatementError, match="it is declared external over landed files"):
        ddl.spark(LANDED, "stedi", "s3://b")


def test_the_schema_as_text_is_read_by_the_engine(spark: Any) -> None:
    assert ddl.schema(TABLE).startswith("`user` string, `timestamp` bigint, `x` double")
    frame = spark.createDataFrame([], ddl.schema(TABLE))
    assert [(f.name, f.dataType.simpleString()) for f in frame.schema] == [
        (c.name, c.type.value) for c in TABLE.columns
    ]
    assert frame.toArrow().schema.names == arrow_schema(TABLE).names


def test_the_arrow_schema_is_declared_order_and_type() -> None:
    found = [(field.name, str(field.type)) for field in arrow_schema(TABLE)]
    assert found == [
        ("user", "string"), ("timestamp", "int64"), ("x", "double"), ("good", "bool"), ("raw", "binary"),
        ("bucket", "int32"),
    ]  # fmt: skip


def test_glue_columns_carry_the_class_as_a_tag() -> None:
    assert ddl.glue_columns(TABLE)[2] == {
        "name": "x",
        "type": "double",
        "comment": "How much. Unit: m/s2.",
        "tags": {"personal-data": "sensitive"},
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_catalog_takes_every_comment(table: Table) -> None:
    assert max(len(ddl.comment(column)) for column in table.columns) <= 255
