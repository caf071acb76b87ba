"""Work on several tables at once while they are small: most of a small query is waiting for it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from threading import Semaphore
from typing import Any, TypeVar

ROWS_AT_ONCE = 500_000
"""About how many rows one query of a run reads: it bounds the memory of a run."""

AT_ONCE = 3
MOST_BEGUN = 64
"""Of work begun, most waits: for its turn, or for other work."""

Item = TypeVar("Item")
Result = TypeVar("Result")


Waits = Callable[[], Result]
"""Waits for work that was begun, and gives what came of it or raises what it raised."""


class Turns:
    """Work that goes on side by side, each piece as soon as what it needs is done."""

    def __init__(self, threads: ThreadPoolExecutor | None) -> None:
        self._threads = threads
        self._turns = Semaphore(AT_ONCE)

    def begin(self, work: Callable[[], Result], after: Iterable[Waits[Any]] = ()) -> Waits[Result]:
        """Begin some work; where there are no threads, it is done when it is waited for.

        Args:
            work: Asks the engine; safe to be called from another thread.
            after: What has to be done before; what that raised, this raises too.
        """
        needed = tuple(after)

        def in_turn() -> Result:
            for wait in needed:
                wait()
            with self._turns:
                return work()

        return self._threads.submit(in_turn).result if self._threads else cache(in_turn)


@contextmanager
def turns(rows: int) -> Iterator[Turns]:
    """Let work go on side by side for as long as the block does, which ends when all of it has.

    Args:
        rows: How many rows are worked on; many are worked on one after the other, to bound memory.
    """
    if rows > ROWS_AT_ONCE:
        yield Turns(None)
        return
    with ThreadPoolExecutor(MOST_BEGUN) as threads:
        yield Turns(threads)


def each(work: Callable[[Item], Result], items: Sequence[Item], *, rows: int) -> list[Result]:
    """The result of some work for each item, in their order.

    Args:
        work: Asks the engine; safe to be called from several threads.
        items: What to work on.
        rows: How many rows all of them have.
    """
    with turns(rows) as begun:
        results = [begun.begin(partial(work, item)) for item in items]
        return [wait() for wait in results]
