"""Iceberg tables in a catalog of Spark: Glue's on AWS. Commits go through Iceberg's own library.

What a commit says of a file is what its footer tells of the partition and the moment, and of nothing else.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stedi.engine.parquet import addressed
from stedi.ground.errors import FilesGoneError, TableChangedError
from stedi.ground.failpoints import reached
from stedi.ground.places import Place
from stedi.ground.zones import Zone
from stedi.schema import ddl
from stedi.schema.table import Kind, Table
from stedi.store.data_files import DataFile, described
from stedi.store.iceberg_java import Java, inside
from stedi.store.store import EXPIRED, KEPT_METADATA, NAMESPACE, RETRIES, Snapshot, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

FILES_AT_ONCE = 8
"""What a commit says of a file takes a request or two to S3, most of which is waiting."""


class GlueStore(Store):
    """The tables of a lake in one database of a catalog that Spark knows."""

    def __init__(self, session: "SparkSession", catalog: str, zone_folder: Callable[[Zone], Place]) -> None:
        """Know where the tables are.

        Args:
            session: A session of Spark's own, set to the catalog.
            catalog: Its name in the session's settings, such as `glue_catalog`.
            zone_folder: The folder of a zone, with one folder a table.
        """
        self._session = session
        self._catalog_name = catalog
        self._zone_folder = zone_folder
        self._java = Java(session, catalog)
        self._files: dict[tuple[str, int], list[DataFile]] = {}

    def close(self) -> None:
        """Nothing is held open: the session belongs to whoever started it."""

    def create(self, tables: Iterable[Table]) -> None:
        """Create the Iceberg tables that are not there yet, and their database."""
        database = f"{self._catalog_name}.{NAMESPACE}"
        self._session.sql(f"CREATE NAMESPACE IF NOT EXISTS {database}")
        there = self._java.tables()
        for table in tables:
            if table.kind is Kind.ICEBERG and table.name not in there:
                reached("store.create")
                location = addressed(self.folder(table))
                self._session.sql(ddl.spark(table, database, location, more={**RETRIES, **ddl.named(table)}))

    def holds(self, table: Table) -> bool:
        """Whether the table is there."""
        return self._java.holds(table.name)

    def folder(self, table: Table) -> Place:
        """The folder of a table."""
        return self._zone_folder(table.zone) / table.name

    def snapshots(self, table: Table) -> list[Snapshot]:
        """The snapshots of a table that can still be read."""
        return [
            Snapshot(each.snapshotId(), each.parentId(), each.timestampMillis(), dict(each.summary()))
            for each in self._load(table).snapshots()
        ]

    def snapshot_id(self, table: Table) -> int | None:
        """The table's current snapshot; None while nothing was ever added."""
        return _current(self._load(table))

    def has_snapshot(self, table: Table, snapshot: int) -> bool:
        """Whether a snapshot of a table can still be read."""
        return self._load(table).snapshot(snapshot) is not None

    def files(
        self, table: Table, *, snapshot: int | None = None, within: tuple[int, int] | None = None
    ) -> list[DataFile]:
        """The data files of a table, in a stable order; see `Store.files`."""
        loaded = self._load(table)
        at = _current(loaded) if snapshot is None else snapshot
        if at is None:
            return []
        # A snapshot never changes.
        known = (table.name, at)
        if known not in self._files:
            with self._whole(table):
                planned = self._java.planned(loaded, at, table.moment)
                found = (self._described(table, loaded, file) for file in planned)
                self._files[known] = sorted(found, key=lambda file: file.path)
        return [file for file in self._files[known] if within is None or file.may_hold(within)]

    def append(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Add files to a table in one commit, after whatever others added meanwhile; see `Store.append`."""
        loaded = self._load(table)
        if files:
            self._commit(table, loaded, loaded.newAppend(), files, marks)
        return _current(loaded)

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
            TableChangedError: Somebody else changed the table meanwhile.
        """
        if leaving is None:
            return self._swap(table, files, marks, lambda path: True)
        named = {file.path for file in leaving}
        return self._swap(table, files, marks, lambda path: path in named, expected=named)

    def hold(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Let a table hold these files and no others, in one commit; see `Store.hold`."""
        wanted = {file.path for file in files}
        return self._swap(table, files, marks, lambda path: path not in wanted)

    def _swap(
        self,
        table: Table,
        files: Sequence[DataFile],
        marks: Mapping[str, str],
        goes: Callable[[Place], bool],
        expected: Collection[Place] = (),
    ) -> int | None:
        """Let some files of the table leave and others come, valid for the snapshot it begins from."""
        loaded = self._load(table)
        base = _current(loaded)
        planned = [] if base is None else self._java.planned(loaded, base, None)
        held = {self._path(table, file.location()): file for file in planned}
        if any(path not in held for path in expected):
            raise TableChangedError(table.name)
        going = [file for path, file in held.items() if goes(path)]
        adding = [file for file in files if file.path not in held]
        if not going:
            return self.append(table, adding, marks) if adding else base
        change = loaded.newOverwrite().validateFromSnapshot(base)
        change = change.validateNoConflictingData().validateNoConflictingDeletes()
        for file in going:
            change = change.deleteFile(file)
        self._commit(table, loaded, change, adding, marks, add="addFile")
        return _current(loaded)

    def _commit(
        self,
        table: Table,
        loaded: Any,
        change: Any,
        files: Sequence[DataFile],
        marks: Mapping[str, str],
        *,
        add: str = "appendFile",
    ) -> None:
        entry = self._java.entries(loaded, table)
        with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
            for told in pool.map(lambda file: entry(_with_span(file, table)), files):
                change = getattr(change, add)(told)
        for name, value in marks.items():
            change = change.set(name, value)
        with self._conflicts_told(table):
            change.commit()

    def expire(self, table: Table, keep: Collection[int] = ()) -> int:
        """Drop every tag, branch and snapshot of a table but the current one and those to keep."""
        loaded = self._load(table)
        extra = [(name, ref) for name, ref in dict(loaded.refs()).items() if name != "main"]
        if extra:
            managed = loaded.manageSnapshots()
            for name, ref in extra:
                managed = managed.removeBranch(name) if ref.isBranch() else managed.removeTag(name)
            managed.commit()
            loaded = self._load(table)
        wanted = {_current(loaded), *keep}
        old = [each.snapshotId() for each in loaded.snapshots() if each.snapshotId() not in wanted]
        if old:
            # Else Iceberg would let go of all that is older than five days as well. Files go by `sweep`.
            change = loaded.expireSnapshots().expireOlderThan(0).cleanExpiredFiles(False)
            for snapshot in old:
                change = change.expireSnapshotId(snapshot)
            with self._conflicts_told(table):
                change.commit()
        self._files = {known: files for known, files in self._files.items() if known[0] != table.name}
        return len(old)

    def forget_metadata(self, table: Table) -> None:
        """Make the table's metadata lead to no older one that knows of expired snapshots."""
        loaded = self._load(table)
        keep = dict(loaded.properties()).get(KEPT_METADATA, str(ddl.OLD_METADATA_KEPT))
        with self._conflicts_told(table):
            loaded.updateProperties().set(KEPT_METADATA, "1").set(EXPIRED, "yes").commit()
            self._load(table).updateProperties().set(KEPT_METADATA, keep).commit()

    def reached(self, table: Table) -> set[Place]:
        """Every file that the table's metadata leads to: of data, and of metadata itself."""
        return {self._path(table, address) for address in self._java.reached(self._load(table))}

    def _load(self, table: Table) -> Any:
        """The table as it is now."""
        with self._whole(table):
            return self._java.load(table.name)

    def _path(self, table: Table, address: str) -> Place:
        return inside(self.folder(table), address)

    def _described(self, table: Table, loaded: Any, file: Any) -> DataFile:
        return DataFile(
            self._path(table, file.location()),
            self._java.bucket(file) if table.partition else None,
            file.recordCount(),
            self._java.span(loaded, file, table.moment) if table.moment else None,
        )

    @contextmanager
    def _whole(self, table: Table) -> "Iterator[None]":
        """Tell of files of a table that are gone."""
        try:
            yield
        except Exception as error:
            if self._java.is_a(error, "NotFoundException"):
                raise FilesGoneError(table.name, str(self.folder(table))) from None
            raise

    @contextmanager
    def _conflicts_told(self, table: Table) -> "Iterator[None]":
        try:
            yield
        except Exception as error:
            if self._java.is_a(error, "ValidationException", "CommitFailedException"):
                raise TableChangedError(table.name) from None
            raise


def _current(loaded: Any) -> int | None:
    current = loaded.currentSnapshot()
    return None if current is None else current.snapshotId()


def _with_span(file: DataFile, table: Table) -> DataFile:
    is_told = file.span or file.size is not None or table.moment is None
    return file if is_told else described(file.path, file.bucket, table)
