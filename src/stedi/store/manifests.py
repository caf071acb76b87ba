"""The data files that manifests name."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from stedi.places import Place
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.entries import path_of, span_of

if TYPE_CHECKING:
    from pyiceberg.avro.reader import Reader
    from pyiceberg.io import FileIO
    from pyiceberg.manifest import DataFile as Described
    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table import Table as IcebergTable
    from pyiceberg.table.snapshots import Snapshot


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
        return [file for each in listed(loaded.io, told) for file in self.named(loaded, table, each)]

    def named(self, loaded: "IcebergTable", table: Table, manifest: "ManifestFile") -> tuple[DataFile, ...]:
        """The data files that a manifest of a table names and does not tell to be deleted."""
        known = self._named.get(manifest.manifest_path)
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
            for file in _live(loaded.io, manifest)
        )
        self._named[manifest.manifest_path] = found
        return found

    def described(
        self, loaded: "IcebergTable", table: Table, leaving: Collection[Place] | None
    ) -> "list[Described]":
        """What PyIceberg must know of the current data files that leave; of all where None."""
        told = loaded.current_snapshot()
        manifests = listed(loaded.io, told) if told else []
        if leaving is None:
            return [file for each in manifests for file in _live(loaded.io, each)]
        theirs = [
            each for each in manifests if any(f.path in leaving for f in self.named(loaded, table, each))
        ]
        return [file for each in theirs for file in _live(loaded.io, each) if path_of(file) in leaving]


def listed(io: "FileIO", snapshot: "Snapshot") -> "list[ManifestFile]":
    """The manifests of a snapshot."""
    return list(_records(io, snapshot.manifest_list, "list"))


def _live(io: "FileIO", manifest: "ManifestFile") -> "Iterator[Described]":
    """The data files of a manifest, but for those it tells to be deleted."""
    from pyiceberg.manifest import ManifestEntryStatus

    for entry in _records(io, manifest.manifest_path, "manifest"):
        if entry.status != ManifestEntryStatus.DELETED:
            entry.data_file.spec_id = manifest.partition_spec_id
            yield entry.data_file


def _records(io: "FileIO", location: str, kind: str) -> Iterator[Any]:
    """The records of an Avro file as PyIceberg reads them.

    Its own functions work out for every file anew how its schema is read, which takes as long as reading it.
    """
    from pyiceberg.avro.decoder import new_decoder
    from pyiceberg.avro.file import AvroFile

    file = AvroFile[Any](io.new_input(location))
    with file.input_file.open() as opened:
        file.decoder = new_decoder(opened.read())
    file.header = _header_reader().read(file.decoder)
    file.reader = _reader(file.header.meta["avro.schema"], kind)
    yield from file


@lru_cache
def _header_reader() -> "Reader":
    from pyiceberg.avro.file import META_SCHEMA, AvroFileHeader
    from pyiceberg.avro.resolver import construct_reader

    return construct_reader(META_SCHEMA, {-1: AvroFileHeader})


@lru_cache
def _reader(schema: str, kind: str) -> "Reader":
    """How records of a schema, Avro's JSON, are read."""
    import json

    from pyiceberg import manifest
    from pyiceberg.avro.resolver import resolve_reader
    from pyiceberg.utils.schema_conversion import AvroSchemaConversion

    written = AvroSchemaConversion().avro_to_iceberg(json.loads(schema))
    if kind == "list":
        return resolve_reader(
            written,
            manifest.MANIFEST_LIST_FILE_SCHEMAS[manifest.DEFAULT_READ_VERSION],
            {-1: manifest.ManifestFile, 508: manifest.PartitionFieldSummary},
            {517: manifest.ManifestContent},
        )
    return resolve_reader(
        written,
        manifest.MANIFEST_ENTRY_SCHEMAS[manifest.DEFAULT_READ_VERSION],
        {-1: manifest.ManifestEntry, 2: manifest.DataFile},
        {0: manifest.ManifestEntryStatus, 101: manifest.FileFormat, 134: manifest.DataFileContent},
    )
