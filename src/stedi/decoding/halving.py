"""Which of many lines hold something: those that do not are passed over together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

TOGETHER_BYTES = 1 << 20
APART = b"\n;\n"
"""Between lines of which none goes on in the next."""


@dataclass(frozen=True)
class Answer:
    """What a search of some lines together gave.

    Attributes:
        holds: Whether they hold what is looked for.
        is_whole: Whether they were searched to their end: one may unpack to more than is looked at.
    """

    holds: bool
    is_whole: bool = True


def lines_that_hold(
    lines: Sequence[bytes],
    search: Callable[[Sequence[bytes]], Answer],
    together: Callable[[Sequence[bytes]], list[int]] = lambda _lines: [],
) -> list[int]:
    """Which of some lines hold something, from 0.

    Args:
        lines: The lines.
        search: Searches some of them at once.
        together: Which of some lines hold it though none does alone.
    """
    if not lines:
        return []
    answer = search(lines)
    if len(lines) == 1 or not (answer.holds or not answer.is_whole):
        return [0] if answer.holds else []
    half = len(lines) // 2
    found = lines_that_hold(lines[:half], search, together)
    found += [half + n for n in lines_that_hold(lines[half:], search, together)]
    return found or (together(lines) if answer.holds else [])


def in_batches(lines: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """Lines some at a time, each batch with the place of its first."""
    begin = size = 0
    for n, line in enumerate(lines):
        size += len(line)
        if size >= TOGETHER_BYTES:
            yield begin, lines[begin : n + 1]
            begin, size = n + 1, 0
    if begin < len(lines):
        yield begin, lines[begin:]
