"""Read a lake through its newest release."""

from collections.abc import Iterator
from contextlib import contextmanager

from stedi.config import Lake
from stedi.errors import UsageError
from stedi.pipeline.publish import Release, newest
from stedi.schema.table import Kind, Table
from stedi.store.local import DataFile, LocalStore


class LakeReader:
    """The tables of a lake, as its newest release shows them."""

    def __init__(self, lake: Lake, store: LocalStore, release: Release) -> None:
        self.lake = lake
        self.store = store
        self.release = release

    def files(self, table: Table) -> list[DataFile]:
        """The data files of a table that the release holds.

        The ledger, the quarantine and the releases are no result of a release: they are shown as
        they are now.
        """
        if table.kind is Kind.EXTERNAL:
            return []
        if table.name in self.release.snapshots and table.name not in ("landed_files", "quarantine"):
            snapshot = self.release.snapshots[table.name]
            return [] if snapshot is None else self.store.files(table, snapshot=snapshot)
        return self.store.files(table)


@contextmanager
def reading(lake: Lake) -> Iterator[LakeReader]:
    """Open a lake for reading.

    Raises:
        UsageError: Nothing was published yet.
    """
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        release = newest(store) if lake.catalog.exists() else None
        if release is None:
            raise UsageError(
                f"The lake in {lake.root} holds no release yet; nothing was read.\n"
                f"Make one: stedi --lake {lake.root} run"
            )
        yield LakeReader(lake, store, release)
    finally:
        store.close()
