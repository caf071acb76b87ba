"""Everything that a Parquet file holds: rows, dictionaries, the footer, bounds, and what nothing leads to."""

import base64
import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from stedi.decoding.thrift import Struct, ThriftReader, texts_of

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
CODECS = {0: None, 1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}
BATCH_BYTES = 32 << 20
MOST_ROWS = 131_072


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    Attributes:
        texts: Distinct values of columns of text or bytes, each with the number of its rows, by column.
        numbers: Columns of numbers by lower-case name, NaN where null.
        size: Bytes in memory.
    """

    texts: list[tuple[str, list[bytes], list[int]]]
    numbers: dict[str, Any]
    size: int


@dataclass(frozen=True)
class Page:
    """Values that stand in a file beside its rows.

    Attributes:
        where: "footer", "bounds", or "dictionary".
        values: The values.
        column: Whose they are; None of what belongs to the whole file.
        is_text: Whether they may be texts, and no numbers.
    """

    where: str
    values: list[bytes]
    column: str | None = None
    is_text: bool = True


class ParquetContent:
    """A Parquet file, decoded.

    Args:
        file: The file, to be read from any place.

    Raises:
        ValueError: It is none, or holds what cannot be decoded.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        size = file.seek(0, 2)
        length, tail = struct.unpack("<I4s", self._read(size - 8, 8))
        if tail != MAGIC or length > size - 12:
            raise ValueError("its footer is not there, or encrypted")
        self._size = size
        self._accounted = [(0, 4), (size - 8 - length, size)]
        self._footer = ThriftReader(self._read(size - 8 - length, length)).struct()

    def _read(self, at: int, size: int) -> bytes:
        if at < 0:
            raise ValueError("it is cut off")
        self._file.seek(at)
        data = self._file.read(size)
        if len(data) != size:
            raise ValueError("it is cut off")
        return data

    def batches(self) -> Iterator[Batch]:
        """Every row, some at a time."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._file.seek(0)
        plain = pq.ParquetFile(self._file)
        meta = plain.metadata
        weight = sum(meta.row_group(g).total_byte_size for g in range(meta.num_row_groups))
        rows = max(16, min(MOST_ROWS, BATCH_BYTES * meta.num_rows // max(weight, 1)))
        texts = [
            f.name for f in plain.schema_arrow if pa.types.is_string(f.type) or pa.types.is_binary(f.type)
        ]
        file = pq.ParquetFile(self._file, read_dictionary=texts)
        for batch in file.iter_batches(batch_size=rows):
            yield _batch(batch)

    def pages(self) -> Iterator[Page]:
        """What stands beside the rows.

        Raises:
            ValueError: A page is of a kind that cannot be decoded.
        """
        for name, values in self._statistics():
            yield Page("footer", values, name)
        footer = texts_of(self._footer)
        yield Page("footer", [*footer, *_from_base64(footer)])
        for group in self._footer.get(4, []):
            for chunk in group.get(1, []):
                yield from self._chunk(chunk)

    def _statistics(self) -> Iterator[tuple[str, list[bytes]]]:
        """The bounds of each column that stand in the footer, which no longer holds them then."""
        for group in self._footer.get(4, []):
            for chunk in group.get(1, []):
                if 3 in chunk and 12 in chunk[3]:
                    yield _name(chunk[3]), texts_of(chunk[3].pop(12))

    def _chunk(self, chunk: Struct) -> Iterator[Page]:
        if 1 in chunk or 3 not in chunk:
            raise ValueError("a column lies in another file, or is encrypted")
        meta = chunk[3]
        name = _name(meta)
        for offset, length in ((chunk.get(4), chunk.get(5)), (chunk.get(6), chunk.get(7))):
            if offset is not None and length:
                self._accounted.append((offset, offset + length))
                yield Page("bounds", texts_of(ThriftReader(self._read(offset, length)).struct()), name)
        if meta.get(14) is not None and meta.get(15):
            # A Bloom filter tells of no value that one does not ask for.
            self._accounted.append((meta[14], meta[14] + meta[15]))
        begin = min(offset for offset in (meta.get(9), meta.get(10), meta.get(11)) if offset)
        end = begin + meta[7]
        self._accounted.append((begin, end))
        data = memoryview(self._read(begin, meta[7]))
        at = 0
        while at < len(data):
            reader = ThriftReader(data, at)
            header = reader.struct()
            yield Page("bounds", texts_of(header), name)
            at = reader.at + header[3]
            if header[1] == 2:
                page = _unpacked(bytes(data[reader.at : at]), header[2], meta[4])
                values = _dictionary(page, meta[1], header[7][1])
                yield Page("dictionary", values, name, meta[1] >= BYTE_ARRAY)
            elif header[1] not in (0, 3):
                raise ValueError("it has a page of an unknown kind")

    def unaccounted(self) -> Iterator[bytes]:
        """Bytes that the footer does not lead to, but for padding; known once all pages were read."""
        at = 0
        for begin, end in sorted(self._accounted):
            if begin > at and (lost := self._read(at, begin - at)).strip(b"\0"):
                yield lost
            at = max(at, end)


def _name(meta: Struct) -> str:
    """The name of a chunk's column; of a nested one its outermost."""
    return str(meta[3][0].decode("utf-8", "replace"))


def _batch(batch: "pa.RecordBatch") -> Batch:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts: list[tuple[str, list[bytes], list[int]]] = []
    numbers: dict[str, Any] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            numbers[name.lower()] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        elif not pa.types.is_boolean(column.type):
            texts.append((name, *_distinct(column, pc)))
    # Whole numbers with nulls become reals without loss here: times are far below 2**53.
    return Batch(texts, {k: v.astype(np.float64) for k, v in numbers.items()}, batch.nbytes)


def _distinct(column: Any, pc: Any) -> tuple[list[bytes], list[int]]:
    import pyarrow as pa

    plain = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (pa.types.is_string(plain) or pa.types.is_large_string(plain) or pa.types.is_binary(plain)
            or pa.types.is_large_binary(plain) or pa.types.is_fixed_size_binary(plain)):  # fmt: skip
        # Lists, structs and days: rare here, so as Python writes them.
        return [repr(value).encode("utf-8", "surrogatepass") for value in column.to_pylist()], []
    told = pc.value_counts(column)
    values, counts = told.field("values"), told.field("counts")
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    pairs = zip(values.cast(pa.large_binary()).to_pylist(), counts.to_pylist(), strict=True)
    kept = [(value, count) for value, count in pairs if value]
    return [value for value, _ in kept], [count for _, count in kept]


def _unpacked(data: bytes, size: int, codec: int) -> bytes:
    import pyarrow as pa

    if codec not in CODECS:
        raise ValueError("a page is compressed in an unknown way")
    name = CODECS[codec]
    return data if name is None else bytes(pa.decompress(data, size, codec=name))


BYTE_ARRAY = 6


def _dictionary(page: bytes, physical: int, count: int) -> list[bytes]:
    if physical != BYTE_ARRAY:
        return [page]
    values, at = [], 0
    for _ in range(count):
        (length,) = struct.unpack_from("<I", page, at)
        values.append(page[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(page):
        raise ValueError("a dictionary is not as it says")
    return values


def _from_base64(texts: list[bytes]) -> list[bytes]:
    found = []
    for text in texts:
        if len(text) >= 16:
            try:
                found.append(base64.b64decode(text, validate=True))
            except binascii.Error:
                continue
    return found
