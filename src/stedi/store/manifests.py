"""The data files that manifests name."""

import json
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stedi.ground.errors import StediError
from stedi.ground.places import Place
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.entries import path_of, span_of

if TYPE_CHECKING:
    from pyiceberg.avro.reader import Reader
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile as IcebergDataFile
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.schema import Schema
    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.snapshots import Snapshot


class Manifests:
    """Tells which data files manifests name, and reads each manifest once for it: none ever changes.

    PyIceberg reads them again for every question, two milliseconds each: a run asks two dozen, and
    the questions after the hundredth delivery would read a hundred manifests each.
    """

    def __init__(self) -> None:
        self._listed: dict[str, list[ManifestFile]] = {}
        self._files: dict[str, tuple[DataFile, ...]] = {}

    def files(self, loaded: "IcebergTable", table: Table, snapshot: int) -> list[DataFile]:
        """The data files of a snapshot of a table, by their paths.

        Raises:
            ValueError: The table has no such snapshot.
            FileNotFoundError: A manifest is gone.
            StediError: Rows were deleted without rewriting their files.
        """
        asked = loaded.snapshot_by_id(snapshot)
        if asked is None:
            raise ValueError(f"{table.name} has no snapshot {snapshot}")
        found = [file for each in self.of(loaded, asked) for file in self.files_in(loaded, table, each)]
        return sorted(found, key=lambda file: file.path)

    def of(self, loaded: "IcebergTable", snapshot: "Snapshot") -> "list[ManifestFile]":
        """The manifests of a snapshot."""
        known = self._listed.get(snapshot.manifest_list)
        if known is None:
            known = list(_records(loaded.io, snapshot.manifest_list, _list_reader))
            self._listed[snapshot.manifest_list] = known
        return known

    def files_in(
        self, loaded: "IcebergTable", table: Table, manifest: "ManifestFile"
    ) -> tuple[DataFile, ...]:
        """The data files that a manifest of a table names and does not tell to be deleted."""
        known = self._files.get(manifest.manifest_path)
        if known is not None:
            return known
        moment = loaded.schema().find_field(table.moment).field_id if table.moment else None
        found = tuple(
            DataFile(
                path_of(file),
                file.partition[0] if table.partition else None,
                file.record_count,
                span_of(file, moment),
            )
            for file in _live(loaded.io, table, manifest)
        )
        self._files[manifest.manifest_path] = found
        return found

    def leaving(
        self, loaded: "IcebergTable", table: Table, paths: Collection[Place] | None
    ) -> "list[IcebergDataFile]":
        """What PyIceberg must know of the current data files that leave, of all where None."""
        current = loaded.current_snapshot()
        return [
            file
            for manifest in (self.of(loaded, current) if current else ())
            if paths is None or any(f.path in paths for f in self.files_in(loaded, table, manifest))
            for file in _live(loaded.io, table, manifest)
            if paths is None or path_of(file) in paths
        ]


def _live(io: "FileIO", table: Table, manifest: "ManifestFile") -> "Iterator[IcebergDataFile]":
    """The data files of a manifest, but for those it tells to be deleted."""
    from pyiceberg.manifest import ManifestContent, ManifestEntryStatus

    if manifest.content != ManifestContent.DATA:
        raise StediError(
            f"Rows of {table.name} were deleted without rewriting their files, so they would still be read; "
            "nothing was done.\nLet whoever deleted them rewrite the files (copy-on-write)."
        )
    for entry in _records(io, manifest.manifest_path, _entry_reader):
        if entry.status != ManifestEntryStatus.DELETED:
            entry.data_file.spec_id = manifest.partition_spec_id
            yield entry.data_file


def _records(io: "FileIO", location: str, reader: "Callable[[str], Reader]") -> Iterator[Any]:
    """The records of an Avro file, read as PyIceberg's `AvroFile.__enter__` does.

    That works out for every file anew how its schema is read, which takes as long as reading it.
    """
    from pyiceberg.avro.decoder import new_decoder
    from pyiceberg.avro.file import AvroFile

    file = AvroFile[Any](io.new_input(location))
    with file.input_file.open() as opened:
        file.decoder = new_decoder(opened.read())
    file.header = _header_reader().read(file.decoder)
    file.reader = reader(file.header.meta["avro.schema"])
    yield from file


@lru_cache
def _header_reader() -> "Reader":
    from pyiceberg.avro.file import META_SCHEMA, AvroFileHeader
    from pyiceberg.avro.resolver import construct_reader

    return construct_reader(META_SCHEMA, {-1: AvroFileHeader})


def _written(schema: str) -> "Schema":
    """An Avro schema, as JSON, in Iceberg's terms."""
    from pyiceberg.utils.schema_conversion import AvroSchemaConversion

    return AvroSchemaConversion().avro_to_iceberg(json.loads(schema))


@lru_cache
def _list_reader(schema: str) -> "Reader":
    """As `pyiceberg.manifest.read_manifest_list` reads."""
    from pyiceberg import manifest
    from pyiceberg.avro.resolver import resolve_reader

    return resolve_reader(
        _written(schema),
        manifest.MANIFEST_LIST_FILE_SCHEMAS[manifest.DEFAULT_READ_VERSION],
        {-1: manifest.ManifestFile, 508: manifest.PartitionFieldSummary},
        {517: manifest.ManifestContent},
    )


@lru_cache
def _entry_reader(schema: str) -> "Reader":
    """As `pyiceberg.manifest.ManifestFile.fetch_manifest_entry` reads."""
    from pyiceberg import manifest
    from pyiceberg.avro.resolver import resolve_reader

    return resolve_reader(
        _written(schema),
        manifest.MANIFEST_ENTRY_SCHEMAS[manifest.DEFAULT_READ_VERSION],
        {-1: manifest.ManifestEntry, 2: manifest.DataFile},
        {0: manifest.ManifestEntryStatus, 101: manifest.FileFormat, 134: manifest.DataFileContent},
    )
