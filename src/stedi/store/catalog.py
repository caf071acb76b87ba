"""The catalog of the tables on this machine: which metadata file of each is the current one.

PyIceberg's `SqlCatalog` reads and continues the same file: docs/decisions/0021.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.io import PY_IO_IMPL
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.typedef import Identifier

from stedi.store.data_files import SCHEME
from stedi.store.local_files import LocalFiles
from stedi.store.store import NAMESPACE

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table.update import TableRequirement, TableUpdate

BEGIN = f"""
begin immediate;
create table if not exists iceberg_tables (
    catalog_name varchar(255) not null, table_namespace varchar(255) not null,
    table_name varchar(255) not null, metadata_location varchar(1000),
    previous_metadata_location varchar(1000), iceberg_type varchar(5),
    primary key (catalog_name, table_namespace, table_name)
);
create table if not exists iceberg_namespace_properties (
    catalog_name varchar(255) not null, namespace varchar(255) not null,
    property_key varchar(255) not null, property_value varchar(1000) not null,
    primary key (catalog_name, namespace, property_key)
);
insert or ignore into iceberg_namespace_properties values ('{NAMESPACE}', '{NAMESPACE}', 'exists', 'true');
commit;
"""
OF_TABLE = f"catalog_name = '{NAMESPACE}' and table_namespace = '{NAMESPACE}' and table_name = ?"


class SqliteCatalog(NoopCatalog, MetastoreCatalog):
    """The tables of one namespace; several processes and threads may use its file at once."""

    def __init__(self, file: Path, *, begun: bool) -> None:
        super().__init__(NAMESPACE, **{PY_IO_IMPL: f"{LocalFiles.__module__}.{LocalFiles.__name__}"})
        # Every statement is a transaction of its own, which SQLite lets one thread after the other do.
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        if not begun:  # Else whoever only reads would wait for who writes, and need the right to.
            with closing(self._database.cursor()) as cursor:
                cursor.executescript(BEGIN)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def tables(self) -> set[str]:
        """The names of all tables."""
        asked = "select table_name from iceberg_tables where catalog_name = ? and table_namespace = ?"
        return {name for (name,) in self._database.execute(asked, (NAMESPACE, NAMESPACE)).fetchall()}

    def location(self, table: str) -> str | None:
        """Where a table's current metadata lies; None where there is no such table."""
        asked = f"select metadata_location from iceberg_tables where {OF_TABLE}"
        found = self._database.execute(asked, (table,)).fetchall()
        return found[0][0] if found else None

    def create(
        self,
        table: str,
        schema: "Schema",
        partitions: "PartitionSpec",
        *,
        folder: Path,
        properties: Mapping[str, str],
    ) -> None:
        """Create a table without rows; see `register`."""
        staged = self._create_staged_table(
            (NAMESPACE, table), schema, f"{SCHEME}{folder}", partitions, properties=dict(properties)
        )
        self._write_metadata(staged.metadata, staged.io, staged.metadata_location)
        self.register(table, staged.metadata_location)

    def register(self, table: str, location: str) -> None:
        """Let a table be known whose metadata is written.

        Raises:
            sqlite3.IntegrityError: One of that name is there already.
        """
        self._database.execute(
            "insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location,"
            " iceberg_type) values (?, ?, ?, ?, 'TABLE')",
            (NAMESPACE, NAMESPACE, table, location),
        )

    def load_table(self, identifier: str | Identifier) -> Table:
        """A table as it is now.

        Raises:
            NoSuchTableError: There is none of that name.
            FileNotFoundError: Its metadata is gone.
        """
        name = self.table_name_from(identifier)
        location = self.location(name)
        if location is None:
            raise NoSuchTableError(f"There is no table {name}.")
        io = self._load_file_io(location=location)
        metadata = FromInputFile.table_metadata(io.new_input(location))
        return Table((NAMESPACE, name), metadata, location, io, self)

    def commit_table(
        self,
        table: Table,
        requirements: "tuple[TableRequirement, ...]",
        updates: "tuple[TableUpdate, ...]",
    ) -> CommitTableResponse:
        """Put new metadata in the place of a table's current one, unless somebody else did meanwhile.

        Raises:
            CommitFailedException: Somebody did, or a requirement is not met; nothing is changed.
        """
        name = table.name()[-1]
        # Its metadata is read again only where somebody changed it.
        current = table if table.metadata_location == self.location(name) else self.load_table(table.name())
        staged = self._update_and_stage_table(current, table.name(), requirements, updates)
        self._write_metadata(staged.metadata, staged.io, staged.metadata_location)
        replaced = self._database.execute(
            "update iceberg_tables set metadata_location = ?, previous_metadata_location = ? "
            f"where {OF_TABLE} and metadata_location = ?",
            (staged.metadata_location, current.metadata_location, name, current.metadata_location),
        )
        if replaced.rowcount != 1:
            raise CommitFailedException(f"{name} was changed by somebody else meanwhile.")
        # By the name in Iceberg's specification, as its JSON has it.
        return CommitTableResponse(
            metadata=staged.metadata, **{"metadata-location": staged.metadata_location}
        )
