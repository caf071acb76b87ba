"""Decode a file by what it holds, not by its name, and look for traces in all of it."""

import bz2
import gzip
import io
import lzma
import sqlite3
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import BinaryIO, cast

from stedi.places import Place
from stedi.prover import avro, parquet
from stedi.prover.rows import RowSearch
from stedi.prover.search import Found, Search

CHUNK_BYTES = 4 << 20
LONGEST_LINE = 2 << 20
"""A longer line is searched for texts, and for rows only in its parts."""

DEEPEST = 6
LARGEST_INNER_BYTES = 1 << 30
"""What lies packed inside another file and must be read from any place is held in memory up to here."""

HEAD_BYTES = 300

TOGETHER = 64
"""So many values are looked at at once before each by itself."""


def _unpacked(file: BinaryIO, kind: str) -> BinaryIO:
    if kind == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if kind == "bzip2":
        return cast(BinaryIO, bz2.BZ2File(file))
    if kind == "xz":
        return cast(BinaryIO, lzma.LZMAFile(file))
    import pyarrow as pa

    return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(file, "r"), kind))


PACKED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
"""Streams by their first bytes."""

UNKNOWN = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "rar",
    b"ORC": "orc",
    b"PARE": "encrypted Parquet",
    b"\xff\x06\0\0sNaPpY": "snappy",
    b"%PDF": "pdf",
    b"PFA1": "puffin",
}
"""What is known and cannot be decoded here."""

SQLITE = b"SQLite format 3\0"


class UndecodableError(ValueError):
    """A file, or a part of one, holds what cannot be read; so nothing is proven of it."""


