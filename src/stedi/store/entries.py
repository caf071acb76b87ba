"""Entries of manifests as PyIceberg reads and writes them: what a table knows of each data file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING, Any

from stedi.schema.table import Table
from stedi.store.data_files import SCHEME, DataFile

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable


def path_of(file: Any) -> Path:
    """Where a file lies that a manifest names."""
    return Path(file.file_path.removeprefix(SCHEME))


def span_of(file: Any, moment: int | None) -> tuple[int, int] | None:
    """The bounds that a manifest tells of a column of integers."""
    lower, upper = (file.lower_bounds or {}).get(moment), (file.upper_bounds or {}).get(moment)
    if lower is None or upper is None:
        return None
    return int.from_bytes(lower, "little", signed=True), int.from_bytes(upper, "little", signed=True)


def for_commit(loaded: "IcebergTable", table: Table, files: Sequence[DataFile]) -> Iterator[Any]:
    """What a commit says of each file, from its footer unless whoever wrote it told enough.

    As PyIceberg's `parquet_file_to_data_file`, which plans the statistics anew for each file and looks
    at its columns: those are checked before they are written, and it took a tenth of a small run.
    """
    import pyarrow.parquet as pq
    from pyiceberg.io.pyarrow import (
        compute_statistics_plan,
        data_file_statistics_from_parquet_metadata,
        parquet_path_to_id_mapping,
    )
    from pyiceberg.manifest import DataFile as Described
    from pyiceberg.manifest import DataFileContent, FileFormat
    from pyiceberg.typedef import Record

    metadata = loaded.metadata
    schema, spec = metadata.schema(), metadata.spec()
    plan = compute_statistics_plan(schema, metadata.properties)
    columns = parquet_path_to_id_mapping(schema)
    for file in files:
        if file.size is None:
            told = data_file_statistics_from_parquet_metadata(
                pq.read_metadata(file.path), stats_columns=plan, parquet_column_mapping=columns
            )
            of_rows, partition = told.to_serialized_dict(), told.partition(spec, schema)
            size = file.path.stat().st_size
        else:
            of_rows, size = _told(file, table, schema), file.size
            partition = Record(*([file.bucket] if table.partition else []))
        yield Described.from_args(
            content=DataFileContent.DATA,
            file_path=f"{SCHEME}{file.path}",
            file_format=FileFormat.PARQUET,
            partition=partition,
            file_size_in_bytes=size,
            sort_order_id=None,
            spec_id=metadata.default_spec_id,
            equality_ids=None,
            key_metadata=None,
            **of_rows,
        )


def _told(file: DataFile, table: Table, schema: Any) -> dict[str, Any]:
    """What a commit says of the rows of a file that was told of by whoever wrote it."""
    lower, upper = dict[int, bytes](), dict[int, bytes]()
    if table.partition:
        number = schema.find_field(table.partition).field_id
        lower[number] = upper[number] = pack("<i", file.bucket)
    if table.moment and file.span:
        number = schema.find_field(table.moment).field_id
        lower[number], upper[number] = (pack("<q", moment) for moment in file.span)
    counts = ("column_sizes", "value_counts", "null_value_counts", "nan_value_counts")
    return {
        "record_count": file.rows,
        **{name: {} for name in counts},
        "lower_bounds": lower,
        "upper_bounds": upper,
        "split_offsets": None,
    }
