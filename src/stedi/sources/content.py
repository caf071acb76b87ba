"""The bytes of a landed file as they were before compression, in bounded memory."""

import io
import os
import stat
import zlib
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, cast

from stedi.ground.places import Place, S3Path
from stedi.ground.places.streams import S3Reader
from stedi.sources.listing import FileState

GZIP_MAGIC = b"\x1f\x8b"
LARGEST_EXPANSION = 200
LARGEST_EXPANDED_BYTES = 2 * 1024**3
# Equal and long lines compress over 200 times and are no bomb: the ratio counts beyond what is read at
# once. Others bound it so too: OISF/libhtp#253, xberg-io/xberg#1499.
HARMLESS_EXPANDED_BYTES = 16 * 1024**2

_CHUNK_BYTES = 64 * 1024
_GZIP_ONLY = zlib.MAX_WBITS | 16
# A pipe that took the place of a file must not block, nor a link be followed.
_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class Compression(StrEnum):
    """How a file is packed, told by its first bytes and not by its name."""

    NONE = "none"
    GZIP = "gzip"


class BadCompressionError(Exception):
    """The packed bytes end too early, fail their checksum, or are followed by something else."""


class BombError(Exception):
    """The packed bytes expand beyond what is read."""


class NotAFileError(OSError):
    """What stands at the path is no regular file."""


class LandedReadError(OSError):
    """The system failed to read a landed file that it had opened."""


class LandedFile(io.FileIO):
    """A regular file, opened without following a link and without ever blocking."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, _OPEN_FLAGS)
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            os.close(descriptor)
            raise IsADirectoryError if stat.S_ISDIR(mode) else NotAFileError
        super().__init__(descriptor, "rb")

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes from here on."""
        try:
            return super().read(-1 if size is None else size) or b""
        except OSError as error:
            raise LandedReadError(*error.args) from error

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from here on; tell how many bytes there were."""
        try:
            return super().readinto(buffer) or 0
        except OSError as error:
            raise LandedReadError(*error.args) from error

    def state(self) -> FileState:
        """How it is now."""
        return FileState.of(os.fstat(self.fileno()))

    def is_gone(self) -> bool:
        """Whether no path leads to it any more."""
        return os.fstat(self.fileno()).st_nlink == 0

    def compression(self) -> Compression:
        """How it is packed."""
        magic = os.pread(self.fileno(), len(GZIP_MAGIC), 0)
        return Compression.GZIP if magic == GZIP_MAGIC else Compression.NONE


class LandedObject(S3Reader):
    """An object on S3 as it was when it was opened; once replaced it is read no further."""

    def __init__(self, path: S3Path) -> None:
        super().__init__(path.bucket, path.key, begin=True)

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from here on; tell how many bytes there were."""
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise LandedReadError(*error.args) from error

    def state(self) -> FileState:
        """How it was when it was opened, which is what is read."""
        return FileState.of_object(self.stat)

    def is_gone(self) -> bool:
        """Never: reading on tells, and what was read is of one content."""
        return False

    def compression(self) -> Compression:
        """How it is packed."""
        before = self.tell()
        self.seek(0)
        magic = self.read(len(GZIP_MAGIC))
        self.seek(before)
        return Compression.GZIP if magic == GZIP_MAGIC else Compression.NONE


Landed = LandedFile | LandedObject


def landed_content(path: Place) -> Landed:
    """A landed file, opened.

    Raises:
        OSError: It cannot be opened, or is no regular file.
    """
    return LandedObject(path) if isinstance(path, S3Path) else LandedFile(path)


def uncompressed(file: Landed, compression: Compression) -> BinaryIO:
    """The content as a stream; every read is full, but for the last.

    Raises:
        BadCompressionError: While reading: truncated, bad checksum, or bytes after the last member.
        BombError: While reading: it expands over 200 times (and 16 MiB) or over 2 GiB.
    """
    if compression is Compression.NONE:
        return cast(BinaryIO, file)
    return io.BufferedReader(_Gunzipped(file, file.state().size), _CHUNK_BYTES)


class _Gunzipped(io.RawIOBase):
    """The members of a gzip file, one after the other."""

    def __init__(self, file: Landed, packed_bytes: int) -> None:
        self._file = file
        self._left = min(
            LARGEST_EXPANDED_BYTES, max(HARMLESS_EXPANDED_BYTES, LARGEST_EXPANSION * packed_bytes)
        )
        self._packed = b""
        self._member = zlib.decompressobj(wbits=_GZIP_ONLY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        space = memoryview(buffer).cast("B")
        while True:
            if self._member.eof:
                self._packed = self._member.unused_data or self._file.read(_CHUNK_BYTES) or b""
                if not self._packed:
                    return 0
                self._member = zlib.decompressobj(wbits=_GZIP_ONLY)
            try:
                content = self._member.decompress(self._packed, len(space))
            except zlib.error as error:
                raise BadCompressionError from error
            self._packed = self._member.unconsumed_tail
            if content:
                break
            if not self._member.eof:
                self._packed = self._file.read(_CHUNK_BYTES) or b""
                if not self._packed:
                    raise BadCompressionError
        self._left -= len(content)
        if self._left < 0:
            raise BombError
        space[: len(content)] = content
        return len(content)
