"""Which of some texts stand in bytes at all, in any way in which these can be read."""

from collections.abc import Collection, Iterator
from functools import lru_cache

import numpy as np

from stedi.decoding.escapes import ESCAPES, lines_with_escapes
from stedi.prover.spellings import views

WORTH_COMPILING = 4_000_000
"""Bytes times needles from which an automaton is quicker than looking for each."""


def standing(data: bytes, needles: Collection[bytes]) -> Iterator[bytes]:
    """Which needles stand in some bytes in any view, some of them more than once."""
    for view in different_views(data) if needles else ():
        yield from _standing_in(view, needles)


def may_stand(data: bytes, needles: Collection[bytes]) -> bool:
    """Whether any of some needles stands in some bytes in any view; most quickly of a short plain line."""
    lowered = data.lower()
    for needle in needles:
        if needle in lowered:
            return True
    return not is_plain(data) and next(standing(data, needles), None) is not None


def is_plain(data: bytes) -> bool:
    """Whether bytes say the same in every view."""
    return data.isascii() and b"\0" not in data and not any(sign in data for sign in ESCAPES)


def different_views(data: bytes) -> Iterator[bytes]:
    """Some bytes as they are, and in each view those of their lines that may be different in it.

    ASCII letters are in lower case. What stands in any view of all lines stands in one of these, unless it
    goes on over the end of a line.
    """
    yield data.lower()
    if is_plain(data):
        return
    odd: list[bytes] = []
    if b"\0" in data or not data.isascii():
        odd = [line for line in data.split(b"\n") if b"\0" in line or not line.isascii()]
    yield from views(b"\n".join([lines_with_escapes(data), *odd]), fold=True)


def _standing_in(view: bytes, needles: Collection[bytes]) -> Iterator[bytes]:
    """Which needles stand in a view."""
    if len(view) * len(needles) >= WORTH_COMPILING and not stands_any(view, pattern_of(tuple(needles))):
        return
    yield from (needle for needle in needles if needle in view)


@lru_cache(maxsize=64)
def pattern_of(needles: tuple[bytes, ...]) -> str:
    """A pattern of RE2 that matches any of some texts; it reads binary as Latin-1."""
    return "|".join(map(_quoted, needles))


def _quoted(data: bytes) -> str:
    return "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\x{b:02x}" for b in data)


def stands_any(data: bytes, pattern: str) -> bool:
    """Whether a pattern matches anywhere in some bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    offsets = pa.py_buffer(np.array([0, len(data)], np.int64))
    array = pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(data)])
    return bool(pc.match_substring_regex(array, pattern)[0].as_py())
