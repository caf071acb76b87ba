"""What a command shows: results on stdout, everything else on stderr."""

import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from stedi.sources.file_names import shown

CELL_LIMIT = 64

_quiet = False


def result(text: str) -> None:
    """Print a line of the result."""
    print(text)


def note(text: str) -> None:
    """Print a line that is no result, unless only results are wanted or nobody listens any more."""
    if _quiet:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        # Whoever heard of the progress has gone; the work must not end by that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def only_results() -> None:
    """Print results alone from now on; errors are told all the same."""
    global _quiet
    _quiet = True


def is_quiet() -> bool:
    """Whether only results are wanted."""
    return _quiet


def as_json(schema: str, content: dict[str, Any]) -> None:
    """Print a result for machines, with the name of its schema; dataclasses become objects."""
    print(json.dumps({"schema": schema, **content}, ensure_ascii=False, default=vars))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print an aligned table; numbers to the right, control characters spelt out, long text cut."""
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [all(isinstance(row[n], int | float | None) for row in rows) for n in range(len(columns))]
    widths = [max([len(name), *(len(row[n]) for row in cells)]) for n, name in enumerate(columns)]
    for line in ([*columns], ["-" * width for width in widths], *cells):
        padded = (
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        )
        result("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = shown(str(value))
    return text if len(text) <= CELL_LIMIT else f"{text[: CELL_LIMIT - 1]}…"


def when(at_ms: int) -> str:
    """A time for people: UTC, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at_ms / 1000))


def count(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: "1 table", "32,025 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
