"""Emptying lines and readings of a landed file: the others stay as they are, and so does their number."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast
from uuid import uuid4

from stedi.ground import durable
from stedi.ground.places import Place, S3Path
from stedi.ground.places.versions import sweep
from stedi.sources.content import Compression, Landed, LandedFile, LandedObject, uncompressed
from stedi.sources.envelopes import without_readings
from stedi.sources.examining import FileRefusal, changed
from stedi.sources.listing import FileState, state_of
from stedi.sources.opening import FileChangedError

_BLOCK_BYTES = 1 << 20
_MARK = b"\xef\xbb\xbf"

Position = tuple[int, int]
"""A physical line, from 1, and which reading of the envelope that it is, from 1; 0: the whole line."""

WHOLE = 0
TEXTS = -1
"""In the place of a reading: the texts in the line that somebody else's line holds of a person."""

Rewrite = Callable[[bytes], bytes | None]
"""A line without such texts; None where it cannot be told which they are."""


@dataclass(frozen=True)
class Emptied:
    """A landed file after some of its lines were emptied.

    Attributes:
        state: How it is now.
        sha256: Of its uncompressed content.
    """

    state: FileState
    sha256: str


def _emptied_whole(_line: bytes) -> None:
    return None


def empty_lines(
    path: Place,
    state: FileState,
    positions: Iterable[Position],
    room: Place,
    rewrite: Rewrite = _emptied_whole,
) -> Emptied:
    """Write a file anew with some of its lines empty, packed as it was; at once or not at all.

    In the place of a reading of an envelope stands null then. An envelope that holds no other reading becomes
    an empty line, for it names whose they were. An object on S3 is written under its key, and no older
    version of it stays.

    Args:
        path: The file.
        state: The one it was in when its lines were looked at.
        positions: Of lines, and of readings of envelopes.
        room: A folder on the same file system in which nobody looks for files; not needed on S3.
        rewrite: Takes the texts out of a line of which only these are to go.

    Raises:
        FileChangedError: It is not, or is no longer, in that state; it was left alone.
    """
    items: dict[int, set[int]] = {}
    for line, item in positions:
        items.setdefault(line, set()).add(item)
    if isinstance(path, S3Path):
        return _object_without(path, state, items, rewrite)
    assert isinstance(room, Path)
    aside = room / uuid4().hex
    try:
        with LandedFile(path) as landed, aside.open("xb") as whole:
            if found := changed(landed, state):
                raise FileChangedError(found)
            digest = _copied_without(landed, whole, items, rewrite)
            whole.flush()
            os.fsync(whole.fileno())
            shutil.copymode(path, aside)
            if found := changed(landed, state):
                raise FileChangedError(found)
            after = _placed(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return Emptied(after, digest)


def _object_without(
    path: S3Path, state: FileState, items: Mapping[int, Set[int]], rewrite: Rewrite
) -> Emptied:
    try:
        with LandedObject(path) as landed:
            if found := changed(landed, state):
                raise FileChangedError(found)
            with path.open_instead_of(landed.stat.etag) as whole:
                digest = _copied_without(landed, cast(IO[bytes], whole), items, rewrite)
    except FileExistsError as replaced:
        raise FileChangedError(FileRefusal(None)) from replaced
    sweep(path, below=False)
    return Emptied(state_of(path), digest)


def _copied_without(landed: Landed, whole: IO[bytes], items: Mapping[int, Set[int]], rewrite: Rewrite) -> str:
    """Copy a file without some lines, packed as it is; return the SHA-256 of what it unpacks to."""
    digest = hashlib.sha256()
    packing = landed.compression()
    with _packed(whole, packing) as copy:
        for piece in _without(uncompressed(landed, packing), items, rewrite):
            digest.update(piece)
            copy.write(piece)
    return digest.hexdigest()


def empty_file(path: Place, room: Place) -> Emptied:
    """Put an empty file in the place of one whose lines cannot be told apart."""
    if isinstance(path, S3Path):
        path.write_bytes(b"")
        sweep(path, below=False)
        return Emptied(state_of(path), hashlib.sha256().hexdigest())
    assert isinstance(room, Path)
    aside = room / uuid4().hex
    aside.touch(exist_ok=False)
    shutil.copymode(path, aside)
    return Emptied(_placed(aside, path), hashlib.sha256().hexdigest())


def _placed(aside: Path, path: Path) -> FileState:
    aside.replace(path)
    durable.settle(path.parent)
    return state_of(path)


@contextmanager
def _packed(whole: IO[bytes], packing: Compression) -> Iterator[IO[bytes]]:
    if packing is Compression.NONE:
        yield whole
        return
    # Without a name and a time: both may tell of somebody.
    with gzip.GzipFile(filename="", mode="wb", fileobj=whole, mtime=0) as copy:
        yield cast(IO[bytes], copy)


def _without(stream: BinaryIO, items: Mapping[int, Set[int]], rewrite: Rewrite) -> Iterator[bytes]:
    """The content, a block at a time; of an emptied line its newline is left, and a mark before the first."""
    number = 1
    held: list[bytes] = []
    first = True
    while block := stream.read(_BLOCK_BYTES):
        kept: list[bytes] = []
        if first and block.startswith(_MARK):
            kept.append(_MARK)
            block = block.removeprefix(_MARK)
        first = False
        *ended, begun = block.split(b"\n")
        for piece in ended:
            kept += [_left([*held, piece], items.get(number), rewrite), b"\n"]
            held = []
            number += 1
        touched = items.get(number, frozenset())
        if not touched:
            kept.append(begun)
        elif WHOLE not in touched:
            held.append(begun)  # An envelope is rewritten whole; no line of one is long.
        elif begun or held:
            held = [b"?"]  # Something is emptied here, however long it is.
        yield b"".join(kept)
    if held:
        yield _left(held, items[number], rewrite) or b"\n"  # Without it there would be one line less.


def _left(pieces: list[bytes], touched: Set[int] | None, rewrite: Rewrite) -> bytes:
    """What is left of a line."""
    line = b"".join(pieces)
    if touched is None:
        return line
    if WHOLE in touched:
        return b""
    if places := touched - {TEXTS}:
        line = without_readings(line, places)
    return (rewrite(line) or b"") if TEXTS in touched and line else line
