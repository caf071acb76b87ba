"""Some people's rows of data files, and the files without them: in threads, or in tasks of Spark.

Who they are is told by names, each where its rows lie: in memory on a laptop, and on Spark in files of the
run, which tasks read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from stedi.building.exchange import BYTES_A_ROW
from stedi.building.run_context import Run
from stedi.building.slices import Held, aside, held, parted
from stedi.engine.frames import Kept
from stedi.engine.parquet import parquet_file, read_parquet, written_bytes
from stedi.engine.tasks import spread, together
from stedi.ground.places import Place, parquet_sink
from stedi.privacy.buckets import bucket_of
from stedi.privacy.pseudonyms import subject_key
from stedi.schema.arrow import is_held, rows_in
from stedi.schema.column_types import ColumnType
from stedi.schema.row_values import coded
from stedi.schema.table import Table
from stedi.store.data_files import DataFile, span_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

NAME = "name"
"""The column of names."""

_InBucket = tuple[int, Sequence[Held], Sequence[DataFile]]
"""A bucket, with names and files in it."""


@dataclass(frozen=True)
class Whose:
    """Whose rows are meant: those that hold one of some names in one of some columns.

    Attributes:
        named: The names by column, each where its rows lie; personal data, never shown.
        but: Names in these columns that are not meant.
    """

    named: Mapping[str, Sequence[Held]] = field(repr=False)
    but: Sequence[Held] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.buckets)

    @property
    def buckets(self) -> frozenset[int]:
        """Where rows of theirs may lie."""
        return buckets_of(part for names in self.named.values() for part in names)

    def within(self, bucket: int | None) -> "Within":
        """The same, for the rows of one bucket."""
        named = {column: names_of(names, bucket) for column, names in self.named.items()}
        return Within(named, names_of(self.but, bucket))


@dataclass(frozen=True)
class Within:
    """Whose rows of one bucket are meant: names by column, and those that are not."""

    named: "Mapping[str, pa.Array]" = field(repr=False)
    but: "pa.Array | None" = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return any(len(values) for values in self.named.values())

    def theirs(self, rows: "pa.Table") -> "pa.ChunkedArray":
        """Which rows of a table are theirs, a boolean a row."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = pa.chunked_array([pa.repeat(False, rows.num_rows)])
        for column, values in self.named.items():
            texts = coded(rows[column])
            is_named = pc.is_in(texts.dictionary, value_set=values)
            if self.but is not None and len(self.but):
                is_named = pc.and_not(is_named, pc.is_in(texts.dictionary, value_set=self.but))
            # A row without a value is nobody's.
            found = pc.or_(found, pc.fill_null(is_named.take(texts.indices), False))
        return found


def buckets_of(names: Iterable[Held]) -> frozenset[int]:
    """Where the rows of some names lie."""
    return frozenset(part.bucket for part in names if part.bucket is not None)


def names_of(held: Iterable[Held], bucket: int | None = None, column: str = NAME) -> "pa.Array":
    """The names that tasks hold, of one bucket unless None."""
    import pyarrow as pa

    parts = [part.content()[column] for part in held if bucket is None or part.bucket == bucket]
    texts = pa.chunked_array([chunk for part in parts for chunk in part.chunks], pa.string())
    return texts.drop_null().combine_chunks()


def named(run: Run, rows: "DataFrame | Kept", column: str, bucket: str = "bucket") -> list[Held]:
    """The values of a column, each by the bucket that another column names."""
    import pyarrow as pa
    from pyspark.sql import functions as F

    if isinstance(rows, Kept) and rows.parts:
        # Without asking the engine, whose every question costs a laptop as much as the answer.
        there = pa.concat_tables([read_parquet(part, [column, bucket]) for part in rows.parts])
        return parted(there.rename_columns([NAME, "bucket"]), None)
    frame = rows.frame if isinstance(rows, Kept) else rows
    return held(run, frame.select(F.col(column).alias(NAME), F.col(bucket).alias("bucket")).distinct())


def among(run: Run, names: Sequence[Held], table: Table, files: Iterable[DataFile]) -> list[Held]:
    """Of some names those that files hold: participants of a table that lie where its rows do."""
    work = partial(_among, table, aside(run))
    return _of_buckets(run, work, names, files)


def _among(table: Table, folder: Place | None, items: Sequence[_InBucket]) -> list[Held]:
    found = []
    for bucket, names, files in items:
        there = {name for file in files for name in rows_in(file.path, table)[table.participant].to_pylist()}
        found += [(name, bucket) for name in there.intersection(names_of(names).to_pylist())]
    return named_parts(found, folder)


def subjects(run: Run, people: Sequence[Held]) -> list[Held]:
    """How curated rows know some people, where those lie."""
    return _of_buckets(run, partial(_subjects, run.pseudonym_key, run.lake.buckets, aside(run)), people, ())


