"""Rows of landed files, kept on disk until their batch is whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import uuid4

from stedi.building.exchange import Kept, keep
from stedi.engine.parquet import write_parquet
from stedi.ground.places import Place
from stedi.landing import quarantine
from stedi.schema.table import Table
from stedi.tables import SOURCES

ROWS_HELD = 128 * 1024
"""Rows that wait in memory before they are written."""


@dataclass(frozen=True)
class Part:
    """A file with rows that were kept aside.

    Attributes:
        file: The file.
        rows: How many they are.
        span: Their first and last moment.
        kept: Of a partitioned table, where in the file the rows of each bucket are.
    """

    file: Place
    rows: int
    span: tuple[int, int]
    kept: tuple[Kept, ...] = ()


class Aside:
    """Rows of one table kept on disk until their batch is whole; safe to use from several threads."""

    def __init__(self, folder: Place, table: Table) -> None:
        self.parts: list[Part] = []
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

    def take(self, parts: Iterable[Part]) -> None:
        """Keep what a task has written."""
        with self._lock:
            self.parts += parts

    def close(self) -> None:
        """Write what is still held."""
        self._write(self._taken())

    def absorb(self, other: "Aside") -> None:
        """Keep what another one holds, which nobody adds to any more."""
        self.take(other.parts)
        for rows in other._taken():
            self.add(rows)

    def discard(self) -> None:
        """Keep nothing of what was added."""
        self._taken()
        for part in self.parts:
            part.file.unlink()
        self.parts = []

    def _taken(self) -> list[Any]:
        taken, self._held, self._held_rows = self._held, [], 0
        return taken

    def _write(self, batches: list[Any]) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not batches:
            return
        rows = pa.Table.from_batches(batches)
        kept: list[Kept] = []
        if self._table.partition:
            kept = keep(rows, self._table, self._folder)
            path = kept[0].path
        else:
            path = self._folder / f"{self._table.name}-{uuid4().hex}.parquet"
            write_parquet(rows, path, compression="none", write_statistics=False)
        span = pc.min_max(rows[self._table.moment]).as_py()
        self.take([Part(path, rows.num_rows, (span["min"], span["max"]), tuple(kept))])

    @property
    def kept(self) -> list[Kept]:
        """Where the rows of each bucket are, of a partitioned table."""
        return [kept for part in self.parts for kept in part.kept]

    @property
    def files(self) -> list[Place]:
        """The files with the rows."""
        return [part.file for part in self.parts]

    @property
    def rows(self) -> int:
        """How many rows they are."""
        return sum(part.rows for part in self.parts)

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last moment of all rows."""
        return min(part.span[0] for part in self.parts), max(part.span[1] for part in self.parts)


@dataclass(frozen=True)
class Asides:
    """Where the lines of files go: accepted ones by source, and refused ones."""

    accepted: dict[str, Aside]
    refused: Aside

    @classmethod
    def within(cls, folder: Place) -> "Asides":
        """Empty ones that write into a folder."""
        return cls(
            {source.name: Aside(folder, source.staged) for source in SOURCES}, Aside(folder, quarantine.TABLE)
        )

    @property
    def all(self) -> dict[str, Aside]:
        """Each by the name of its table."""
        staged = {source.staged.name: self.accepted[source.name] for source in SOURCES}
        return {**staged, quarantine.TABLE.name: self.refused}

    def close(self) -> None:
        """Write what is still held."""
        for aside in self.all.values():
            aside.close()

    def absorb(self, other: "Asides") -> None:
        """Keep what others hold, to which nobody adds any more."""
        for name, aside in self.all.items():
            aside.absorb(other.all[name])

    def discard(self) -> None:
        """Keep nothing of what was added."""
        for aside in self.all.values():
            aside.discard()
