"""Iceberg tables in a folder: PyIceberg with a SQLite catalog.

A table's files are added whole and leave whole, in one snapshot a commit. Nothing is read from
a folder: which files belong to a table is what its metadata says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from stedi.errors import CatalogMissingError, FilesGoneError
from stedi.failpoints import reached
from stedi.schema.ddl import properties
from stedi.schema.table import Kind, Table
from stedi.store.catalog_file import Pointers, knows_tables
from stedi.store.data_files import SCHEME, DataFile, for_commit, path_of, span_of
from stedi.store.definition import bring_up_to_date, defined
from stedi.zones import Zone

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable

NAMESPACE = "stedi"

BUILT = (Zone.TRUSTED, Zone.CURATED)
"""The zones whose tables a run builds anew from the others."""


class LocalStore:
    """The tables of a lake on this machine.

    One store serves one run; it holds a connection to the catalog.
    """

    def __init__(self, catalog: Path, warehouse: Path) -> None:
        self._catalog_file = catalog
        self._warehouse = warehouse
        self._loaded: dict[str, IcebergTable] = {}

    @cached_property
    def _catalog(self) -> Any:
        from pyiceberg.catalog.sql import SqlCatalog

        self._warehouse.mkdir(parents=True, exist_ok=True)
        if not knows_tables(self._catalog_file) and any(self._warehouse.iterdir()):
            raise CatalogMissingError(str(self._catalog_file))
        catalog = SqlCatalog(
            NAMESPACE, uri=f"sqlite:///{self._catalog_file}", warehouse=f"{SCHEME}{self._warehouse}"
        )
        catalog.create_namespace_if_not_exists(NAMESPACE)
        return catalog

    @contextmanager
    def _whole(self, table: Table) -> "Iterator[None]":
        """Tell of files of a table that are gone."""
        try:
            yield
        except FileNotFoundError as gone:
            raise FilesGoneError(table.name, str(self.folder(table))) from gone

    def require_there(self, table: Table, files: Iterable[DataFile]) -> None:
        """Make sure of data files before they are read.

        Raises:
            FilesGoneError: One is not there.
        """
        if not all(file.path.exists() for file in files):
            raise FilesGoneError(table.name, str(self.folder(table)), built_anew=table.zone in BUILT)

    @cached_property
    def _pointers(self) -> Pointers:
        return Pointers(self._catalog_file)

    def close(self) -> None:
        """Let go of the catalog."""
        for opened in ("_catalog", "_pointers"):
            if opened in self.__dict__:
                self.__dict__[opened].close()

    def create(self, tables: Iterable[Table]) -> None:
        """Create the Iceberg tables that are not there yet, and add columns declared since to the others.

        Raises:
            LakeVersionError: One differs from its declaration in more than that.
        """
        there = {name for _, name in self._catalog.list_tables(NAMESPACE)}
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
        return bool(self._catalog.table_exists(f"{NAMESPACE}.{table.name}"))

    def _create(self, table: Table) -> None:
        schema, spec = defined(table)
        self._catalog.create_table(
            f"{NAMESPACE}.{table.name}",
            schema,
            location=f"{SCHEME}{self.folder(table)}",
            partition_spec=spec,
            properties={
                **properties(table),
                "commit.retry.num-retries": "20",
                # Files come without field ids, so names say which column is which.
                "schema.name-mapping.default": schema.name_mapping.model_dump_json(),
            },
        )

    def folder(self, table: Table) -> Path:
        """The folder of a table."""
        return self._warehouse / table.zone.value / table.name

    def new_file(self, table: Table, batch: str) -> Path:
        """A path for a new data file of a table; the file belongs to it once it is committed.

        Args:
            table: The table.
            batch: What the file is part of; `batch_of` tells it again.
        """
        data = self.folder(table) / "data"
        data.mkdir(parents=True, exist_ok=True)
        return data / f"{batch}_{uuid4().hex}.parquet"

    def _load(self, table: Table) -> "IcebergTable":
        """The table as it is now; its metadata is read again only where somebody changed it."""
        before = self._loaded.get(table.name)
        if before and before.metadata_location == self._pointers.location(table.name):
            return before
        with self._whole(table):
            loaded: IcebergTable = self._catalog.load_table(f"{NAMESPACE}.{table.name}")
        self._loaded[table.name] = loaded
        return loaded

    def _load_to_write(self, table: Table) -> "IcebergTable":
        """The table as it is now, with every column that is declared."""
        loaded = self._load(table)
        if bring_up_to_date(loaded, table):
            loaded = self._load(table)
        return loaded

    def snapshot_id(self, table: Table) -> int | None:
        """The table's current snapshot; None while nothing was ever added."""
        return _current(self._load(table))

    def has_snapshot(self, table: Table, snapshot: int) -> bool:
        """Whether a snapshot of a table can still be read."""
        return self._load(table).snapshot_by_id(snapshot) is not None

    def files(self, table: Table, *, snapshot: int | None = None, where: str | None = None) -> list[DataFile]:
        """The data files of a table, in a stable order.

        Args:
            table: The table.
            snapshot: As of which snapshot; the current one when None.
            where: Only files that may hold such rows, as PyIceberg reads a filter.
        """
        from pyiceberg.expressions import AlwaysTrue

        loaded = self._load(table)
        scan = loaded.scan(row_filter=where or AlwaysTrue(), snapshot_id=snapshot)
        moment = loaded.schema().find_field(table.moment).field_id if table.moment else None
        with self._whole(table):
            tasks = list(scan.plan_files())
        found = (
            DataFile(
                path_of(task.file),
                task.file.partition[0] if table.partition else None,
                task.file.record_count,
                span_of(task.file, moment),
            )
            for task in tasks
        )
        return sorted(found, key=lambda file: file.path)

    def rows(self, table: Table) -> int:
        """How many rows a table holds, from its metadata."""
        return sum(file.rows for file in self.files(table))

    def append(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Add files to a table in one commit.

        Args:
            table: The table.
            files: Data files as `new_file` named them; none changes nothing.
            marks: Kept in the snapshot's summary.

        Returns:
            The current snapshot.
        """
        if files:
            loaded = self._load_to_write(table)
            with (
                loaded.transaction() as transaction,
                transaction.update_snapshot(snapshot_properties=dict(marks)).fast_append() as snapshot,
            ):
                for file in for_commit(loaded, files):
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
        """Put files in the place of others in one commit, without reading a row.

        Args:
            table: The table.
            files: Data files as `new_file` named them.
            marks: Kept in the snapshot's summary.
            leaving: The files that leave; all of them when None.

        Returns:
            The current snapshot.

        Raises:
            pyiceberg.exceptions.ValidationException: Somebody else changed the table meanwhile.
        """
        loaded = self._load_to_write(table)
        tasks = list(loaded.scan().plan_files())
        if leaving is not None:
            named = {f"{SCHEME}{file.path}" for file in leaving}
            tasks = [task for task in tasks if task.file.file_path in named]
        if files or tasks:
            with (
                loaded.transaction() as transaction,
                transaction.update_snapshot(snapshot_properties=dict(marks)).overwrite() as snapshot,
            ):
                for task in tasks:
                    snapshot.delete_data_file(task.file)
                for file in for_commit(loaded, files):
                    snapshot.append_data_file(file)
        return _current(loaded)

    def hold(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Let a table hold these files and no others, in one commit; none where it does already.

        Args:
            table: The table.
            files: Data files, some of which it may hold already.
            marks: Kept in the snapshot's summary.

        Returns:
            The current snapshot.

        Raises:
            pyiceberg.exceptions.ValidationException: Somebody else changed the table meanwhile.
        """
        wanted = {file.path for file in files}
        current = self.files(table)
        held = {file.path for file in current}
        adding = [file for file in files if file.path not in held]
        leaving = [file for file in current if file.path not in wanted]
        if leaving:
            return self.replace(table, adding, marks, leaving=leaving)
        return self.append(table, adding, marks)

    def reached(self, table: Table) -> set[Path]:
        """Every file that the table's metadata leads to: of data, and of metadata itself."""
        loaded = self._load(table)
        found = {loaded.metadata_location, *(entry.metadata_file for entry in loaded.metadata.metadata_log)}
        for snapshot in loaded.snapshots():
            found.add(snapshot.manifest_list)
            for manifest in snapshot.manifests(loaded.io):
                found.add(manifest.manifest_path)
                entries = manifest.fetch_manifest_entry(loaded.io, discard_deleted=True)
                found.update(entry.data_file.file_path for entry in entries)
        return {Path(address.removeprefix(SCHEME)) for address in found}

    def sweep(self, table: Table) -> int:
        """Remove the files of a table's folder that its metadata does not lead to; return how many."""
        reached = self.reached(table)
        lost = [p for p in self.folder(table).rglob("*") if p.is_file() and p not in reached]
        for path in lost:
            path.unlink()
        return len(lost)


def _current(loaded: "IcebergTable") -> int | None:
    current = loaded.current_snapshot()
    return current.snapshot_id if current else None
