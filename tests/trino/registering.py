"""Shows a lake to Trino: its Iceberg tables as they lie, and its landed files as Athena's external tables."""

import json
from pathlib import Path

from serving import Trino

from athena_sql import SCHEMA
from stedi.asking.reader import LakeReader
from stedi.schema.ddl import SERDE_PROPERTIES
from stedi.schema.table import Kind, Table
from stedi.tables import SOURCES, TABLES


def register(trino: Trino, folder: Path, lake: LakeReader) -> None:
    """Register a lake's Iceberg tables in the server's schema."""
    trino.ask(f"create schema iceberg.{trino.schema} with (location = 'local://{folder}/{trino.schema}')")
    for table in TABLES:
        if table.kind is Kind.ICEBERG:
            loaded = lake.store._load(table)
            newest = loaded.metadata_location.rpartition("/")[2]
            trino.ask(
                f"call iceberg.system.register_table('{trino.schema}', '{table.name}', "
                f"'{loaded.location()}', '{newest}')"
            )


def land(trino: Trino, metastore: Path, landing: Path) -> None:
    """Declare the landing tables over a landing zone, with the SerDe's properties that Athena is given."""
    for source in SOURCES:
        if (landing / source.name).is_dir():
            _external(trino, metastore, source.landed, landing / source.name)


def _external(trino: Trino, metastore: Path, table: Table, folder: Path) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in SCHEMA[table.name].items())
    trino.ask(
        f"create table hive.{trino.schema}.{table.name} ({columns}) "
        f"with (format = 'OPENX_JSON', external_location = 'local://{folder}')"
    )
    # Trino has no word for a SerDe's properties; Glue would hand them to it as they stand here.
    (described,) = metastore.glob(f"{trino.schema}/{table.name}/.trinoSchema")
    told = json.loads(described.read_text())
    told["serdeParameters"] = {**told.get("serdeParameters", {}), **SERDE_PROPERTIES}
    described.write_text(json.dumps(told))
    # A checksum beside it would belong to what it was.
    described.with_name(f".{described.name}.crc").unlink(missing_ok=True)
