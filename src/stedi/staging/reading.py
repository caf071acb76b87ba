"""Read landed files at once, and keep their lines aside until a batch is whole."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stedi import __version__
from stedi.building.run_context import Run
from stedi.engine.parquet import read_parquet
from stedi.engine.spark import is_spark
from stedi.engine.tasks import spread, together
from stedi.ground.errors import QualityGateError
from stedi.ground.places import Place
from stedi.landing import customer, quarantine
from stedi.schema.arrow import arrow_schema, coded_schema
from stedi.sources.astray import LOOKS_LIKE_CUSTOMERS
from stedi.sources.emptying import WHOLE, Position
from stedi.sources.envelopes import ITEM
from stedi.sources.examining import Examined
from stedi.sources.file_names import for_message
from stedi.sources.lines import LINE, Block, read_blocks
from stedi.sources.listing import ListedFile
from stedi.sources.opening import FileChangedError, open_content
from stedi.sources.source import Source
from stedi.staging.asides import Aside, Asides, Part
from stedi.staging.astray import CustomerLines
from stedi.staging.clock_faults import dated_ahead_notes
from stedi.staging.watching import WRONG_CLOCK, WRONG_CLOCKS, ReadingWatch
from stedi.store.data_files import DataFile
from stedi.store.rows import written
from stedi.suppression.suppressing import Suppressor

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Tally:
    """What the lines of one file came to, before rows that landed twice are dropped.

    `erased` names the lines and readings of people who were erased, of which nothing is kept; `told` is what
    their records tell all the same, as rows of `requests`; `longer_addresses` are those of customers that end
    with an erased person's; `grants` counts customer records with a consent time.
    """

    lines: int = 0
    plain: int = 0
    envelopes: int = 0
    readings: int = 0
    blank: int = 0
    readable: int = 0
    refused: int = 0
    grants: int = 0
    erased: list[Position] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    longer_addresses: set[str] = field(default_factory=set)
    notes: Counter[str] = field(default_factory=Counter)

    def add(self, block: Block) -> None:
        """Count a block."""
        self.lines += block.lines
        self.plain += block.plain
        self.envelopes += block.envelopes
        self.readings += block.readings
        self.blank += block.blank
        self.readable += block.accepted.num_rows
        self.refused += block.refused.num_rows
        self.notes.update(block.notes)
        if customer.CONSENT.name in block.accepted.schema.names:
            consents = block.accepted.column(customer.CONSENT.name)
            self.grants += len(consents) - consents.null_count


@dataclass(frozen=True)
class FileRead:
    """A file that was read line by line; without a tally it changed meanwhile and does not count."""

    file: ListedFile
    examined: Examined
    tally: Tally | None
    changed: FileChangedError | None = None


@dataclass(frozen=True)
class Reader:
    """Reads landed files; it travels to the tasks of an engine.

    Attributes:
        landed_at: When they landed, UTC ms.
        buckets: The lake's number of buckets.
        suppressor: Who was erased.
        folder: Where a task may keep lines aside.
        clock_ms: What the clock said then, UTC ms.
    """

    landed_at: int
    buckets: int
    suppressor: Suppressor
    folder: Place
    clock_ms: int

    def read(self, file: ListedFile, examined: Examined, asides: Asides) -> FileRead:
        """Read a file, and keep its lines aside.

        Whose clock is wrong is known at the file's end: it is read again, and their readings are refused.

        Raises:
            QualityGateError: A line has no verdict, or two.
        """
        if file.source.name == customer.SOURCE.name:
            return self._read(file, examined, asides, None)
        apart, watch = Asides.within(self.folder), ReadingWatch(file.source)
        read = self._read(file, examined, apart, watch)
        if read.tally is None or not (wrong := watch.wrong_clocks()):
            if read.tally:
                read.tally.notes.update(watch.units())
                asides.absorb(apart)
            else:
                apart.discard()
            return read
        apart.discard()
        again = self._read(file, examined, asides, watch := ReadingWatch(file.source), wrong)
        if again.tally:
            again.tally.notes.update(watch.units())
            again.tally.notes[WRONG_CLOCK] = read.tally.readable - again.tally.readable
            again.tally.notes[WRONG_CLOCKS] = len(wrong)
        return again

    def _read(
        self,
        file: ListedFile,
        examined: Examined,
        asides: Asides,
        watch: ReadingWatch | None,
        wrong_clocks: frozenset[str] = frozenset(),
    ) -> FileRead:
        import pyarrow.compute as pc

        tally, like_customers = Tally(), CustomerLines()
        try:
            with open_content(file, examined) as stream:
                for block in read_blocks(
                    stream,
                    file.source,
                    landed_at=self.landed_at,
                    buckets=self.buckets,
                    clock_ms=self.clock_ms,
                    wrong_clocks=wrong_clocks,
                ):
                    if self.suppressor:
                        block, erased, records = without_erased(block, file.source, self.suppressor)
                        tally.erased += erased
                        tally.told += self.suppressor.records.told(records)
                        if file.source.name == customer.SOURCE.name:
                            customers = pc.unique(block.accepted.column("participant")).to_pylist()
                            tally.longer_addresses |= self.suppressor.new_longer_addresses(customers)
                    tally.add(block)
                    if watch:
                        watch.add(block.accepted)
                        like_customers.add(block.refused)
                    else:
                        tally.notes += dated_ahead_notes(block.refused)
                    asides.accepted[file.source.name].add(
                        of_content(block.accepted, file.source, examined.sha256)
                    )
                    asides.refused.add(_quarantined(block.refused, file, examined, self.landed_at))
        except FileChangedError as changed:
            return FileRead(file, examined, None, changed)
        if tally.lines != examined.lines:
            raise QualityGateError(
                f"Nothing was staged: the lines of {for_message(file.path)} do not add up.",
                [f"{examined.lines:,} lines in the file, {tally.lines:,} with a verdict"],
            )
        if like_customers.count:
            tally.notes[LOOKS_LIKE_CUSTOMERS] = like_customers.count
        return FileRead(file, examined, tally)

    def read_apart(
        self, pairs: Sequence[tuple[ListedFile, Examined]]
    ) -> tuple[list[FileRead], dict[str, list[Part]]]:
        """Read some files, and keep their lines in files of their own, which are named."""
        asides = Asides.within(self.folder)
        reads = [self.read(*pair, asides) for pair in pairs]
        asides.close()
        return reads, {name: aside.parts for name, aside in asides.all.items()}


def read_all(
    session: "SparkSession",
    files: Sequence[tuple[ListedFile, Examined]],
    asides: Asides,
    reader: Reader,
) -> list[FileRead]:
    """Read files at once: side by side in this process, or each in a task of Spark.

    Args:
        session: The engine.
        files: Files that were examined.
        asides: Where their lines go; on Spark those of a task that was given up never do.
        reader: Reads them.
    """
    if not is_spark(session):
        return spread(session, lambda pair: reader.read(*pair, asides), files, size=_size)
    reads: dict[tuple[str, str], FileRead] = {}
    for some, parts in together(session, reader.read_apart, files, size=_size):
        reads.update(((read.file.source.name, read.file.name), read) for read in some)
        for name, kept in parts.items():
            asides.all[name].take(kept)
    return [reads[file.source.name, file.name] for file, _ in files]


def _size(pair: tuple[ListedFile, Examined]) -> int:
    return pair[1].size


def without_erased(
    block: Block, source: Source, suppressor: Suppressor
) -> tuple[Block, list[Position], list[dict[str, Any]]]:
    """A block without the lines and readings of erased people, where those stand, and their records."""
    import pyarrow as pa

    gone: list[Position] = []
    kept = []
    records: list[dict[str, Any]] = []
    for rows, erased in (
        (block.accepted, suppressor.accepted(source.name, block.accepted)),
        (block.refused, suppressor.refused(block.refused)),
    ):
        if erased.any():
            theirs = rows.filter(pa.array(erased))
            gone += positions(theirs)
            if source.name == customer.SOURCE.name and rows is block.accepted:
                records += theirs.to_pylist()
            rows = rows.filter(pa.array(~erased))
        kept.append(rows)
    return (replace(block, accepted=kept[0], refused=kept[1]) if gone else block), gone, records


def positions(rows: Any) -> Iterator[Position]:
    """Where some rows of a file stand in it."""
    lines = rows.column(LINE).to_pylist()
    items = rows.column(ITEM).to_pylist() if ITEM in rows.schema.names else [None] * len(lines)
    return ((line, item or WHOLE) for line, item in zip(lines, items, strict=True))


def of_content(rows: Any, source: Source, sha256: str) -> Any:
    """Accepted lines with the content that they stand in, in the staged table's columns."""
    import pyarrow as pa

    schema = coded_schema(source.staged)
    digest = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows.num_rows), [sha256])
    columns = [digest if name == "_file_sha256" else rows.column(name) for name in schema.names]
    return type(rows).from_arrays(columns, schema=schema)


def _quarantined(rows: Any, file: ListedFile, examined: Examined, landed_at: int) -> Any:
    import pyarrow as pa

    count = rows.num_rows
    known = {
        "source": pa.repeat(file.source.name, count),
        "_file_sha256": pa.repeat(examined.sha256, count),
        "reader_version": pa.repeat(__version__, count),
        "landed_at": pa.repeat(landed_at, count),
    }
    schema = arrow_schema(quarantine.TABLE)
    columns = [known[name] if name in known else rows.column(name) for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def refused_files(run: Run, aside: Aside, batch: str, without: Sequence[str]) -> list[DataFile]:
    """Write a batch's refused lines as data files of the quarantine."""
    import pyarrow as pa
    import pyarrow.compute as pc

    files = []
    for path in aside.files:
        rows: Any = read_parquet(path)
        if without:
            rows = rows.filter(
                ~pc.is_in(rows["_file_sha256"], value_set=pa.array(list(without), pa.string()))
            )
        if rows.num_rows:
            files.append(written(rows, quarantine.TABLE, run.store.new_file(quarantine.TABLE, batch)))
    return files