def _subjects(key: bytes, buckets: int, folder: Place | None, items: Sequence[_InBucket]) -> list[Held]:
    people = {name for _, names, _ in items for name in names_of(names).to_pylist()}
    known = [subject_key(person, key) for person in people]
    return named_parts([(subject, bucket_of(subject, buckets)) for subject in known], folder)


def _of_buckets(
    run: Run,
    work: Callable[[Sequence[_InBucket]], list[Held]],
    names: Sequence[Held],
    files: Iterable[DataFile],
) -> list[Held]:
    there = list(files)
    items: list[_InBucket] = [
        (bucket, [part for part in names if part.bucket == bucket], [f for f in there if f.bucket == bucket])
        for bucket in sorted(buckets_of(names))
    ]
    done = together(run.session, work, items, size=_size_of_bucket)
    return [part for some in done for part in some]


def _size_of_bucket(item: _InBucket) -> int:
    _, names, files = item
    return BYTES_A_ROW * (sum(part.count for part in names) + sum(file.rows for file in files))


def named_parts(found: Sequence[tuple[str, int]], folder: Place | None) -> list[Held]:
    """Names, each with the bucket of its rows, in a file of a folder or in memory: see `parted`."""
    import pyarrow as pa

    names, buckets = zip(*sorted(found), strict=True) if found else ((), ())
    columns = {NAME: pa.array(names, pa.string()), "bucket": pa.array(buckets, pa.int32())}
    return parted(pa.table(columns), folder)


def only(run: Run, table: Table, files: Iterable[DataFile], whose: Whose) -> list[DataFile]:
    """Copies of data files with the rows of some people, for this run alone; without a row none."""
    return [copy for copy in copies(run, table, list(files), whose) if copy]


def copies(run: Run, table: Table, files: Sequence[DataFile], whose: Whose) -> list[DataFile | None]:
    """The same, in the order of the files; None where one has no such row."""
    items = [
        (file, run.lake.scratch / f"{uuid4().hex}.parquet") for file in files if file.bucket in whose.buckets
    ]
    copied = spread(run.session, partial(_only, table, whose), items, size=_size)
    found = {file.path: copy for (file, _), copy in zip(items, copied, strict=True)}
    return [found.get(file.path) for file in files]


def _only(table: Table, whose: Whose, item: tuple[DataFile, Place]) -> DataFile | None:
    return _copied(table, whose, item, theirs=True)


def without(
    run: Run, table: Table, files: Sequence[DataFile], whose: Whose
) -> tuple[list[DataFile], list[DataFile], int]:
    """Write the files anew that hold rows of some people, without these.

    Returns:
        The files that stay as they are, those written anew, and how many rows left.
    """
    items = [(file, run.store.new_file(table, run.run_id)) for file in files if file.bucket in whose.buckets]
    done = spread(run.session, partial(_left_of, table, whose), items, size=_size)
    left = {file.path: after for (file, _), after in zip(items, done, strict=True)}
    after = [(file, left.get(file.path, file)) for file in files]
    held = [file for file, now in after if now == file]
    written = [now for file, now in after if now and now != file]
    stayed = sum(file.rows for file in (*held, *written))
    return held, written, sum(file.rows for file in files) - stayed


def _left_of(table: Table, whose: Whose, item: tuple[DataFile, Place]) -> DataFile | None:
    """What is left of a file without some people's rows: itself, another one, or nothing."""
    return _copied(table, whose, item, theirs=False)


def _size(item: tuple[DataFile, Place]) -> int:
    return BYTES_A_ROW * item[0].rows


def _copied(table: Table, whose: Whose, item: tuple[DataFile, Place], *, theirs: bool) -> DataFile | None:
    """Copy the rows of a file that are theirs, or that are not; None for none.

    A file whose rows all stay is not copied.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file, path = item
    parts, within = _parts(file.path, table), whose.within(file.bucket)
    named = [within.theirs(part([*whose.named])) for part in parts]
    taken = [each if theirs else pc.invert(each) for each in named]
    rows: int = sum(pc.sum(each).as_py() or 0 for each in taken)
    if not rows:
        return None
    if rows == file.rows and not theirs:
        return file
    writer, spans = None, list[int]()
    with parquet_sink(path) as sink:
        for part, these in zip(parts, taken, strict=True):
            some = _plain(part(table.names).filter(these))
            if some.num_rows:
                writer = writer or pq.ParquetWriter(
                    sink, some.schema, compression="none" if theirs else "zstd"
                )
                writer.write_table(some)
                spans += span_of(some, table) or ()
        assert writer is not None
        writer.close()
        size = written_bytes(sink, path)
    return DataFile(path, file.bucket, rows, (min(spans), max(spans)) if spans else None, size)


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
