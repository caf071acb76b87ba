"""Every text that an Avro file holds: manifests, lists of them, and the bounds they keep."""

import bz2
import json
import lzma
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

MAGIC = b"Obj\x01"
DEEPEST = 64


def avro_texts(file: BinaryIO) -> Iterator[tuple[str | None, list[bytes]]]:
    """The texts and bytes of the header, then of each block, by the name of their field.

    A bound in a manifest of Iceberg goes by the number of its column and a hash, such as `#3`.

    Raises:
        ValueError: It is no Avro file, or holds what cannot be decoded.
    """
    data = file.read()
    if data[:4] != MAGIC:
        raise ValueError("it is no Avro file")
    reader = _Reader(data, 4)
    header: list[bytes] = []
    meta: dict[bytes, bytes] = {}
    while count := reader.block():
        for _ in range(count):
            name = reader.bytes()
            meta[name] = reader.bytes()
            header += [name, meta[name]]
    yield None, header
    sync = reader.take(16)
    schema = json.loads(meta[b"avro.schema"])
    codec = meta.get(b"avro.codec", b"null").decode()
    while reader.at < len(data):
        count, packed = reader.long(), reader.bytes()
        if reader.take(16) != sync:
            raise ValueError("a block does not end where it says")
        values = _Values(_Reader(_unpacked(packed, codec)), schema)
        yield from values.texts(count).items()


def _unpacked(data: bytes, codec: str) -> bytes:
    if codec == "null":
        return data
    if codec == "deflate":
        return zlib.decompress(data, -15)
    if codec == "bzip2":
        return bz2.decompress(data)
    if codec == "xz":
        return lzma.decompress(data)
    if codec == "zstandard":
        import pyarrow as pa

        with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
            return bytes(stream.read())
    if codec == "snappy":
        import pyarrow as pa

        size, at = 0, 0
        for at, byte in enumerate(data[:5]):
            size |= (byte & 127) << (7 * at)
            if byte < 128:
                break
        # The last four bytes are a checksum.
        return bytes(pa.decompress(data[:-4], size, codec="snappy"))
    raise ValueError("a block is compressed in an unknown way")


class _Reader:
    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    @property
    def is_done(self) -> bool:
        return self.at == len(self._data)

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self._data):
            raise ValueError("it is cut off")
        begin, self.at = self.at, self.at + size
        return self._data[begin : self.at]

    def long(self) -> int:
        number = shift = 0
        while shift < 70:
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                return (number >> 1) ^ -(number & 1)
            shift += 7
        raise ValueError("no number")

    def bytes(self) -> bytes:
        return self.take(self.long())

    def block(self) -> int:
        """How many items the next block of an array or map has; 0 ends it."""
        count = self.long()
        if count < 0:
            self.long()
        return abs(count)


_FIXED = {"int": None, "long": None, "null": 0, "boolean": 1, "float": 4, "double": 8}


class _Values:
    def __init__(self, reader: _Reader, schema: Any) -> None:
        self._reader = reader
        self._schema = schema
        self._named: dict[str, Any] = {}
        self._found: dict[str | None, list[bytes]] = {}

    def texts(self, count: int) -> dict[str | None, list[bytes]]:
        for _ in range(count):
            self._read(self._schema, 0, None)
        if not self._reader.is_done:
            raise ValueError("a block holds more than it says")
        return self._found

    def _read(self, schema: Any, depth: int, name: str | None) -> int | None:
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        if isinstance(schema, list):
            return self._read(schema[self._reader.long()], depth + 1, name)
        kind = schema["type"] if isinstance(schema, dict) else schema
        if isinstance(schema, dict) and "name" in schema:
            self._named[schema["name"]] = schema
        if isinstance(kind, dict | list):
            return self._read(kind, depth + 1, name)
        if kind in ("string", "bytes"):
            self._add(name, self._reader.bytes())
        elif kind in ("int", "long", "enum"):
            return self._reader.long()
        elif kind in _FIXED:
            self._reader.take(_FIXED[kind] or 0)
        elif kind in ("record", "fixed") and isinstance(schema, dict):
            if kind == "fixed":
                self._add(name, self._reader.take(schema["size"]))
            key = None
            for field in schema.get("fields", ()):
                of_column = field["name"] == "value" and key is not None
                number = self._read(field["type"], depth + 1, f"#{key}" if of_column else field["name"])
                key = number if field["name"] == "key" else key
        elif kind in ("array", "map") and isinstance(schema, dict):
            while count := self._reader.block():
                for _ in range(count):
                    if kind == "map":
                        self._add(name, self._reader.bytes())
                    self._read(schema["items" if kind == "array" else "values"], depth + 1, name)
        elif kind in self._named:
            return self._read(self._named[kind], depth + 1, name)
        else:
            raise ValueError("its schema names an unknown type")
        return None

    def _add(self, name: str | None, text: bytes) -> None:
        self._found.setdefault(name, []).append(text)
