"""What every step of a run shares."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.engine import frames
from stedi.engine.spark import is_spark
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.privacy.counting import ClockFault
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, described
from stedi.store.store import Store

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


ROWS_GATHERED = 50_000
"""Of so few rows the engine spends its time on opening files: they are read from one file instead."""


@dataclass(frozen=True)
class Run:
    """One run over a lake.

    Attributes:
        lake: The lake.
        store: Its tables.
        session: The engine.
        run_id: Names the run.
        now_ms: The time the run decides for, UTC ms.
        pseudonym_key: The key of subject keys and sessions.
        suppression_key: The key of the hashes by which requests know their person.
        clock_faults: When our clock may have been behind.
        only_reads: Whether it may write nothing at all, not even for itself.
    """

    lake: Lake
    store: Store
    session: "SparkSession"
    run_id: str
    now_ms: int
    pseudonym_key: bytes
    suppression_key: bytes
    clock_faults: tuple[ClockFault, ...] = ()
    only_reads: bool = False
    _gathered: dict[tuple[Place, ...], Place] = field(default_factory=dict, repr=False, compare=False)
    _held: "dict[tuple[str, tuple[Place, ...]], DataFrame]" = field(
        default_factory=dict, repr=False, compare=False
    )
    _gathering: Lock = field(default_factory=Lock, repr=False, compare=False)

    def frame(self, table: Table, files: Sequence[DataFile]) -> "DataFrame":
        """The rows of some data files."""
        paths = tuple(file.path for file in files)
        if is_spark(self.session):
            return self._scanned(table, paths)
        if not self.only_reads and len(paths) > 1 and sum(file.rows for file in files) <= ROWS_GATHERED:
            paths = (self._in_one_file(table, paths),)
        return frames.read(self.session, table, paths)

    def _scanned(self, table: Table, paths: tuple[Place, ...]) -> "DataFrame":
        """Rows that tasks of Spark read once and hold as long as the run goes on."""
        with self._gathering:
            if (table.name, paths) not in self._held:
                frame = frames.scanned(self.session, table, paths)
                self._held[table.name, paths] = frame if self.only_reads else frame.persist()
            return self._held[table.name, paths]

    def forget(self) -> None:
        """Let tasks forget what they hold for the run."""
        while self._held:
            _, frame = self._held.popitem()
            frame.unpersist()

    def _in_one_file(self, table: Table, paths: tuple[Place, ...]) -> Place:
        """A file of the run with the rows of several."""
        with self._gathering:
            if paths not in self._gathered:
                file = self.lake.scratch / f"{uuid4().hex}.parquet"
                self._gathered[paths] = frames.gathered(table, paths, file)
            return self._gathered[paths]

    def kept(self, frame: "DataFrame") -> frames.Kept:
        """Compute a frame once for the rest of the run; on Spark tasks hold it."""
        if is_spark(self.session):
            held = self.once(frame)
            return frames.Kept(held, held.count())
        return frames.kept(self.session, frame, self.lake.scratch / uuid4().hex)

    def once(self, frame: "DataFrame") -> "DataFrame":
        """The same rows, computed once unless the run may write nothing."""
        if self.only_reads:
            return frame
        if not is_spark(self.session):
            return self.kept(frame).frame
        with self._gathering:
            self._held[uuid4().hex, ()] = frame.persist()
        return frame

    def written(self, frame: "DataFrame", table: Table, batch: str) -> list[DataFile]:
        """Write a frame as data files that no table holds yet."""
        parts = frames.write(
            frame,
            table,
            scratch=self.lake.scratch,
            new_file=lambda: self.store.new_file(table, batch),
        )
        # An engine may leave a file without rows where a task had none.
        files = [described(path, bucket, table) for path, bucket in parts]
        for file in files:
            if not file.rows:
                file.path.unlink()
        return [file for file in files if file.rows]
