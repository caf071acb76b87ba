"""Parquet files as pyarrow opens them: a local file by its path, one elsewhere through its `open`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


def is_remote(path: Path) -> bool:
    """Whether a path is an address, of which the operating system knows nothing."""
    return "://" in str(path)


def addressed(path: Path) -> str:
    """A path as the metadata of a table and Spark name it: with a scheme."""
    return str(path) if is_remote(path) else f"file://{path}"


def parquet_source(path: Path) -> Any:
    """What pyarrow reads a file from."""
    return path.open("rb") if is_remote(path) else path


def parquet_file(path: Path) -> "pq.ParquetFile":
    """A file, opened; whoever reads it piece by piece keeps it."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(parquet_source(path))


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> "pa.Table":
    """All rows of a file, of some columns unless None."""
    return parquet_file(path).read(columns=None if columns is None else list(columns))


def footer(path: Path) -> "pq.FileMetaData":
    """What a file tells of itself at its end."""
    import pyarrow.parquet as pq

    return pq.read_metadata(parquet_source(path))


def write_parquet(rows: "pa.Table", path: Path, **options: Any) -> None:
    """Write a file, whole or not at all where that is how the place works."""
    import pyarrow.parquet as pq

    if not is_remote(path):
        pq.write_table(rows, path, **options)
        return
    with path.open("wb") as sink:
        pq.write_table(rows, sink, **options)
