"""A file as pages: whole physical lines, in memory that no file can make grow."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np

from stedi.sources.strict_json import MAX_LINE_BYTES
from stedi.sources.words import Characters, Positions, Words, words_at

PAD = 2048
"""Spare bytes before and after a page, so that a look around a line stays inside the buffer."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Page:
    """Whole lines in one buffer, and where their colons are.

    Attributes:
        buffer: `PAD` bytes, lines that each end in a newline, `PAD` bytes.
        characters: The same bytes.
        words: The word that begins at each byte of the buffer.
        begins: Where each line begins.
        ends: Where each line's newline stands.
        colons: Where the colons (and newlines) of all lines stand, ascending.
        first_colon: For each line, the index of its first colon in `colons`.
        colon_count: For each line, how many it has.
    """

    buffer: bytes
    characters: Characters
    words: Words
    begins: Positions
    ends: Positions
    colons: Positions
    first_colon: Positions
    colon_count: Positions

    @classmethod
    def of(cls, buffer: bytes) -> "Page":
        """Find the lines and colons of a buffer as `pages` cuts it."""
        characters = np.frombuffer(buffer, dtype=np.uint8)
        marks = np.flatnonzero((characters == ord(":")) | (characters == ord("\n")))
        newlines = np.flatnonzero(characters[marks] == ord("\n"))
        ends = marks[newlines]
        begins = np.concatenate(([PAD], ends[:-1] + 1))
        first = np.concatenate(([0], newlines[:-1] + 1))
        return cls(buffer, characters, words_at(buffer), begins, ends, marks, first, newlines - first)

    def parts(self, lines: int) -> "Iterator[Page]":
        """The page, a few lines at a time, in order."""
        for begin in range(0, len(self.ends), lines):
            some = slice(begin, begin + lines)
            yield replace(
                self,
                begins=self.begins[some],
                ends=self.ends[some],
                first_colon=self.first_colon[some],
                colon_count=self.colon_count[some],
            )

    def line(self, number: int) -> bytes:
        """The bytes of a line, counted from 0, without its newline."""
        return self.buffer[self.begins[number] : self.ends[number]]


def pages(stream: BinaryIO, page_bytes: int) -> Iterator[bytes]:
    """Cut a file into pages of about `page_bytes`.

    A page is `PAD` bytes, lines that each end in a newline, and `PAD` bytes. The last line
    gets a newline where it has none. A line over `MAX_LINE_BYTES` stands cut, one byte over
    that length; a byte order mark at the beginning is left out.

    Args:
        stream: The uncompressed content.
        page_bytes: How much is read at once.
    """
    padding = bytes(PAD)
    rest = b""
    inside_overlong = False
    for chunk in _chunks(stream, page_bytes):
        begin = 0
        if inside_overlong:
            begin = chunk.find(b"\n") + 1
            if not begin:
                continue
            inside_overlong = False
        cut = chunk.rfind(b"\n") + 1
        if cut > begin:
            yield b"".join((padding, rest, memoryview(chunk)[begin:cut], padding))
            rest = b""
        rest += chunk[max(begin, cut) :]
        if len(rest) > MAX_LINE_BYTES:
            yield b"".join((padding, rest[: MAX_LINE_BYTES + 1], b"\n", padding))
            rest, inside_overlong = b"", True
    if rest:
        yield b"".join((padding, rest, b"\n", padding))


def _chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    first = True
    while chunk := _filled(stream, size):
        yield chunk.removeprefix(_BOM) if first else chunk
        first = False


def _filled(stream: BinaryIO, size: int) -> bytes:
    """As much as was asked for, though the stream hands out less at a time."""
    chunk = stream.read(size)
    if len(chunk) == size or not chunk:
        return chunk
    pieces = [chunk]
    missing = size - len(chunk)
    while missing and (piece := stream.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
