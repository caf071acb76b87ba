"""Parquet files as pyarrow opens them, wherever they lie."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stedi.ground.places import Place, S3Path, parquet_sink, parquet_source

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


def addressed(path: Place) -> str:
    """A path as the metadata of a table and Spark name it: with a scheme."""
    return str(path) if isinstance(path, S3Path) else f"file://{path}"


def parquet_file(path: Place, coded: Sequence[str] = ()) -> "pq.ParquetFile":
    """A file, opened, some columns of it as dictionaries; whoever reads it piece by piece keeps it."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(parquet_source(path), read_dictionary=list(coded))


def read_parquet(path: Place, columns: Sequence[str] | None = None) -> "pa.Table":
    """All rows of a file, of some columns unless None."""
    return parquet_file(path).read(columns=None if columns is None else list(columns))


def footer(path: Place) -> "pq.FileMetaData":
    """What a file tells of itself at its end."""
    import pyarrow.parquet as pq

    return pq.read_metadata(parquet_source(path))


def rows_by(path: Place, columns: Sequence[str]) -> dict[tuple[Any, ...], int]:
    """How many rows of a file have the same values in some columns."""
    counted = read_parquet(path, columns).group_by(list(columns)).aggregate([([], "count_all")])
    keys = zip(*(counted[name].to_pylist() for name in columns), strict=True)
    return dict(zip(keys, counted["count_all"].to_pylist(), strict=True))


def columns_in(path: Place) -> list[tuple[str, str]]:
    """The columns of a file in their order, with their types as Spark writes them."""
    types = {"int32": "int", "int64": "bigint", "bool": "boolean"}
    return [
        (field.name, types.get(str(field.type), str(field.type)))
        for field in footer(path).schema.to_arrow_schema()
    ]


def write_parquet(rows: "pa.Table", path: Place, **options: Any) -> int:
    """Write a file, whole or not at all where that is how the place works; return its size in bytes."""
    import pyarrow.parquet as pq

    with parquet_sink(path) as sink:
        pq.write_table(rows, sink, **options)
        return written_bytes(sink, path)


def written_bytes(sink: Any, path: Place) -> int:
    """How many bytes were written to a sink."""
    return int(sink.tell()) if isinstance(path, S3Path) else path.stat().st_size
