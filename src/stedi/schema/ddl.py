"""What is derived from a declaration for SQL engines and catalogs."""

import json
from collections.abc import Mapping

from stedi.ground.errors import StatementError
from stedi.schema.table import Column, Kind, Table

COPY_ON_WRITE = {f"write.{change}.mode": "copy-on-write" for change in ("delete", "update", "merge")}
"""A row that leaves is in no file of the new snapshot; delete files would keep it readable."""

OLD_METADATA_KEPT = 5
"""Old metadata files still open the rows of old snapshots, so few are kept."""

NAME_MAPPING = "schema.name-mapping.default"
"""The property by which a data file without field ids tells which column is which."""

TAG = "personal-data"


def properties(table: Table) -> dict[str, str]:
    """Iceberg's table properties.

    Bounds are kept for the partition, without which Iceberg cannot tell it, and for the moment,
    by which files are passed over; for nothing else, so that a new personal column has none.
    Iceberg would write the smallest and the largest value into manifests, which outlive the rows.

    Raises:
        StatementError: The table is external, so Iceberg knows nothing of it.
    """
    if table.kind is not Kind.ICEBERG:
        raise StatementError(
            table.name,
            "for Iceberg",
            "is declared external over landed files",
            "Create it with Athena (ddl.athena_external)",
        )
    bounded = [name for name in (table.partition, table.moment) if name]
    return {
        "format-version": "2",
        **COPY_ON_WRITE,
        "write.metadata.delete-after-commit.enabled": "true",
        "write.metadata.previous-versions-max": str(OLD_METADATA_KEPT),
        "write.parquet.compression-codec": "zstd",
        "write.metadata.metrics.default": "none",
        **{f"write.metadata.metrics.column.{name}": "full" for name in bounded},
    }


def named(table: Table) -> dict[str, str]:
    """The property that names the columns: data files come without field ids."""
    columns = [{"field-id": number, "names": [c.name]} for number, c in enumerate(table.columns, start=1)]
    return {NAME_MAPPING: json.dumps(columns)}


def schema(table: Table) -> str:
    """The columns as Spark reads a schema from text: "`user` string, `timestamp` bigint"."""
    return ", ".join(f"{_name(c.name)} {c.type.value}" for c in table.columns)


def spark(table: Table, database: str, location: str, *, more: Mapping[str, str] | None = None) -> str:
    """`CREATE TABLE` for Spark with Iceberg.

    Columns are nullable whatever is declared: data files are added to the table as they were
    written, and `checks` has refused a null before.

    Args:
        table: An Iceberg table.
        database: "stedi", or with its catalog "glue_catalog.stedi".
        location: The folder of the table.
        more: Properties beyond those declared.

    Raises:
        StatementError: The table is external.
    """
    options = {**properties(table), **(more or {})}
    partitioned = [f"PARTITIONED BY ({_name(table.partition)})"] if table.partition else []
    return "\n".join(
        [
            f"CREATE TABLE IF NOT EXISTS {_name(database)}.{_name(table.name)} (",
            _described(table.columns),
            ")",
            "USING iceberg",
            *partitioned,
            f"LOCATION {_text(location)}",
            f"COMMENT {_text(table.meaning)}",
            f"TBLPROPERTIES ({_pairs(options)}\n)",
        ]
    )


SERDE = "org.openx.data.jsonserde.JsonSerDe"

SERDE_PROPERTIES = {
    # A key in any case finds its column, as it does when landed files are staged. With a mapping
    # the SerDe would know the source's own spelling only.
    "case.insensitive": "true",
    "ignore.malformed.json": "true",
}

INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


def athena_external(table: Table, database: str, location: str) -> str:
    """`CREATE EXTERNAL TABLE` for Athena over landed JSON, one object a line, in nested folders.

    Athena walks the folders below `location` by itself; a malformed line becomes a row of nulls.

    Raises:
        StatementError: An Iceberg table, whose properties Athena cannot declare.
    """
    if table.kind is not Kind.EXTERNAL:
        raise StatementError(
            table.name,
            "for Athena",
            "is an Iceberg table whose properties Athena refuses",
            "Create it with Spark (ddl.spark)",
        )
    return "\n".join(
        [
            f"CREATE EXTERNAL TABLE IF NOT EXISTS {_name(database)}.{_name(table.name)} (",
            _described(table.columns),
            ")",
            f"COMMENT {_text(table.meaning)}",
            f"ROW FORMAT SERDE {_text(SERDE)}",
            f"WITH SERDEPROPERTIES ({_pairs(SERDE_PROPERTIES)}\n)",
            f"STORED AS INPUTFORMAT {_text(INPUT_FORMAT)}",
            f"OUTPUTFORMAT {_text(OUTPUT_FORMAT)}",
            f"LOCATION {_text(location.rstrip('/') + '/')}",
            "TBLPROPERTIES ('classification' = 'json')",
        ]
    )


def glue_columns(table: Table) -> list[dict[str, object]]:
    """The columns for the Glue catalog: name, type, comment, and the access tags of their class."""
    return [
        {
            "name": column.name,
            "type": column.type.value,
            "comment": comment(column),
            "tags": {TAG: column.personal.name.lower()},
        }
        for column in table.columns
    ]


def comment(column: Column) -> str:
    """The meaning, with the unit where one tells more than that it is a count."""
    unit = f" Unit: {column.unit}." if column.unit and column.unit != "1" else ""
    return f"{column.meaning}{unit}"


def _described(columns: tuple[Column, ...]) -> str:
    return ",\n".join(f"  {_name(c.name)} {c.type.value} COMMENT {_text(comment(c))}" for c in columns)


def _pairs(options: dict[str, str]) -> str:
    return ",".join(f"\n  {_text(key)} = {_text(value)}" for key, value in options.items())


def _name(dotted: str) -> str:
    return ".".join(f"`{part}`" for part in dotted.split("."))


def _text(value: str) -> str:
    # A doubled apostrophe is not safe: Hive and Sail read it as two texts, and drop it.
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
