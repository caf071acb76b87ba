"""Emptying lines of a landed file: the others stay as they are, and so does their number."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import uuid4

from stedi.sources.content import Compression, LandedFile, uncompressed
from stedi.sources.examining import changed
from stedi.sources.listing import FileState
from stedi.sources.opening import FileChangedError

_BLOCK_BYTES = 1 << 20
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Emptied:
    """A landed file after some of its lines were emptied.

    Attributes:
        state: How it is now.
        sha256: Of its uncompressed content.
    """

    state: FileState
    sha256: str


def empty_lines(path: Path, state: FileState, lines: Set[int], room: Path) -> Emptied:
    """Write a file anew with some of its lines empty, packed as it was; at once or not at all.

    Args:
        path: The file.
        state: The one it was in when its lines were looked at.
        lines: Numbers of physical lines, from 1.
        room: A folder on the same file system in which nobody looks for files.

    Raises:
        FileChangedError: It is not, or is no longer, in that state; it was left alone.
    """
    aside = room / uuid4().hex
    digest = hashlib.sha256()
    try:
        with LandedFile(path) as landed, aside.open("xb") as whole:
            if found := changed(landed, state):
                raise FileChangedError(found)
            packing = landed.compression()
            with _packed(whole, packing) as copy:
                for piece in _without(uncompressed(landed, packing), lines):
                    digest.update(piece)
                    copy.write(piece)
            whole.flush()
            os.fsync(whole.fileno())
            shutil.copymode(path, aside)
            if found := changed(landed, state):
                raise FileChangedError(found)
            after = _placed(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return Emptied(after, digest.hexdigest())


def empty_file(path: Path, room: Path) -> Emptied:
    """Put an empty file in the place of one whose lines cannot be told apart."""
    aside = room / uuid4().hex
    aside.touch(exist_ok=False)
    shutil.copymode(path, aside)
    return Emptied(_placed(aside, path), hashlib.sha256().hexdigest())


def _placed(aside: Path, path: Path) -> FileState:
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return FileState.of(path.lstat())


@contextmanager
def _packed(whole: IO[bytes], packing: Compression) -> Iterator[IO[bytes]]:
    if packing is Compression.NONE:
        yield whole
        return
    # Without a name and a time: both may tell of somebody.
    with gzip.GzipFile(filename="", mode="wb", fileobj=whole, mtime=0) as copy:
        yield cast(IO[bytes], copy)


def _without(stream: BinaryIO, lines: Set[int]) -> Iterator[bytes]:
    """The content, a block at a time; of an emptied line its newline is left, and a mark before the first."""
    number, cut = 1, False
    first = True
    while block := stream.read(_BLOCK_BYTES):
        kept: list[bytes] = []
        if first and block.startswith(_MARK):
            kept.append(_MARK)
            block = block.removeprefix(_MARK)
        first = False
        pieces = block.split(b"\n")
        for piece in pieces[:-1]:
            kept += [b"" if number in lines else piece, b"\n"]
            number += 1
        cut = number in lines and (bool(pieces[-1]) or (cut and len(pieces) == 1))
        kept.append(b"" if number in lines else pieces[-1])
        yield b"".join(kept)
    if cut:
        yield b"\n"  # Without it there would be one line less.
