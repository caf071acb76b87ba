"""Iceberg tables in a folder: PyIceberg with a SQLite catalog."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stedi.ground.errors import CatalogMissingError, FilesGoneError
from stedi.ground.failpoints import reached
from stedi.ground.places import Place
from stedi.schema.ddl import properties
from stedi.schema.table import Kind, Table
from stedi.store.catalog_file import knows_tables
from stedi.store.data_files import SCHEME, DataFile
from stedi.store.definition import bring_up_to_date, defined
from stedi.store.entries import for_commit
from stedi.store.expiring import expired, older_forgotten
from stedi.store.manifests import Manifests
from stedi.store.store import RETRIES, Snapshot, Store

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

    from stedi.store.catalog import SqliteCatalog


class LocalStore(Store):
    """The tables of a lake on this machine; it holds a connection to the catalog."""

    def __init__(self, catalog: Path, warehouse: Path) -> None:
        self._catalog_file = catalog
        self._warehouse = warehouse
        self._loaded: dict[str, IcebergTable] = {}
        self._manifests = Manifests()

    @cached_property
    def _catalog(self) -> "SqliteCatalog":
        from stedi.store.catalog import SqliteCatalog

        self._warehouse.mkdir(parents=True, exist_ok=True)
        begun = knows_tables(self._catalog_file)
        if not begun and any(self._warehouse.iterdir()):
            raise CatalogMissingError(str(self._catalog_file))
        return SqliteCatalog(self._catalog_file, begun=begun)

    @contextmanager
    def _whole(self, table: Table) -> "Iterator[None]":
        """Tell of files of a table that are gone."""
        try:
            yield
        except FileNotFoundError as gone:
            raise FilesGoneError(table.name, str(self.folder(table))) from gone

    def close(self) -> None:
        """Let go of the catalog."""
        if "_catalog" in self.__dict__:
            self._catalog.close()

    def create(self, tables: Iterable[Table]) -> None:
        """Create the Iceberg tables that are not there yet, and add columns declared since to the others.

        Raises:
            LakeVersionError: One differs from its declaration in more than that.
        """
        there = self._catalog.tables()
        for table in tables:
            if table.kind is not Kind.ICEBERG:
                continue
            if table.name in there:
                self._load_to_write(table)
            else:
                reached("store.create")
                self._create(table)

    def holds(self, table: Table) -> bool:
        """Whether the table is there; a run that was killed at first may have created but some."""
        return table.name in self._catalog.tables()

    def _create(self, table: Table) -> None:
        schema, partitions = defined(table)
        self._catalog.create(
            table.name,
            schema,
            partitions,
            folder=self.folder(table),
            properties={
                **properties(table),
                **RETRIES,
                # Files come without field ids, so names say which column is which.
                "schema.name-mapping.default": schema.name_mapping.model_dump_json(),
            },
        )

    def folder(self, table: Table) -> Path:
        """The folder of a table."""
        return self._warehouse / table.zone.value / table.name

    def _load(self, table: Table) -> "IcebergTable":
        """The table as it is now; its metadata is read again only where somebody changed it."""
        before = self._loaded.get(table.name)
        if before and before.metadata_location == self._catalog.location(table.name):
            return before
        with self._whole(table):
            loaded = self._catalog.load_table(table.name)
        self._loaded[table.name] = loaded
        return loaded

    def _load_to_write(self, table: Table) -> "IcebergTable":
        """The table as it is now, with every column that is declared."""
        loaded = self._load(table)
        if bring_up_to_date(loaded, table):
            loaded = self._load(table)
        return loaded

    def snapshots(self, table: Table) -> list[Snapshot]:
        """The snapshots of a table that can still be read."""
        return [
            Snapshot(
                each.snapshot_id,
                each.parent_snapshot_id,
                each.timestamp_ms,
                each.summary.additional_properties if each.summary else {},
            )
            for each in self._load(table).snapshots()
        ]

    def snapshot_id(self, table: Table) -> int | None:
        """The table's current snapshot; None while nothing was ever added."""
        return _current(self._load(table))

    def files(
        self, table: Table, *, snapshot: int | None = None, within: tuple[int, int] | None = None
    ) -> list[DataFile]:
        """The data files of a table, in a stable order; see `Store.files`."""
        loaded = self._load(table)
        at = _current(loaded) if snapshot is None else snapshot
        if at is None:
            return []
        with self._whole(table):
            files = self._manifests.files(loaded, table, at)
        return [file for file in files if within is None or file.may_hold(within)]

    def append(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Add files to a table in one commit; see `Store.append`."""
        from stedi.store.transactions import TableTransaction

        if files:
            loaded = self._load_to_write(table)
            with (
                TableTransaction(loaded) as transaction,
                transaction.update_snapshot(snapshot_properties=dict(marks)).fast_append() as snapshot,
            ):
                for file in for_commit(loaded, table, files):
                    snapshot.append_data_file(file)
            return _current(loaded)
        return self.snapshot_id(table)

    def replace(
        self,
        table: Table,
        files: Sequence[DataFile],
        marks: Mapping[str, str],
        *,
        leaving: Sequence[DataFile] | None = None,
    ) -> int | None:
        """Put files in the place of others in one commit; see `Store.replace`.

        Raises:
            pyiceberg.exceptions.ValidationException: Somebody else changed the table meanwhile.
        """
        from pyiceberg.expressions import AlwaysTrue

        from stedi.store.transactions import TableTransaction

        loaded = self._load_to_write(table)
        paths = None if leaving is None else {file.path for file in leaving}
        with self._whole(table):
            gone = self._manifests.leaving(loaded, table, paths)
        if files or gone:
            with (
                TableTransaction(loaded) as transaction,
                transaction.update_snapshot(snapshot_properties=dict(marks)).overwrite() as snapshot,
            ):
                # Which manifests may name these files is asked by threads that share one evaluator's state,
                # so that a manifest may be passed over. Of this predicate none is.
                snapshot.delete_by_predicate(AlwaysTrue())
                for each in gone:
                    snapshot.delete_data_file(each)
                for file in for_commit(loaded, table, files):
                    snapshot.append_data_file(file)
        return _current(loaded)

    def reached(self, table: Table) -> set[Place]:
        """Every file that the table's metadata leads to: of data, and of metadata itself."""
        loaded = self._load(table)
        files: set[Place] = set()
        found = {loaded.metadata_location, *(entry.metadata_file for entry in loaded.metadata.metadata_log)}
        with self._whole(table):
            for snapshot in loaded.snapshots():
                found.add(snapshot.manifest_list)
                for manifest in self._manifests.of(loaded, snapshot):
                    found.add(manifest.manifest_path)
                    files.update(file.path for file in self._manifests.files_in(loaded, table, manifest))
        return files | {Path(address.removeprefix(SCHEME)) for address in found}

    def expire(self, table: Table, keep: Collection[int] = ()) -> int:
        """Drop every tag, branch and snapshot of a table but the current one and those to keep."""
        return expired(lambda: self._load(table), keep)

    def forget_metadata(self, table: Table) -> None:
        """Make the table's metadata lead to no older one that knows of expired snapshots."""
        older_forgotten(lambda: self._load(table))


def _current(loaded: "IcebergTable") -> int | None:
    current = loaded.current_snapshot()
    return current.snapshot_id if current else None
