"""The data files that manifests name."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from stedi.places import Place
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.entries import path_of, span_of

if TYPE_CHECKING:
    from pyiceberg.manifest import DataFile as Described
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table as IcebergTable


class Manifests:
    """Reads each manifest once: none ever changes, and a table's history has many in common.

    PyIceberg reads them again for every question, two milliseconds each: a run asks two dozen, and
    the questions after the hundredth delivery would read a hundred manifests each.
    """

    def __init__(self) -> None:
        self._named: dict[str, tuple[DataFile, ...]] = {}

    def files(self, loaded: "IcebergTable", table: Table, snapshot: int) -> list[DataFile]:
        """The data files of a snapshot of a table, in no order.

        Raises:
            ValueError: The table has no such snapshot.
            FileNotFoundError: A manifest is gone.
        """
        told = loaded.snapshot_by_id(snapshot)
        if told is None:
            raise ValueError(f"{table.name} has no snapshot {snapshot}")
        return [file for each in told.manifests(loaded.io) for file in self.named(loaded, table, each)]

    def named(self, loaded: "IcebergTable", table: Table, manifest: "ManifestFile") -> tuple[DataFile, ...]:
        """The data files that a manifest of a table names and does not tell to be deleted."""
        known = self._named.get(manifest.manifest_path)
        if known is not None:
            return known
        moment = loaded.schema().find_field(table.moment).field_id if table.moment else None
        found = tuple(
            DataFile(
                path_of(entry.data_file),
                entry.data_file.partition[0] if table.partition else None,
                entry.data_file.record_count,
                span_of(entry.data_file, moment),
            )
            for entry in manifest.fetch_manifest_entry(loaded.io, discard_deleted=True)
        )
        self._named[manifest.manifest_path] = found
        return found

    def described(
        self, loaded: "IcebergTable", table: Table, leaving: Collection[Place] | None
    ) -> "list[Described]":
        """What PyIceberg must know of the current data files that leave; of all where None."""
        told = loaded.current_snapshot()
        manifests = told.manifests(loaded.io) if told else []
        if leaving is not None:
            manifests = [
                each
                for each in manifests
                if any(file.path in leaving for file in self.named(loaded, table, each))
            ]
        return [
            entry.data_file
            for each in manifests
            for entry in each.fetch_manifest_entry(loaded.io, discard_deleted=True)
            if leaving is None or path_of(entry.data_file) in leaving
        ]
