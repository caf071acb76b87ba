"""Look for values in every file of a folder, decoded."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyiceberg.avro.file import AvroFile
from pyiceberg.io.pyarrow import PyArrowFileIO

NUMBER = re.compile(r"\d+")


def values_of(path: Path) -> Iterator[object]:
    """Every value that a file of an Iceberg table holds: cells, footers, bounds, paths, properties."""
    yield from _texts(str(path))
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        for column in file.read().columns:
            yield from column.unique().to_pylist()
        metadata = file.metadata
        yield from _texts(str(metadata.metadata))
        for group in range(metadata.num_row_groups):
            for number in range(metadata.num_columns):
                statistics = metadata.row_group(group).column(number).statistics
                if statistics is not None and statistics.has_min_max:
                    yield from (statistics.min, statistics.max)
    elif path.suffix == ".avro":
        with AvroFile(PyArrowFileIO().new_input(str(path))) as records:
            yield from _texts(str(records.header.meta))
            for record in records:
                yield from _leaves(record)
    elif path.suffix == ".json":
        yield from _leaves(json.loads(path.read_text()))
    else:
        raise AssertionError(f"a file of an unknown kind: {path.suffix}")


def _leaves(value: Any) -> Iterator[object]:
    if hasattr(value, "_data"):
        value = list(value._data)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, bytes):
        yield from _texts(value.decode("utf-8", "replace"))
        if len(value) in (4, 8):
            yield int.from_bytes(value, "little", signed=True)
    elif isinstance(value, str):
        yield from _texts(value)
    else:
        yield value


def _texts(text: str) -> Iterator[object]:
    yield text
    for number in NUMBER.findall(text):
        yield int(number)
