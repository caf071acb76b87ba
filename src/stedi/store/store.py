"""What a run asks of tables, wherever they live.

A table's files are added whole and leave whole, in one snapshot a commit. Nothing is read from
a folder: which files belong to a table is what its metadata says.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from stedi.ground.errors import FilesGoneError
from stedi.ground.places import Place, all_there
from stedi.ground.zones import Zone
from stedi.schema.table import Table
from stedi.store.data_files import DataFile

NAMESPACE = "stedi"

BUILT = (Zone.TRUSTED, Zone.CURATED)
"""The zones whose tables a run builds anew from the others."""

EXPIRED = "stedi.expired"
"""A property of a table that once forgot its older metadata."""

KEPT_METADATA = "write.metadata.previous-versions-max"

RETRIES = {"commit.retry.num-retries": "20"}
"""How often a commit is tried again on what another left; with the default, once, one of 40 was lost."""


@dataclass(frozen=True)
class Snapshot:
    """A state of a table.

    Attributes:
        id: Its number.
        parent: The number of the one before; None for the first.
        at_ms: When it was committed, UTC ms.
        summary: What its commit told of itself.
    """

    id: int
    parent: int | None
    at_ms: int
    summary: Mapping[str, str] = field(default_factory=dict)


class Store(ABC):
    """The tables of a lake. One store serves one run."""

    @abstractmethod
    def close(self) -> None:
        """Let go of whatever is held open."""

    @abstractmethod
    def create(self, tables: Iterable[Table]) -> None:
        """Create the Iceberg tables that are not there yet."""

    @abstractmethod
    def holds(self, table: Table) -> bool:
        """Whether the table is there; a run that was killed at first may have created but some."""

    @abstractmethod
    def folder(self, table: Table) -> Place:
        """The folder of a table."""

    @abstractmethod
    def snapshots(self, table: Table) -> list[Snapshot]:
        """The snapshots of a table that can still be read."""

    @abstractmethod
    def snapshot_id(self, table: Table) -> int | None:
        """The table's current snapshot; None while nothing was ever added."""

    @abstractmethod
    def files(
        self, table: Table, *, snapshot: int | None = None, within: tuple[int, int] | None = None
    ) -> list[DataFile]:
        """The data files of a table, in a stable order.

        Args:
            table: The table.
            snapshot: As of which snapshot; the current one when None.
            within: Only files that may hold rows of these moments, the first and the last, UTC ms.

        Raises:
            FilesGoneError: The metadata leads to a file that is not there.
        """

    @abstractmethod
    def append(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Add files to a table in one commit.

        Args:
            table: The table.
            files: Data files as `new_file` named them; none changes nothing.
            marks: Kept in the snapshot's summary.

        Returns:
            The current snapshot.
        """

    @abstractmethod
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
            Exception: Somebody else changed the table meanwhile; the library's own error.
        """

    @abstractmethod
    def expire(self, table: Table, keep: Collection[int] = ()) -> int:
        """Drop every tag, branch and snapshot of a table but the current one and those to keep.

        The files that only those reached stay until `sweep`.

        Returns:
            How many snapshots went.
        """

    @abstractmethod
    def forget_metadata(self, table: Table) -> None:
        """Make the table's metadata lead to no older one that knows of expired snapshots.

        Each commit keeps the metadata before it, so one without a change pushes the older out.
        """

    @abstractmethod
    def reached(self, table: Table) -> set[Place]:
        """Every file that the table's metadata leads to: of data, and of metadata itself."""

    def new_file(self, table: Table, batch: str) -> Place:
        """A path for a new data file of a table; the file belongs to it once it is committed.

        Args:
            table: The table.
            batch: What the file is part of; `batch_of` tells it again.
        """
        data = self.folder(table) / "data"
        data.mkdir(parents=True, exist_ok=True)
        return data / f"{batch}_{uuid4().hex}.parquet"

    def require_there(self, table: Table, files: Iterable[DataFile]) -> None:
        """Make sure of data files before they are read.

        Raises:
            FilesGoneError: One is not there.
        """
        if not all_there(file.path for file in files):
            raise FilesGoneError(table.name, str(self.folder(table)), built_anew=table.zone in BUILT)

    def has_snapshot(self, table: Table, snapshot: int) -> bool:
        """Whether a snapshot of a table can still be read."""
        return any(each.id == snapshot for each in self.snapshots(table))

    def rows(self, table: Table) -> int:
        """How many rows a table holds, from its metadata."""
        return sum(file.rows for file in self.files(table))

    def hold(self, table: Table, files: Sequence[DataFile], marks: Mapping[str, str]) -> int | None:
        """Let a table hold these files and no others, in one commit; none where it does already.

        Args:
            table: The table.
            files: Data files, some of which it may hold already.
            marks: Kept in the snapshot's summary.

        Returns:
            The current snapshot.

        Raises:
            Exception: As for `replace`.
        """
        wanted = {file.path for file in files}
        current = self.files(table)
        held = {file.path for file in current}
        adding = [file for file in files if file.path not in held]
        leaving = [file for file in current if file.path not in wanted]
        if leaving:
            return self.replace(table, adding, marks, leaving=leaving)
        return self.append(table, adding, marks)

    def sweep(self, table: Table) -> int:
        """Remove the files of a table's folder that its metadata does not lead to; return how many."""
        reached = self.reached(table)
        lost = [p for p in self.folder(table).rglob("*") if p.is_file() and p not in reached]
        for path in lost:
            path.unlink()
        return len(lost)
