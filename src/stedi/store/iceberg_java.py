"""Iceberg's own library, inside Spark's JVM: the few calls a store makes of it."""

from collections.abc import Callable, Iterator
from struct import pack
from typing import TYPE_CHECKING, Any

from stedi.engine.parquet import addressed
from stedi.ground.places import Place
from stedi.schema.table import Table
from stedi.store.data_files import DataFile
from stedi.store.store import NAMESPACE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def inside(folder: Place, address: str) -> Place:
    """The path of a file in a folder, from its address in metadata.

    Raises:
        ValueError: It lies elsewhere.
    """
    plain, begins = _plain(address), f"{_plain(addressed(folder))}/"
    if not plain.startswith(begins):
        raise ValueError(f"A file that the metadata names lies outside {folder}.")
    return folder / plain.removeprefix(begins)


def _plain(address: str) -> str:
    # Java writes file:/x where others write file:///x.
    return "/" + address.removeprefix("file:").lstrip("/") if address.startswith("file:") else address


class Java:
    """The catalog and the tables as Iceberg's library sees them."""

    def __init__(self, session: "SparkSession", catalog: str) -> None:
        self._jvm: Any = session._jvm
        self._iceberg = self._jvm.org.apache.iceberg
        self._catalog = self._iceberg.spark.Spark3Util.loadIcebergCatalog(session._jsparkSession, catalog)
        levels = session._sc._gateway.new_array(self._jvm.java.lang.String, 1)
        levels[0] = NAMESPACE
        self._namespace = self._iceberg.catalog.Namespace.of(levels)
        self._loaded: dict[str, Any] = {}

    def is_a(self, error: Exception, *names: str) -> bool:
        """Whether an error came from Java, and is of one of these kinds of Iceberg's."""
        thrown = getattr(error, "java_exception", None)
        while thrown is not None:
            if thrown.getClass().getSimpleName() in names:
                return True
            thrown = thrown.getCause()
        return False

    def tables(self) -> set[str]:
        """The names of the tables of the database, which must be there."""
        return {identifier.name() for identifier in self._catalog.listTables(self._namespace)}

    def holds(self, name: str) -> bool:
        """Whether there is such a table."""
        return bool(self._catalog.tableExists(self._identifier(name)))

    def _identifier(self, name: str) -> Any:
        return self._iceberg.catalog.TableIdentifier.of(self._namespace, name)

    def load(self, name: str) -> Any:
        """A table as it is now."""
        if name in self._loaded:
            self._loaded[name].refresh()
        else:
            self._loaded[name] = self._catalog.loadTable(self._identifier(name))
            # The catalog may have kept it since an earlier store.
            self._loaded[name].refresh()
        return self._loaded[name]

    def planned(self, loaded: Any, snapshot: int, moment: str | None) -> list[Any]:
        """The data files of a snapshot; with the bounds of a column, where one is named."""
        scan = loaded.newScan().useSnapshot(snapshot)
        if moment:
            scan = scan.includeColumnStats([moment])
        tasks = scan.planFiles()
        try:
            return [task.file() for task in _each(tasks.iterator())]
        finally:
            tasks.close()

    def bucket(self, file: Any) -> int:
        """The bucket of a data file."""
        value: int = file.partition().get(0)
        return value

    def span(self, loaded: Any, file: Any, moment: str) -> tuple[int, int] | None:
        """The first and the last moment of a data file's rows; None where the metadata does not tell."""
        field = loaded.schema().findField(moment)
        number, kind = field.fieldId(), field.type()
        told = []
        for bounds in (file.lowerBounds(), file.upperBounds()):
            bound = None if bounds is None else bounds.get(number)
            if bound is None:
                return None
            told.append(self._iceberg.types.Conversions.fromByteBuffer(kind, bound))
        return told[0], told[1]

    def entries(self, loaded: Any, table: Table) -> Callable[[DataFile], Any]:
        """What describes files to a commit of a table.

        Bounds are of the partition and the moment alone. Iceberg's own reading of footers finds none in
        files without field ids: https://github.com/apache/iceberg/pull/14617, mended after 1.10.0.
        """
        io, spec, schema = loaded.io(), loaded.spec(), loaded.schema()
        wrap = self._jvm.java.nio.ByteBuffer.wrap

        def entry(file: DataFile) -> Any:
            builder = self._iceberg.DataFiles.builder(spec)
            address = addressed(file.path)
            builder = (
                builder.withInputFile(io.newInputFile(address))
                if file.size is None
                else builder.withPath(address).withFileSizeInBytes(file.size)
            ).withFormat("PARQUET")
            bounds: tuple[dict[int, Any], dict[int, Any]] = ({}, {})
            if table.partition and file.bucket is not None:
                builder = builder.withPartitionPath(f"{table.partition}={file.bucket}")
                for of_side in bounds:
                    of_side[schema.findField(table.partition).fieldId()] = wrap(pack("<i", file.bucket))
            if table.moment and file.span:
                for of_side, moment in zip(bounds, file.span, strict=True):
                    of_side[schema.findField(table.moment).fieldId()] = wrap(pack("<q", moment))
            metrics = self._iceberg.Metrics(None, None, None, None, None, *bounds)
            return builder.withMetrics(metrics).withRecordCount(file.rows).build()

        return entry

    def reached(self, loaded: Any) -> set[str]:
        """The address of every file that a table's metadata leads to, itself included."""
        now = loaded.operations().current()
        found = {now.metadataFileLocation(), *(entry.file() for entry in now.previousFiles())}
        found |= set(self._iceberg.ReachableFileUtil.statisticsFilesLocations(loaded))
        io, seen = loaded.io(), set()
        for snapshot in loaded.snapshots():
            found.add(snapshot.manifestListLocation())
            for manifest in snapshot.allManifests(io):
                if manifest.path() in seen:
                    continue
                seen.add(manifest.path())
                paths = self._iceberg.ManifestFiles.readPaths(manifest, io)
                found.update(_each(paths.iterator()))
                paths.close()
        return found | seen


def _each(iterator: Any) -> Iterator[Any]:
    while iterator.hasNext():
        yield iterator.next()
