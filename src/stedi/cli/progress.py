"""How work goes on: a bar on a terminal, a line a stage in a pipe, nothing when only results are wanted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from stedi.cli import output


class Telling(Protocol):
    """Hears what is done, how far, of how much."""

    def __call__(self, what: str, done: int, of: int) -> None:
        """Hear of it."""
        ...


@contextmanager
def telling() -> Iterator[Telling]:
    """Show progress as long as this is open."""
    if output.is_quiet() or not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of or None)
            bars.update(tasks[what], completed=done, total=of or None)  # type: ignore[arg-type]

        yield told


class _Lines:
    """A line when something begins, and when it ends."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, what: str, done: int, of: int) -> None:
        if what not in self._told:
            self._told.add(what)
            output.note(what)