class Looking:
    """What was found in one file, and why something in it could not be decoded.

    Args:
        search: The texts that are looked for.
        rows: The rows that are looked for.
    """

    def __init__(self, search: Search, rows: RowSearch) -> None:
        self.found: dict[str, Found] = defaultdict(Counter)
        self.failures: list[str] = []
        self.bytes = 0
        self._search = search
        self._rows = rows

    def into(self, file: BinaryIO) -> None:
        """Decode a file, to be read from any place, and all that is packed in it."""
        self._into(file, 0)

    def name(self, text: str, where: str = "name") -> None:
        """Look at a name of a file, or of where a link leads."""
        self._add(where, self._search.found(text.encode("utf-8", "surrogateescape"), text=True))

    def _into(self, file: BinaryIO, depth: int) -> None:
        head = file.read(HEAD_BYTES)
        file.seek(0)
        # Also of what is decoded below: names of members and comments stand beside the packed bytes.
        self._stream(file, "data")
        file.seek(0)
        kind, decode = self._decoder(head, depth)
        try:
            decode(file)
        except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, ArithmeticError) as error:
            self._fail(kind, error)
        except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, sqlite3.Error, NotImplementedError,
                RuntimeError) as error:  # fmt: skip
            self._fail(kind, error)

    def _fail(self, kind: str, error: Exception) -> None:
        # Only our own words: those of others may quote what they read.
        why = f": {error}" if isinstance(error, UndecodableError) else ""
        self.failures.append(f"{kind} cannot be decoded ({type(error).__name__}{why})")

    def _decoder(self, head: bytes, depth: int) -> tuple[str, Callable[[BinaryIO], None]]:
        packed = next((kind for magic, kind in PACKED.items() if head.startswith(magic)), None)
        if packed is not None:
            return packed, lambda file: self._packed(_unpacked(file, packed), depth)
        if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return "zip", lambda file: self._zip(file, depth)
        if head.startswith(parquet.MAGIC):
            return "parquet", self._parquet
        if head.startswith(avro.MAGIC):
            return "avro", self._avro
        if head.startswith(SQLITE):
            return "sqlite", self._sqlite
        for magic, kind in UNKNOWN.items():
            if head.startswith(magic):
                return kind, _refuse
        if head[257:262] == b"ustar":
            return "tar", _refuse
        return "file", lambda file: None

    def _packed(self, stream: BinaryIO, depth: int) -> None:
        if depth >= DEEPEST:
            raise UndecodableError("packed too deep")
        with stream:
            head = stream.read(HEAD_BYTES)
            if self._is_plain(head):
                self._stream(stream, "data", head)
                return
            inner = head + stream.read(LARGEST_INNER_BYTES - len(head))
            if len(inner) == LARGEST_INNER_BYTES:
                raise UndecodableError("what is packed in it is too large to be held in memory")
        self._into(io.BytesIO(inner), depth + 1)

    def _is_plain(self, head: bytes) -> bool:
        return self._decoder(head, 0)[0] == "file"

    def _zip(self, file: BinaryIO, depth: int) -> None:
        if depth >= DEEPEST:
            raise UndecodableError("packed too deep")
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                self.name(member.filename)
                with archive.open(member) as stream:
                    self._packed(cast(BinaryIO, stream), depth)

    def _parquet(self, file: BinaryIO) -> None:
        content = parquet.ParquetContent(file)
        for page in content.pages():
            self.bytes += sum(map(len, page.values))
            self._values(page.where, page.values, [])
        if any(self._lost(data) for data in content.unaccounted()):
            raise UndecodableError("it holds bytes that its footer does not account for")
        for batch in content.batches():
            self.bytes += batch.size
            for values, counts in batch.texts:
                self._values("data", values, counts)
            self._add("data", self._rows.in_columns(batch.numbers))

    def _lost(self, data: bytes) -> bool:
        self._bytes("unreferenced", data)
        return True

    def _avro(self, file: BinaryIO) -> None:
        for values in avro.avro_texts(file):
            self.bytes += sum(map(len, values))
            self._values("data", values, [])

    def _sqlite(self, file: BinaryIO) -> None:
        connection = sqlite3.connect(":memory:")
        connection.text_factory = bytes
        try:
            # A look must leave no journal beside the file; its write-ahead log is searched by itself.
            content = bytearray(file.read())
            content[18:20] = b"\1\1"
            connection.deserialize(bytes(content))
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                quoted = name.decode().replace('"', '""')
                for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608
                    self._values("data", [v for v in row if isinstance(v, bytes)], [])
        finally:
            connection.close()

    def _values(self, where: str, values: list[bytes], counts: list[int]) -> None:
        """Look at values that begin and end by themselves; counts are of their rows, 1 each if empty."""
        if not values:
            return
        weights = counts or [1] * len(values)
        if len(values) > TOGETHER:
            if not self._is_any(values):
                return
            for at in range(0, len(values), TOGETHER):
                self._values(where, values[at : at + TOGETHER], weights[at : at + TOGETHER])
        elif self._is_any(values):
            for value, count in zip(values, weights, strict=True):
                found = self._search.found(value, text=_is_text(value)) + self._rows.in_lines(value)
                self._add(where, Counter({trace: number * count for trace, number in found.items()}))

    def _is_any(self, values: list[bytes]) -> bool:
        together = b"\n".join(values)
        found = self._search.found(together, text=_is_text(together))
        return bool(found or self._rows.in_lines(together))

    def _bytes(self, where: str, data: bytes) -> None:
        self._stream(io.BytesIO(data), where)

    def _stream(self, stream: BinaryIO, where: str, begun: bytes = b"") -> None:
        """Look at a stream of bytes, whatever they are, in memory that does not grow with it."""
        reach = self._search.reach
        held, since = begun, 0
        try:
            while read := stream.read(CHUNK_BYTES):
                self.bytes += len(read)
                data = held + read
                # Cut between lines, and never through what a trace could span.
                cut = data.rfind(b"\n", since, max(since, len(data) - reach)) + 1
                if cut <= since or len(data) - cut > LONGEST_LINE:
                    cut = max(since, len(data) - reach)
                self._chunk(where, data, since, cut)
                # What stands before a match tells whether it is another's.
                kept = max(0, cut - 2 * reach)
                held, since = data[kept:], cut - kept
        finally:
            # Also of a stream that breaks off.
            self._chunk(where, held, since, len(held))

    def _chunk(self, where: str, data: bytes, since: int, until: int) -> None:
        if since >= until:
            return
        is_text = _is_text(data)
        self._add(where, self._search.found(data, text=is_text, fold=is_text, since=since, until=until))
        # Of one line that is no text the others are lines all the same.
        self._add(where, self._rows.in_lines(data, since, until))

    def _add(self, where: str, found: Found) -> None:
        if found:
            self.found[where] += found


def _refuse(file: BinaryIO) -> None:
    raise UndecodableError("nothing here reads it")


_BINARY = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b\b\v")
_BINARY_BYTES = bytes(sorted(_BINARY))


def _is_text(data: bytes) -> bool:
    # Deleting is the quickest way to see whether any is there.
    if len(data.translate(None, _BINARY_BYTES)) != len(data):
        return False
    for cut in range(4):
        try:
            data[: len(data) - cut].decode("utf-8")
            return True
        except UnicodeDecodeError as error:
            # A letter may be cut in two where a chunk ends.
            if error.start < len(data) - 4:
                return False
    return False


def look_into(path: Place, search: Search, rows: RowSearch) -> Looking:
    """Decode a file that lies somewhere and look for traces in it, its name apart.

    Raises:
        OSError: It cannot be read.
    """
    looking = Looking(search, rows)
    with path.open("rb") as file:
        looking.into(file)
    return looking
