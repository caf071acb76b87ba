"""What stands in a zip, in a tar and in a SQLite file."""

import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, BinaryIO, cast

from stedi.decoding.packings import UndecodableError

Member = tuple[list[str], Callable[[], BinaryIO] | None]
"""The names of a file in another, and what opens it; None of what is no file."""

_DESCRIPTOR_BYTES = 24


def zip_members(file: BinaryIO) -> Iterator[Member]:
    """The files in a zip.

    Raises:
        UndecodableError: At the end: it holds bytes that its list of files does not lead to.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        for member in members:
            opens = None if member.is_dir() else partial(_opened, archive.open, member)
            yield [member.filename], opens
        if _has_gaps(file, members, archive.start_dir):
            raise UndecodableError("it holds bytes that its list of files does not lead to")


def _opened(opens: Callable[[zipfile.ZipInfo], IO[bytes]], member: zipfile.ZipInfo) -> BinaryIO:
    return cast(BinaryIO, opens(member))


def _has_gaps(file: BinaryIO, members: list[zipfile.ZipInfo], end: int) -> bool:
    """Whether bytes stand between the files of a zip that are no part of any."""
    at = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        file.seek(member.header_offset)
        header = file.read(30)
        if len(header) < 30 or member.header_offset - at > _DESCRIPTOR_BYTES * (at > 0):
            return True
        name, extra = struct.unpack("<HH", header[26:30])
        at = max(at, member.header_offset + 30 + name + extra + member.compress_size)
    return end - at > _DESCRIPTOR_BYTES


def tar_members(file: BinaryIO) -> Iterator[Member]:
    """The files in a tar."""
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            names = [member.name, member.linkname, member.uname, member.gname, *member.pax_headers.values()]
            yield names, (partial(_given, cast(BinaryIO, stream)) if stream else None)


def _given(stream: BinaryIO) -> BinaryIO:
    return stream


def sqlite_values(file: BinaryIO) -> Iterator[tuple[str, list[bytes]]]:
    """Texts and bytes of each row of a SQLite file, with the name of their table."""
    connection = sqlite3.connect(":memory:")
    connection.text_factory = bytes
    try:
        # A look must leave no journal beside the file; its write-ahead log is searched by itself.
        content = bytearray(file.read())
        content[18:20] = b"\1\1"
        connection.deserialize(bytes(content))
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            table = name.decode()
            quoted = table.replace('"', '""')
            for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608
                yield table, [value for value in row if isinstance(value, bytes)]
    finally:
        connection.close()
