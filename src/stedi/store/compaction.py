"""Many small data files become few, row for row the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stedi.engine.parquet import write_parquet
from stedi.ground.errors import QualityGateError
from stedi.ground.failpoints import reached
from stedi.schema.arrow import rows_in
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, batch_of, described
from stedi.store.store import Store

MARK = "stedi.compacted"
"""Names, in a snapshot's summary, what compacted a table: its rows are those of the snapshot before."""

ROWS_AT_ONCE = 500_000
BYTES_AT_ONCE = 256 * 1024**2
"""A file of half as many rows or stored bytes is not small; no more than these are held in memory."""


@dataclass(frozen=True)
class Compacted:
    """A table whose files became fewer.

    Attributes:
        table: Which.
        rows: Rows of the files that were written again.
        files_before: Data files of the table before.
        files_after: And after.
    """

    table: Table
    rows: int
    files_before: int
    files_after: int


def compact(store: Store, table: Table, run_id: str, *, tiered: bool = False) -> Compacted | None:
    """Merge the small files of each bucket of a table, in one commit; None where there is nothing to merge.

    A file is named by a batch whose rows it holds, so that recovery knows it for one of a batch
    that the ledger holds.

    Raises:
        QualityGateError: A new file does not hold the rows of those it replaces; nothing was committed.
    """
    files = store.files(table)
    new: list[DataFile] = []
    leaving: list[DataFile] = []
    for group in groups(files, tiered=tiered):
        new.append(_merged(store, table, group))
        leaving += group
        reached("maintain.written")
    if not new:
        return None
    store.replace(table, new, {MARK: run_id}, leaving=leaving)
    rows = sum(file.rows for file in leaving)
    return Compacted(table, rows, len(files), len(files) - len(leaving) + len(new))


TIER = 4
"""A file is merged with smaller ones where it has at most so many times the rows of them together."""


def groups(files: Iterable[DataFile], *, tiered: bool = False) -> list[list[DataFile]]:
    """Small files that lie in one bucket and next to each other in time, two or more at a time.

    What a group becomes is not small, but for the last of a bucket: merging again finds nothing.

    Args:
        files: The data files of a table.
        tiered: Whether a file waits for smaller ones that together come near its size. Who merges after every
            few commits writes a row a few times so, and not every time; a few files a bucket are left.
    """
    by_bucket: dict[int | None, list[DataFile]] = {}
    for file in files:
        if _size(file) < 0.5:
            by_bucket.setdefault(file.bucket, []).append(file)
    found: list[list[DataFile]] = []
    for small in by_bucket.values():
        if tiered:
            small = of_a_size(small)
        held = 0.0
        group: list[DataFile] = []
        # So that the spans of the new files overlap little, and time passes files over.
        for file in sorted(small, key=lambda file: (file.span or (0, 0), file.path.name)):
            if group and held + _size(file) > 1:
                found.append(group)
                group, held = [], 0.0
            group.append(file)
            held += _size(file)
        found.append(group)
    return [group for group in found if len(group) > 1]


def of_a_size(files: list[DataFile]) -> list[DataFile]:
    """The smallest files, up to one that is much larger than all of them together."""
    chosen: list[DataFile] = []
    rows = 0
    for file in sorted(files, key=lambda file: file.rows):
        if chosen and file.rows > TIER * rows:
            break
        chosen.append(file)
        rows += file.rows
    return chosen


def _size(file: DataFile) -> float:
    """A file's share of what is held in memory at once."""
    return max(file.rows / ROWS_AT_ONCE, file.path.stat().st_size / BYTES_AT_ONCE)


def _merged(store: Store, table: Table, group: Sequence[DataFile]) -> DataFile:
    import pyarrow as pa

    rows = pa.concat_tables([_read(file, table) for file in group])
    order = table.sort or tuple(name for name in (table.participant, table.moment) if name)
    if order:
        rows = rows.sort_by([(name, "ascending") for name in order])
    path = store.new_file(table, max(batch_of(file) for file in group))
    write_parquet(rows, path, compression="zstd")
    file = described(path, group[0].bucket, table)
    there = sum(each.rows for each in group)
    if file.rows != there or not _same_rows(_read(file, table), group, table):
        raise QualityGateError(
            f"{table.name} was not compacted: a new file does not hold the rows of those it replaces.",
            [f"{there:,} rows in {len(group):,} files, {file.rows:,} in the new one"],
        )
    return file


def _same_rows(written: Any, group: Sequence[DataFile], table: Table) -> bool:
    """Whether a file as it was written holds every row of some others as often as they do."""
    import pyarrow as pa

    order = [(name, "ascending") for name in table.names]
    there = pa.concat_tables([_read(file, table) for file in group])
    same: bool = written.sort_by(order).equals(there.sort_by(order))
    return same


def _read(file: DataFile, table: Table) -> Any:
    return rows_in(file.path, table)
