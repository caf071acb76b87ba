"""Sessions of a pinned release of `machine_learning_curated`, in memory that does not grow with it."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from stedi.curated import customers, machine_learning
from stedi.gait.sessions import Session
from stedi.ground.errors import QualityGateError
from stedi.ground.places import Place, parquet_source
from stedi.lake.config import Lake
from stedi.store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 1 << 15
COLUMNS = (
    "subject_key", "session", "elapsed_ms", "x", "y", "z", "distancefromobject", "distance_offset_ms",
)  # fmt: skip
_VALUES = COLUMNS[2:]

LONGEST_PIECE_MS = 2 * 3600 * 1000
"""A longer session comes in pieces, so that one is held whole at any rate."""


@dataclass(frozen=True)
class Pinned:
    """What may be learnt from, as one release holds it.

    Attributes:
        provenance: Whose data the lake holds.
        release: The release's number.
        snapshots: Of the tables that are read.
        files: The data files of `machine_learning_curated`.
        reading_counts: By subject that has a session, all phone readings of theirs in the lake.
    """

    provenance: str
    release: int
    snapshots: dict[str, int | None]
    files: tuple[Place, ...]
    reading_counts: dict[str, int]

    def sessions(self, *, without: Collection[str] = ()) -> Iterator[Session]:
        """All sessions, by subject and session, but those of some subjects."""
        return sessions(self.files, without=without)


TABLES = (machine_learning.TABLE, customers.TABLE)


def pinned(lake: Lake, store: Store, release: int, files: Sequence[Sequence[Place]]) -> Pinned:
    """A release to learn from.

    Args:
        lake: The lake.
        store: Its tables.
        release: Its number.
        files: The data files that it holds of each of `TABLES`.
    """
    import pyarrow.parquet as pq

    readings, people = files
    learnt: set[str] = set()
    for path in readings:
        with pq.ParquetFile(parquet_source(path)) as file:
            for batch in file.iter_batches(columns=["subject_key"]):
                learnt.update(batch.column(0).unique().to_pylist())
    counts = {subject: count for subject, count in reading_counts(people).items() if subject in learnt}
    return Pinned(
        lake.provenance,
        release,
        {table.name: store.snapshot_id(table) for table in TABLES},
        tuple(readings),
        counts,
    )


def reading_counts(files: Iterable[Place]) -> dict[str, int]:
    """Phone readings of each subject, from the files of `customers_curated`."""
    import pyarrow.parquet as pq

    counts: dict[str, int] = {}
    for path in files:
        some = pq.ParquetFile(parquet_source(path)).read(columns=["subject_key", "reading_count"])
        counts.update(zip(some[0].to_pylist(), some[1].to_pylist(), strict=True))
    return counts


def sessions(files: Sequence[Place], *, without: Collection[str] = ()) -> Iterator[Session]:
    """Sessions of the files of `machine_learning_curated`, by subject and session.

    Each file is sorted so; they are read side by side, a batch of rows of each at a time. The same
    rows give the same sessions, however they are spread over files.

    Args:
        files: Parquet files; a session may stand in several.
        without: Subjects that are left out.
    """
    streams = [_parts(path, frozenset(without)) for path in files]
    merged = heapq.merge(*streams, key=lambda part: part[:3])
    for (subject, session), parts in groupby(merged, key=lambda part: part[:2]):
        for number, rows in enumerate(_pieces(part[3] for part in parts)):
            yield _session(subject, f"{session}.{number}" if number else session, rows)


def _pieces(parts: "Iterable[pa.Table]") -> "Iterator[pa.Table]":
    """The rows of one session, whose parts come by their first time, in pieces of bounded length."""
    import pyarrow as pa
    import pyarrow.compute as pc

    held: pa.Table | None = None
    ends = LONGEST_PIECE_MS
    for part in parts:
        while held is not None and part["elapsed_ms"][0].as_py() >= ends:
            piece = held.filter(pc.less(held["elapsed_ms"], ends))
            held = held.filter(pc.greater_equal(held["elapsed_ms"], ends))
            if piece.num_rows:
                yield piece
            ends += LONGEST_PIECE_MS
        held = part if held is None else pa.concat_tables([held, part])
    while held is not None and held.num_rows:
        piece = held.filter(pc.less(held["elapsed_ms"], ends))
        held = held.filter(pc.greater_equal(held["elapsed_ms"], ends))
        if piece.num_rows:
            yield piece
        ends += LONGEST_PIECE_MS


def _parts(path: Place, without: frozenset[str]) -> "Iterator[tuple[str, str, int, pa.Table]]":
    """The rows of a file, cut where another session or batch begins: whose, which, since when."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    last = ("", "", -1)
    with pq.ParquetFile(parquet_source(path)) as file:
        for batch in file.iter_batches(BATCH_ROWS, columns=list(COLUMNS)):
            if not batch.num_rows:
                continue
            keys = [batch.column(n).dictionary_encode() for n in (0, 1)]
            codes = [key.indices.to_numpy(zero_copy_only=False) for key in keys]
            changes = np.flatnonzero((np.diff(codes[0]) != 0) | (np.diff(codes[1]) != 0)) + 1
            bounds = [0, *changes.tolist(), batch.num_rows]
            for begins, ends in zip(bounds[:-1], bounds[1:], strict=True):
                subject, session, since = (batch.column(n)[begins].as_py() for n in (0, 1, 2))
                if (subject, session, since) < last:
                    raise QualityGateError(
                        "Nothing was learnt.",
                        ["a file of machine_learning_curated is not sorted as declared"],
                    )
                last = (subject, session, since)
                if subject not in without:
                    rows = pa.Table.from_batches([batch.slice(begins, ends - begins)])
                    yield subject, session, since, rows.select(list(_VALUES))


def _session(subject: str, session: str, rows: "pa.Table") -> Session:
    told = {name: rows[name].to_numpy() for name in _VALUES}
    # Several readings may have one time: their order in a file is chance.
    order = np.lexsort([told[name] for name in reversed(_VALUES)])
    told = {name: values[order] for name, values in told.items()}
    axes = np.column_stack([told[axis] for axis in "xyz"])
    return Session.of_rows(
        subject, session, told["elapsed_ms"], axes, told["distancefromobject"], told["distance_offset_ms"]
    )
