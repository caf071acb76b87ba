"""Read a lake through its newest release."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from stedi.config import Lake
from stedi.errors import UsageError
from stedi.landing import landed_files
from stedi.pipeline.ledger import Ledger
from stedi.pipeline.releases import Release, newest
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.local import LocalStore


class LakeReader:
    """The tables of a lake, as its newest release shows them."""

    def __init__(self, lake: Lake, store: LocalStore, release: Release) -> None:
        self.lake = lake
        self.store = store
        self.release = release

    def files(self, table: Table) -> list[DataFile]:
        """The data files of an Iceberg table that the release holds; of the releases, all."""
        if table.name not in self.release.snapshots:
            return self.store.files(table)
        snapshot = self.release.snapshots[table.name]
        return [] if snapshot is None else self.store.files(table, snapshot=snapshot)

    def ledger(self) -> Ledger:
        """The ledger that the release holds."""
        snapshot = self.release.snapshots[landed_files.TABLE.name]
        return Ledger([]) if snapshot is None else Ledger.of(self.store, snapshot=snapshot)


@contextmanager
def reading(lake: Lake) -> Iterator[LakeReader]:
    """Open a lake for reading.

    Raises:
        UsageError: Nothing was published yet.
    """
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        release = newest(store) if lake.warehouse.exists() else None
        if release is None:
            raise UsageError(
                f"The lake in {lake.root} holds no release yet; nothing was read.\n"
                f"Make one: stedi --lake {shlex.quote(str(lake.root))} run"
            )
        yield LakeReader(lake, store, release)
    finally:
        store.close()
