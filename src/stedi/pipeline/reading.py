"""Read landed files side by side, and keep their lines aside until a batch is whole."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from uuid import uuid4

from stedi import __version__
from stedi.errors import QualityGateError
from stedi.landing import quarantine
from stedi.pipeline.run_context import Run
from stedi.pipeline.suppressing import Suppressor
from stedi.places import Place, parquet_sink, parquet_source
from stedi.schema.arrow import arrow_schema
from stedi.schema.table import Table
from stedi.sources.emptying import WHOLE, Position
from stedi.sources.envelopes import ITEM
from stedi.sources.examining import Examined
from stedi.sources.file_names import for_message
from stedi.sources.lines import LINE, Block, read_blocks
from stedi.sources.listing import ListedFile
from stedi.sources.opening import FileChangedError, opened
from stedi.sources.source import Source
from stedi.store.data_files import DataFile
from stedi.store.rows import written

READERS = 2
ROWS_HELD = 128 * 1024
"""Rows that wait in memory before they are written as one row group."""


@dataclass
class Tally:
    """What the lines of one file came to, before rows that landed twice are dropped.

    `erased` names the lines and readings of people who were erased, of which nothing is kept.
    """

    lines: int = 0
    plain: int = 0
    envelopes: int = 0
    readings: int = 0
    blank: int = 0
    readable: int = 0
    refused: int = 0
    erased: list[Position] = field(default_factory=list)
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


class Aside:
    """Rows of one table kept on disk until their batch is whole; safe to use from several threads."""

    def __init__(self, folder: Place, table: Table) -> None:
        self.files: list[Place] = []
        self.rows = 0
        self.spans: list[tuple[int, int]] = []
        self._folder = folder
        self._table = table
        self._held: list[Any] = []
        self._held_rows = 0
        self._lock = Lock()

    def add(self, rows: Any) -> None:
        """Keep a record batch of the table's columns."""
        if not rows.num_rows:
            return
        with self._lock:
            self._held.append(rows)
            self._held_rows += rows.num_rows
            full = self._taken() if self._held_rows >= ROWS_HELD else []
        self._write(full)

    def close(self) -> None:
        """Write what is still held."""
        self._write(self._taken())

    def _taken(self) -> list[Any]:
        taken, self._held, self._held_rows = self._held, [], 0
        return taken

    def _write(self, batches: list[Any]) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        if not batches:
            return
        rows = pa.Table.from_batches(batches)
        path = self._folder / f"{self._table.name}-{uuid4().hex}.parquet"
        with parquet_sink(path) as sink:
            pq.write_table(rows, sink, compression="none", write_statistics=False)
        span = pc.min_max(rows[self._table.moment]).as_py()
        with self._lock:
            self.files.append(path)
            self.rows += rows.num_rows
            self.spans.append((span["min"], span["max"]))

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last moment of all rows."""
        return min(first for first, _ in self.spans), max(last for _, last in self.spans)


@dataclass(frozen=True)
class FileRead:
    """A file that was read line by line; without a tally it changed meanwhile and does not count."""

    file: ListedFile
    examined: Examined
    tally: Tally | None
    changed: FileChangedError | None = None


def read_all(
    files: Iterable[tuple[ListedFile, Examined]],
    aside: dict[str, Aside],
    refused: Aside,
    *,
    landed_at: int,
    buckets: int,
    suppressor: Suppressor,
) -> Iterator[FileRead]:
    """Read files side by side, in no order.

    Args:
        files: Files that were examined.
        aside: Where accepted lines go, by source.
        refused: Where refused lines go.
        landed_at: When they landed, UTC ms.
        buckets: The lake's number of buckets.
        suppressor: Who was erased.
    """

    def read(file: ListedFile, examined: Examined) -> FileRead:
        tally = Tally()
        try:
            with opened(file, examined) as stream:
                for block in read_blocks(stream, file.source, landed_at=landed_at, buckets=buckets):
                    if suppressor:
                        block, erased = without_erased(block, file.source, suppressor)
                        tally.erased += erased
                    tally.add(block)
                    aside[file.source.name].add(_of_file(block.accepted, file, examined))
                    refused.add(_quarantined(block.refused, file, examined, landed_at))
        except FileChangedError as changed:
            return FileRead(file, examined, None, changed)
        if tally.lines != examined.lines:
            raise QualityGateError(
                f"Nothing was staged: the lines of {for_message(file.path)} do not add up.",
                [f"{examined.lines:,} lines in the file, {tally.lines:,} with a verdict"],
            )
        return FileRead(file, examined, tally)

    with ThreadPoolExecutor(READERS) as pool:
        # The largest first, so that no reader is left alone with it at the end.
        ordered = sorted(files, key=lambda pair: pair[1].size, reverse=True)
        yield from pool.map(lambda pair: read(*pair), ordered)


def without_erased(block: Block, source: Source, suppressor: Suppressor) -> tuple[Block, list[Position]]:
    """A block without the lines and readings of erased people, and where those stand."""
    import pyarrow as pa

    gone: list[Position] = []
    kept = []
    for rows, erased in (
        (block.accepted, suppressor.accepted(source.name, block.accepted)),
        (block.refused, suppressor.refused(block.refused)),
    ):
        if erased.any():
            gone += _positions(rows.filter(pa.array(erased)))
            rows = rows.filter(pa.array(~erased))
        kept.append(rows)
    return (replace(block, accepted=kept[0], refused=kept[1]) if gone else block), gone


def _positions(rows: Any) -> Iterator[Position]:
    lines = rows.column(LINE).to_pylist()
    items = rows.column(ITEM).to_pylist() if ITEM in rows.schema.names else [None] * len(lines)
    return ((line, item or WHOLE) for line, item in zip(lines, items, strict=True))


def _of_file(rows: Any, file: ListedFile, examined: Examined) -> Any:
    """The accepted lines with their file, in the staged table's columns."""
    import pyarrow as pa

    schema = arrow_schema(file.source.staged)
    digest = pa.repeat(examined.sha256, rows.num_rows)
    columns = [digest if name == "_file_sha256" else rows.column(name) for name in schema.names]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


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
    import pyarrow.parquet as pq

    files = []
    for path in aside.files:
        rows: Any = pq.read_table(parquet_source(path))
        if without:
            rows = rows.filter(
                ~pc.is_in(rows["_file_sha256"], value_set=pa.array(list(without), pa.string()))
            )
        if rows.num_rows:
            files.append(written(rows, quarantine.TABLE, run.store.new_file(quarantine.TABLE, batch)))
    return files
