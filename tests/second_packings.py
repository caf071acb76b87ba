"""Streams that are packed, blocks of Avro and rows of SQLite, for the second search."""

import bz2
import io
import lzma
import sqlite3
import zlib
from collections.abc import Iterator

import zstandard


def _inflated(data: bytes, bits: int) -> tuple[bytes, bool]:
    whole = b""
    while data.strip(b"\0"):
        member = zlib.decompressobj(bits)
        for at in range(0, len(data), 64):
            try:
                whole += member.decompress(data[at : at + 64])
            except zlib.error:
                return whole, False
            if member.eof:
                data = member.unused_data + data[at + 64 :]
                break
        else:
            return whole + member.flush(), False
    return whole, True


def _decompressed(begin: type, data: bytes) -> tuple[bytes, bool]:
    whole = b""
    while data:
        member = begin()
        try:
            for at in range(0, len(data), 64):
                whole += member.decompress(data[at : at + 64])
                if member.eof:
                    break
        except (OSError, lzma.LZMAError):
            return whole, False
        if not member.eof:
            return whole, False
        data = member.unused_data + data[at + 64 :]
    return whole, True


def _zstd(data: bytes) -> tuple[bytes, bool]:
    whole, stream = b"", zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True)
    try:
        while read := stream.read(4096):
            whole += read
    except zstandard.ZstdError:
        return whole, False
    return whole, True


STREAMS = (
    (b"\x1f\x8b", "gzip", lambda data: _inflated(data, 31)),
    (b"x\x9c", "zlib", lambda data: _inflated(data, 15)),
    (b"BZh", "bzip2", lambda data: _decompressed(bz2.BZ2Decompressor, data)),
    (b"\xfd7zXZ\0", "xz", lambda data: _decompressed(lzma.LZMADecompressor, data)),
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
)


def avro_blocks(data: bytes) -> Iterator[bytes]:
    at, packed = 4, b"deflate" in data[:4096]

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return (value >> 1) ^ -(value & 1)

    while count := number():
        if count < 0:
            number()
        for _ in range(2 * abs(count)):
            length = number()
            if length < 0:
                raise ValueError("no head of Avro")
            at += length
    at += 16
    while at < len(data):
        number()
        size = number()
        if size < 0:
            raise ValueError("no block of Avro")
        block = data[at : at + size]
        at += size + 16
        yield zlib.decompress(block, -15) if packed else block


def sqlite_texts(data: bytes) -> Iterator[bytes]:
    base = sqlite3.connect(":memory:")
    base.text_factory = bytes
    try:
        content = bytearray(data)
        content[18:20] = b"\1\1"
        base.deserialize(bytes(content))
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in base.execute(f'SELECT * FROM "{name.decode()}"'):  # noqa: S608
                yield from (cell for cell in row if isinstance(cell, bytes))
    finally:
        base.close()
