"""The first pass over a landed file: is it whole, what is it, and has it been seen before?"""

import errno
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stedi.sources.astray import CustomerSearch
from stedi.sources.content import (
    BadCompressionError,
    BombError,
    Compression,
    Landed,
    NotAFileError,
    landed_content,
    uncompressed,
)
from stedi.sources.likeness import Likeness
from stedi.sources.listing import FileState, ListedFile
from stedi.sources.reasons import Reason
from stedi.sources.source import Source
from stedi.sources.verdicts import FileVerdict, file_verdict

# Small enough that a block is still in the processor's cache when its lines are counted.
_BLOCK_BYTES = 256 * 1024
_LINE_END = 10
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_OR_32_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# Where 8 bytes of ASCII text hold zeros in UTF-16 and UTF-32; fewer bytes would take padding for it.
_WIDE_ZEROS = tuple(bytes(zeros) for zeros in ([0, 1] * 4, [1, 0] * 4, [0, 1, 1, 1] * 2, [1, 1, 1, 0] * 2))


@dataclass(frozen=True, slots=True)
class Examined:
    """A file's content, seen from the first byte to the last.

    Attributes:
        state: How the file was before and after.
        compression: How it is packed.
        sha256: Of the uncompressed content, byte for byte, in lower-case hexadecimal.
        size: Bytes of the uncompressed content.
        lines: Physical lines: line feeds, and one more where the last line has none; a byte order mark
            alone is no line.
    """

    state: FileState
    compression: Compression
    sha256: str
    size: int
    lines: int


@dataclass(frozen=True, slots=True)
class FileRefusal:
    """A file that is not read now.

    Attributes:
        reason: Why; None when the file merely waits for the next run.
        content: What was found where all of it was seen (NOT_JSON, WRONG_SOURCE); its lines stay unread.
        is_customers: Whether it looks like customer records that landed in another source's folder.
    """

    reason: Reason | None
    content: Examined | None = None
    is_customers: bool = False

    @property
    def verdict(self) -> FileVerdict:
        """QUARANTINED, REFUSED or WAITING."""
        return file_verdict(self.reason)


def examined(file: ListedFile, sources: Sequence[Source]) -> Examined | FileRefusal:
    """See all of a file that was listed as READ.

    Nothing is raised for a bad file. One that changed since it was listed, or changes meanwhile, waits.
    Memory is bounded whatever the size; the lock of the interpreter is released for most of the time.
    """
    try:
        with landed_content(file.file) as opened:
            found = _found(opened, file, sources)
            return changed(opened, file.state) or found
    except OSError as error:
        return refusal(error)


def changed(opened: Landed, state: FileState) -> FileRefusal | None:
    """Why the file is not the one whose state was taken; None when it is."""
    if opened.is_gone():
        return FileRefusal(Reason.VANISHED)
    return None if opened.state() == state else FileRefusal(None)


def refusal(error: OSError) -> FileRefusal:
    """What it means for a file that the system refused to open or read it."""
    if isinstance(error, NotAFileError) or error.errno in (errno.ELOOP, errno.ENXIO):
        return FileRefusal(Reason.NOT_A_FILE)
    if error.errno == errno.ESTALE:
        return FileRefusal(None)  # An object was replaced by another.
    return FileRefusal(Reason.VANISHED if error.errno == errno.ENOENT else Reason.UNREADABLE)


def _found(opened: Landed, file: ListedFile, sources: Sequence[Source]) -> Examined | FileRefusal:
    state = opened.state()
    if state != file.state:
        return FileRefusal(None)
    compression = opened.compression()
    stream = uncompressed(opened, compression)
    likeness, customers = Likeness(file.source, sources), CustomerSearch()
    block = bytearray(_BLOCK_BYTES if compression is Compression.GZIP else min(state.size + 1, _BLOCK_BYTES))
    view, codes = memoryview(block), np.frombuffer(block, np.uint8)
    digest, size, line_ends, last = hashlib.sha256(), 0, 0, _LINE_END
    try:
        while length := stream.readinto(block):  # type: ignore[attr-defined]
            if size == 0 and _is_wide(bytes(view[: min(length, 8)])):
                return FileRefusal(Reason.UTF16)
            digest.update(view[:length])
            line_ends += int(np.count_nonzero(codes[:length] == _LINE_END))
            if not likeness.is_own:
                likeness.look(bytes(view[:length]))
                if not likeness.is_own:
                    customers.add(bytes(view[:length]))
            size += length
            last = block[length - 1]
            if compression is Compression.NONE and size > state.size:
                return FileRefusal(None)  # It grows, perhaps faster than it is read.
    except BadCompressionError:
        return FileRefusal(Reason.BAD_COMPRESSION)
    except BombError:
        return FileRefusal(Reason.BOMB)
    only_mark = size == len(_UTF8_MARK) and view[:size] == _UTF8_MARK
    lines = 0 if only_mark else line_ends + (last != _LINE_END)
    content = Examined(state, compression, digest.hexdigest(), size, lines)
    reason = likeness.reason()
    return FileRefusal(reason, content, customers.found) if reason else content


def _is_wide(head: bytes) -> bool:
    """Whether a content that begins so is UTF-16 or UTF-32: by its mark, or by where its zeros are."""
    return head.startswith(_UTF16_OR_32_MARKS) or bytes(byte == 0 for byte in head) in _WIDE_ZEROS
