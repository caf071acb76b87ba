"""Some people's rows of data files, and the files without them: in threads, or in tasks of Spark."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.building.exchange import BYTES_A_ROW
from stedi.building.run_context import Run
from stedi.engine.parquet import parquet_file
from stedi.engine.tasks import spread
from stedi.ground.places import Place, parquet_sink
from stedi.schema.arrow import is_held, rows_in
from stedi.schema.column_types import ColumnType
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, described

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Whose:
    """Whose rows are meant: those that hold one of some values in one of some columns.

    Attributes:
        named: The values by column; personal data, never shown.
    """

    named: dict[str, frozenset[str]] = field(repr=False)

    def __bool__(self) -> bool:
        return any(self.named.values())

    @cached_property
    def _values(self) -> "dict[str, pa.Array]":
        import pyarrow as pa

        return {column: pa.array(sorted(values), pa.string()) for column, values in self.named.items()}

    def theirs(self, rows: "pa.Table") -> "pa.ChunkedArray":
        """Which rows of a table are theirs, a boolean a row."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pa.chunked_array([pa.repeat(False, rows.num_rows)])
        for column, values in self._values.items():
            texts = rows[column].combine_chunks()
            coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
            is_named = pc.is_in(coded.dictionary, value_set=values)
            # A row without a value is nobody's.
            found = pc.or_(found, pc.fill_null(is_named.take(coded.indices), False))
        return found


def only(run: Run, table: Table, files: Iterable[DataFile], whose: Whose) -> list[DataFile]:
    """Copies of data files with the rows of some people, for this run alone; without a row none."""
    return [copy for copy in copies(run, table, list(files), whose) if copy]


def copies(run: Run, table: Table, files: Sequence[DataFile], whose: Whose) -> list[DataFile | None]:
    """The same, in the order of the files; None where one has no such row."""
    if not whose:
        return [None] * len(files)
    items = [(file, run.lake.scratch / f"{uuid4().hex}.parquet") for file in files]
    return spread(run.session, partial(_only, table, whose), items, size=_size)


def _only(table: Table, whose: Whose, item: tuple[DataFile, Place]) -> DataFile | None:
    file, copy = item
    rows = _copied(table, file, whose, copy, theirs=True)
    return DataFile(copy, file.bucket, rows, file.span) if rows else None


def without(
    run: Run, table: Table, files: Sequence[DataFile], whose: Whose
) -> tuple[list[DataFile], list[DataFile], int]:
    """Write the files anew that hold rows of some people, without these.

    Returns:
        The files that stay as they are, those written anew, and how many rows left.
    """
    items = [(file, run.store.new_file(table, run.run_id)) for file in files]
    left = spread(run.session, partial(left_of, table, whose), items, size=_size)
    held = [after for file, after in zip(files, left, strict=True) if after == file]
    written = [after for file, after in zip(files, left, strict=True) if after and after != file]
    stayed = sum(file.rows for file in (*held, *written))
    return held, written, sum(file.rows for file in files) - stayed


def left_of(table: Table, whose: Whose, item: tuple[DataFile, Place]) -> DataFile | None:
    """What is left of a file without some people's rows: itself, another one, or nothing."""
    file, path = item
    rows = _copied(table, file, whose, path, theirs=False)
    if rows == file.rows:
        return file
    return described(path, file.bucket, table) if rows else None


def _size(item: tuple[DataFile, Place]) -> int:
    return BYTES_A_ROW * item[0].rows


def _copied(table: Table, file: DataFile, whose: Whose, copy: Place, *, theirs: bool) -> int:
    """Copy the rows of a file that are theirs, or that are not; return how many, and write none for none.

    Rows that all stay are counted and not copied.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    parts = _parts(file.path, table)
    named = [whose.theirs(part(list(whose.named))) for part in parts]
    taken = [each if theirs else pc.invert(each) for each in named]
    rows: int = sum(pc.sum(each).as_py() or 0 for each in taken)
    if not rows or (rows == file.rows and not theirs):
        return rows
    writer = None
    with parquet_sink(copy) as sink:
        for part, these in zip(parts, taken, strict=True):
            some = _plain(part(table.names).filter(these))
            if some.num_rows:
                writer = writer or pq.ParquetWriter(
                    sink, some.schema, compression="none" if theirs else "zstd"
                )
                writer.write_table(some)
        assert writer is not None
        writer.close()
    return rows


def _parts(path: Place, table: Table) -> "list[Callable[[list[str]], pa.Table]]":
    """Give some columns of a file, a group of rows at a time: texts as dictionaries, but for small files."""
    if is_held(path):
        return [rows_in(path, table).select]
    texts = [column.name for column in table.columns if column.type is ColumnType.TEXT]
    content = parquet_file(path, coded=texts)
    return [partial(content.read_row_group, n) for n in range(content.num_row_groups)]


def _plain(rows: "pa.Table") -> "pa.Table":
    """The same rows, texts as texts: a dictionary takes those of rows along that were left out."""
    import pyarrow as pa

    types = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in rows.schema]
    return rows.cast(pa.schema(zip(rows.column_names, types, strict=True)))
