"""What every step of a run shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.config import Lake
from stedi.engine import frames
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, described
from stedi.store.local import LocalStore

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


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
    """

    lake: Lake
    store: LocalStore
    session: "SparkSession"
    run_id: str
    now_ms: int
    pseudonym_key: bytes
    suppression_key: bytes

    def frame(self, table: Table, files: Sequence[DataFile]) -> "DataFrame":
        """The rows of some data files."""
        return frames.read(self.session, table, [file.path for file in files])

    def kept(self, frame: "DataFrame") -> "tuple[DataFrame, int]":
        """Compute a frame once for the rest of the run; the same rows, and how many they are."""
        return frames.kept(self.session, frame, self.lake.scratch / uuid4().hex)

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
