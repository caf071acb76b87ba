"""The one list of packings: by which first bytes each is known, and whether its content can be read."""

import bz2
import io
import lzma
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from stedi.decoding import avro, parquet
from stedi.decoding.texts import is_text

HEAD_BYTES = 560
_INPUT_BYTES = 64 * 1024
_MOST_FROM_HEAD = 1 << 16

ZIP, TAR, PARQUET, AVRO, SQLITE, BASE64 = "zip", "tar", "parquet", "avro", "sqlite", "base64"
STREAMS = frozenset({"gzip", "bzip2", "xz", "lzma", "zlib", "zstd", "lz4"})
"""What unpacks to one stream of bytes."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (rb"\x1f\x8b\x08", "gzip"),
    (rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bzip2"),
    (rb"\xfd7zXZ\0", "xz"),
    (rb"\x5d\0\0[\x01-\x10\x40\x80\0].(?:.{7}\0|\xff{8})", "lzma"),
    (rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "zstd"),
    (rb"\x04\x22\x4d\x18", "lz4"),
    (rb"PK\x03\x04|PK\x05\x06|PK00PK\x03\x04", ZIP),
    (re.escape(parquet.MAGIC), PARQUET),
    (re.escape(avro.MAGIC), AVRO),
    (rb"SQLite format 3\0", SQLITE),
    (rb".{257}ustar", TAR),
)
_KNOWN = tuple((re.compile(pattern, re.DOTALL), kind) for pattern, kind in _MAGIC)

_CLOSED: tuple[tuple[bytes, str], ...] = (
    (rb"7z\xbc\xaf\x27\x1c", "7z"),
    (rb"Rar!\x1a\x07", "rar"),
    (rb"%PDF-", "pdf"),
    (rb"\x89PNG\r\n\x1a\n", "image (png)"),
    (rb"\xff\xd8\xff[\xc0-\xfe]", "image (jpeg)"),
    (rb"GIF8[79]a", "image (gif)"),
    (rb"II\*\0|MM\0\*", "image (tiff)"),
    (rb"RIFF....(?:WEBP|WAVE|AVI )", "image or sound (riff)"),
    (rb"....ftyp", "image or film (iso)"),
    (rb"ID3[\x02-\x04]|OggS\0|fLaC", "sound"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "document (ole)"),
    (rb"\xff\x06\0\0sNaPpY", "snappy"),
    (rb"LZIP\x01", "lzip"),
    (rb"ARROW1\0\0", "arrow"),
    (rb"\x89HDF\r\n\x1a\n", "hdf5"),
    (rb"Salted__", "encrypted (openssl)"),
    (rb"age-encryption\.org/v1|-----BEGIN PGP MESSAGE-----", "encrypted"),
)
# These letters begin many a text too.
_CLOSED_UNLESS_TEXT: tuple[tuple[bytes, str], ...] = (
    (rb"ORC", "orc"),
    (rb"PARE", "encrypted Parquet"),
    (rb"PFA1", "puffin"),
    (rb"BM.{4}\0{4}", "image (bmp)"),
)
_NOT_READ = tuple((re.compile(pattern, re.DOTALL), kind) for pattern, kind in _CLOSED)
_NOT_READ_UNLESS_TEXT = tuple((re.compile(p, re.DOTALL), kind) for p, kind in _CLOSED_UNLESS_TEXT)


class UndecodableError(ValueError):
    """A file, or a part of one, holds what cannot be read; so nothing is proven of it."""


@dataclass(frozen=True)
class Packing:
    """How a content is packed.

    Attributes:
        kind: Its name.
        is_read: Whether what lies in it can be read here.
    """

    kind: str
    is_read: bool


def packing_of(head: bytes) -> Packing | None:
    """How a content is packed that begins so; None where it is not packed."""
    for pattern, kind in _KNOWN:
        if pattern.match(head):
            return Packing(kind, True)
    for pattern, kind in _NOT_READ:
        if pattern.match(head):
            return Packing(kind, False)
    if is_zlib(head):
        return Packing("zlib", True)
    if _is_compress(head):
        return Packing("compress", False)
    for pattern, kind in _NOT_READ_UNLESS_TEXT:
        if pattern.match(head) and not is_text(head):
            return Packing(kind, False)
    return None


def is_zlib(head: bytes) -> bool:
    """Whether a content is a stream of zlib: its two bytes say so, and it unpacks as far as it is seen."""
    if len(head) < 8 or head[0] & 15 != 8 or head[0] >> 4 > 7 or (head[0] * 256 + head[1]) % 31:
        return False
    try:
        return bool(zlib.decompressobj().decompress(head, _MOST_FROM_HEAD)) and not is_text(head)
    except zlib.error:
        return False


def _is_compress(head: bytes) -> bool:
    """Whether a content was written by `compress`: two bytes and a width say so, and the codes that follow.

    One digest in 65,536 begins with those two bytes. A code names a byte, or a text seen before it: of
    random bytes hardly any go on so.
    """
    if len(head) < 6 or head[:2] != b"\x1f\x9d" or head[2] & 0x60 or not 9 <= head[2] & 31 <= 16:
        return False
    bits = int.from_bytes(head[3:], "little")
    codes = min((len(head) - 3) * 8 // 9, 255)
    return all((bits >> 9 * at) & 511 <= (256 + at if at else 255) for at in range(codes))


def unpacked(file: BinaryIO, kind: str) -> BinaryIO:
    """The content of a packed stream, all its members.

    Reads are short; before what is broken everything is given that can be read.

    Raises:
        UndecodableError: While reading: it is broken; and what the decoder raises then.
    """
    if kind in _DECOMPRESSORS:
        return cast(BinaryIO, _Members(file, _DECOMPRESSORS[kind]))
    import pyarrow as pa

    return cast(BinaryIO, pa.CompressedInputStream(pa.PythonFile(file, "r"), kind))


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    "zlib": zlib.decompressobj,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
    "lzma": lzma.LZMADecompressor,
}


class _Members(io.RawIOBase):
    """The members of a packed file, one after the other."""

    def __init__(self, file: BinaryIO, begin: Callable[[], Any]) -> None:
        self._file = file
        self._begin = begin
        self._member = begin()
        self._input = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Some bytes, and none at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        while not self._ended:
            if self._member.eof and not self._next_member():
                break
            if content := self._decompressed(size):
                return content
        return b""

    def _next_member(self) -> bool:
        rest = self._member.unused_data
        while not rest.strip(b"\0"):
            rest = self._file.read(_INPUT_BYTES)
            if not rest:
                self._ended = True
                return False
        self._member = self._begin()
        self._input = rest.lstrip(b"\0")
        return True

    def _decompressed(self, size: int) -> bytes:
        needs_input = getattr(self._member, "needs_input", True)
        if not self._input and needs_input:
            self._input = self._file.read(_INPUT_BYTES)
            if not self._input:
                self._ended = True
                raise EOFError
        given, self._input = self._input, b""
        before = self._member.copy() if hasattr(self._member, "copy") else None
        try:
            content: bytes = self._member.decompress(given, size)
        except (zlib.error, OSError, lzma.LZMAError):
            if before is None:
                raise
            return self._up_to_the_break(before, given)
        self._input = getattr(self._member, "unconsumed_tail", b"")
        return content

    def _up_to_the_break(self, member: Any, given: bytes) -> bytes:
        """What can be read of a piece before it breaks; the next read tells of the break."""
        kept: list[bytes] = []
        for at in range(len(given)):
            try:
                kept.append(member.decompress(given[at : at + 1]))
            except zlib.error:
                break
        self._member, self._input = _Broken(), b"?"
        return b"".join(kept) or self._member.decompress(b"", 0)


class _Broken:
    eof = False
    needs_input = True

    def decompress(self, _data: bytes, _size: int) -> bytes:
        raise UndecodableError("it breaks off")
