"""E-mails and serial numbers in whatever bytes: packed, encoded, one in another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from stedi.decoding.escapes import lines_with_escapes, unescaped
from stedi.decoding.halving import APART, Answer, in_batches, lines_that_hold
from stedi.decoding.walker import Walker

_SPAN = 400
"""Bytes: no address is longer."""


@dataclass(frozen=True)
class Identified:
    """What a look into bytes gave.

    Attributes:
        holds: Whether somebody was known in them.
        failures: Why something in them could not be searched.
    """

    holds: bool
    failures: tuple[str, ...]


def identify_in_lines(lines: Sequence[bytes], is_known: Callable[[str], bool]) -> list[int]:
    """Which of some lines, or what is encoded in them, hold somebody who is known, from 0."""

    def search(some: Sequence[bytes]) -> Answer:
        walker = _Identifying(is_known)
        walker.names_unreadable = False
        walker.walk_text(APART.join(some))
        return Answer(walker.holds, walker.is_whole)

    return [begin + n for begin, some in in_batches(lines) for n in lines_that_hold(some, search)]


def identify_in_file(file: BinaryIO, is_known: Callable[[str], bool]) -> Identified:
    """Whether a file, or what is packed in it, holds somebody who is known."""
    walker = _Identifying(is_known)
    walker.walk(file)
    return Identified(walker.holds, tuple(walker.failures))


class _Identifying(Walker):
    def __init__(self, is_known: Callable[[str], bool]) -> None:
        super().__init__()
        self.holds = False
        self._is_known = is_known

    def take_chunk(self, where: str, data: bytes, since: int, until: int) -> None:
        """Look at a chunk of bytes."""
        if self.holds:
            return
        part = data[max(0, since - _SPAN) : until + _SPAN]
        layers = (part, *unescaped(lines_with_escapes(part)))
        self.holds = any(self._is_known(text_of_any(layer)) for layer in layers)

    def take_values(self, where: str, column: str | None, values: list[bytes], counts: list[int]) -> None:
        """Look at values."""
        together = b"\n".join(values)
        self.take_chunk(where, together, 0, len(together))

    def take_name(self, name: str) -> None:
        """Look at the name of something packed."""
        data = name.encode("utf-8", "surrogateescape")
        self.take_chunk("name", data, 0, len(data))


def text_of_any(raw: bytes) -> str:
    """Bytes as a text in which addresses and serial numbers can be found, in UTF-16 too."""
    return raw.translate(None, b"\0").decode("utf-8", "replace")
