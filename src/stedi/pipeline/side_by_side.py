"""Work on several tables at once while they are small: most of a small query is waiting for it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

ROWS_AT_ONCE = 500_000
"""About how many rows one query of a run reads: it bounds the memory of a run."""

AT_ONCE = 3

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Sequence[Item], *, rows: int) -> list[Result]:
    """The result of some work for each item, in their order.

    Args:
        work: Asks the engine; safe to be called from several threads.
        items: What to work on.
        rows: How many rows all of them have; many are worked on one after the other, to bound memory.
    """
    if rows > ROWS_AT_ONCE:
        return [work(item) for item in items]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, items))
