"""Numbers from a CSV file, strictly: a row that is not as declared refuses the file, and is named."""

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from stedi.ground.errors import UsageError
from stedi.sources.file_names import for_message

MOST_BYTES = 2_000_000_000
"""Far above any recording; the file is held in memory whole."""

Columns = Mapping[str, npt.NDArray[np.int64] | npt.NDArray[np.float64]]


class RecordingError(UsageError):
    """A recording cannot be read as one."""

    def __init__(self, path: Path, faults: Sequence[str], todo: str) -> None:
        self.faults = tuple(faults)
        listed = "".join(f"\n  - {fault}" for fault in faults)
        super().__init__(f"{for_message(str(path))} was not read as a recording:{listed}\n{todo}")


AS_DECLARED = "Give each row every number the layout has, or leave the recording out."


def columns(path: Path, declared: Mapping[str, type[int] | type[float]]) -> Columns:
    """Read a CSV file of numbers; one line of headings is passed over.

    Args:
        path: The file.
        declared: Each column's name and whether it holds whole numbers, in the file's order.

    Returns:
        By name, arrays of one length, at least 1: int64 or float64, all finite.

    Raises:
        RecordingError: It cannot be opened, is empty or too large, or a row is not as declared.
    """
    content = _content(path)
    begin = content.find(b"\n") + 1 if _is_headings(content) else 0
    try:
        table = csv.read_csv(
            io.BytesIO(content[begin:]),
            read_options=csv.ReadOptions(column_names=list(declared), use_threads=False),
            parse_options=csv.ParseOptions(quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types={
                    name: pa.int64() if kind is int else pa.float64() for name, kind in declared.items()
                },
                null_values=[],
            ),
        )
        told: Columns = {name: table.column(name).to_numpy() for name in declared}
        strict = table.num_rows > 0 and all(np.isfinite(column).all() for column in told.values())
    except pa.ArrowInvalid:
        strict = False
    if not strict:
        raise RecordingError(path, [_fault(content, begin, declared)], AS_DECLARED)
    return told


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecordingError(
                path, [f"it is larger than {MOST_BYTES / 1e9:g} GB"], "Split it, or leave it out."
            )
        return path.read_bytes()
    except OSError as refused:
        raise RecordingError(
            path, [f"it cannot be opened ({refused.strerror})"], "Make it readable, or leave it out."
        ) from refused


def _is_headings(content: bytes) -> bool:
    fields = content.partition(b"\n")[0].split(b",")
    return bool(content) and not any(_is_number(field, float) for field in fields)


def _is_number(field: bytes, kind: type[int] | type[float]) -> bool:
    try:
        number = kind(field.decode("ascii").replace("_", "?"))
    except ValueError:
        return False
    return math.isfinite(number) if kind is float else abs(number) < 2**63


def _fault(content: bytes, begin: int, declared: Mapping[str, type[int] | type[float]]) -> str:
    """Which row is not as declared first; no value of it is told."""
    kinds, names = declared.values(), ", ".join(declared)
    for number, line in enumerate(content.splitlines(), start=1):
        fields = line.split(b",")
        if number == 1 and begin:
            continue
        if len(fields) != len(declared) or not all(map(_is_number, fields, kinds)):
            return f"row {number} is not the {len(declared)} numbers {names}"
    return f"it holds no row of the {len(declared)} numbers {names}"
