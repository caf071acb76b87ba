"""The landed lines themselves, much as Athena shows them: whatever parses, without a verdict."""

import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from stedi.asking.reader import NOT_READ, LakeReader
from stedi.ground.places import Place, place
from stedi.run.procedures import require_none_pending
from stedi.schema.arrow import arrow_schema
from stedi.schema.column_types import ColumnType
from stedi.schema.table import Table
from stedi.sources.content import landed_content, uncompressed
from stedi.sources.envelopes import READINGS
from stedi.sources.verdicts import FileVerdict
from stedi.tables import SOURCES

if TYPE_CHECKING:
    import pyarrow as pa

LINES_AT_ONCE = 50_000

_WITH_ENVELOPES = tuple(source.landed for source in SOURCES if source.has_envelopes)


def landed_lines(lake: LakeReader, table: Table) -> "pa.Table":
    """Read the landed files of a source leniently: a line that is no object is a row of nulls.

    What Athena sees before any job has run, but for envelopes: of one, Athena shows whose it is and
    nulls, and this a row for each reading. Use the staged tables for anything that counts.
    """
    import pyarrow as pa

    return pa.Table.from_batches(_batches(lake, table), schema=arrow_schema(table))


def _batches(lake: LakeReader, table: Table) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    schema = arrow_schema(table)
    held: list[dict[str, Any]] = []
    for path in _files(lake, table):
        with landed_content(path) as landed, _lines(uncompressed(landed, landed.compression())) as lines:
            for line in lines:
                held += _rows(line, table)
                if len(held) >= LINES_AT_ONCE:
                    yield pa.RecordBatch.from_pylist(held, schema=schema)
                    held = []
    if held:
        yield pa.RecordBatch.from_pylist(held, schema=schema)


def _lines(stream: BinaryIO) -> io.BufferedReader:
    """The same stream with a buffer: without one a line is read byte by byte."""
    return io.BufferedReader(cast(io.RawIOBase, stream))


def _files(lake: LakeReader, table: Table) -> list[Place]:
    require_none_pending(lake.lake, NOT_READ)
    source = table.name.removesuffix("_landing")
    read = (e for e in lake.ledger().entries if e.source == source and e.verdict is FileVerdict.READ)
    # A file that was rewritten has an entry for each version, and is read once.
    paths = dict.fromkeys(place(e.landing) / e.path for e in read)
    return [path for path in paths if path.is_file()]


def _rows(line: bytes, table: Table) -> list[dict[str, Any]]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return [{}]
    told = _by_name(found)
    held = told.get(READINGS) if table in _WITH_ENVELOPES else None
    elements = held if isinstance(held, list) and held else [None]
    return [
        {c.name: _cast(row.get(c.name), c.type) for c in table.columns}
        for row in (told | _by_name(element) for element in elements)
    ]


def _by_name(found: Any) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in found.items()} if isinstance(found, dict) else {}


def _cast(value: Any, to: ColumnType) -> Any:
    try:
        if value is None or isinstance(value, bool):
            return None
        if to is ColumnType.LONG:
            number = int(value)
            return number if abs(number) < 2**63 else None
        # A lone surrogate is no text that any table can hold.
        return float(value) if to is ColumnType.REAL else str(value).encode("utf-8", "replace").decode()
    except (TypeError, ValueError, OverflowError):
        return None
