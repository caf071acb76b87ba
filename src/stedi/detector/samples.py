"""Readings from lines of text, NDJSON or CSV, one at a time."""

import json
import math
from collections.abc import Callable, Iterable, Iterator

from stedi.detector.plausible import TIME_UNITS, UNITS, InputError, Sample
from stedi.ground.errors import UsageError

ROLES = ("t", "x", "y", "z")
LONGEST_LINE = 1 << 16
_MISSING = frozenset({"", "nan", "null", "none", "na"})
_SEPARATORS = ",;\t"


def samples(
    lines: Iterable[bytes], columns: tuple[str, str, str, str], *, time_unit: str, unit: str
) -> Iterator[Sample]:
    """Read samples; NDJSON where the first line begins with a brace, CSV otherwise.

    Args:
        lines: With or without their ends.
        columns: Where t, x, y and z stand: names of a header or of the objects' keys, or, for CSV,
            places from 1. A CSV of four columns without a header has them in this order.
        time_unit: Of t.
        unit: Of x, y and z.

    Raises:
        UsageError: A column is not there.
        InputError: A line cannot be read.
    """
    numbered = _texts(lines)
    number, first = next(numbered, (0, ""))
    if not number:
        return
    to_ms, to_mps2 = TIME_UNITS[time_unit], UNITS[unit]

    def sample(number: int, cells: "tuple[object, ...]") -> Sample:
        try:
            t = _time(cells[0], to_ms)
            x, y, z = (_value(cell) * to_mps2 for cell in cells[1:])
        except (ValueError, TypeError):
            raise InputError([f"line {number:,}: a value is no number"]) from None
        return Sample(t, x, y, z, number)

    if first.lstrip().startswith("{"):
        read = _object(columns)
    else:
        separator = max(_SEPARATORS, key=first.count)
        places, is_header = _places([cell.strip().strip('"') for cell in first.split(separator)], columns)
        read = _row(separator, places)
        if is_header:
            number, first = next(numbered, (0, ""))
            if not number:
                return
    yield sample(number, read(number, first))
    for number, text in numbered:
        yield sample(number, read(number, text))


def _texts(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, and which each is."""
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            raise InputError([f"line {number:,} is longer than {LONGEST_LINE:,} bytes: it is no reading"])
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            raise InputError([f"line {number:,} is not text in UTF-8"]) from None
        if text:
            yield number, text


def _object(columns: tuple[str, ...]) -> Callable[[int, str], "tuple[object, ...]"]:
    def read(number: int, text: str) -> "tuple[object, ...]":
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            raise InputError([f"line {number:,} is no JSON"]) from None
        if not isinstance(told, dict):
            raise InputError([f"line {number:,} is no JSON object"])
        missing = [name for name in columns if name not in told]
        if missing and number == 1:
            raise UsageError(_not_there(missing, list(told)))
        if missing:
            raise InputError([f"line {number:,} lacks {len(missing)} of the columns"])
        return tuple(told[name] for name in columns)

    return read


def _row(separator: str, places: tuple[int, ...]) -> Callable[[int, str], "tuple[object, ...]"]:
    greatest = max(places)

    def read(number: int, text: str) -> "tuple[object, ...]":
        cells = text.split(separator)
        if len(cells) <= greatest:
            raise InputError(
                [f"line {number:,} has {len(cells)} columns, and column {greatest + 1} is asked for"]
            )
        return tuple(cells[place] for place in places)

    return read


def _places(cells: list[str], columns: tuple[str, ...]) -> tuple[tuple[int, ...], bool]:
    """In which places of a CSV the columns stand, and whether the first line is a header."""
    is_header = not all(_is_number(cell) for cell in cells)
    if all(name.isascii() and name.isdigit() for name in columns):
        places = tuple(int(name) - 1 for name in columns)
        if min(places) < 0 or max(places) >= len(cells):
            raise UsageError(
                f"The input has {len(cells)} columns, and places count from 1; no step was told.\n"
                "Say where t, x, y and z stand: --columns 1,2,3,4"
            )
        return places, is_header
    if not is_header and len(cells) == len(ROLES):
        return (0, 1, 2, 3), False
    if not is_header:
        raise UsageError(
            f"The input has {len(cells)} columns and no header; no step was told.\n"
            "Say in which columns t, x, y and z stand, counted from 1: --columns 1,3,4,5"
        )
    known = {name: place for place, name in reversed(list(enumerate(cells)))}
    folded = {name.casefold(): place for name, place in known.items()}
    found = [known.get(name, folded.get(name.casefold())) for name in columns]
    missing = [name for name, place in zip(columns, found, strict=True) if place is None]
    if missing:
        raise UsageError(_not_there(missing, cells))
    return tuple(place for place in found if place is not None), True


def _not_there(missing: list[str], there: list[str]) -> str:
    told = ", ".join(ascii(name)[:42] for name in there[:12]) + (", …" if len(there) > 12 else "")
    return (
        f"The input has no column {', '.join(missing)}; no step was told.\n"
        f"It has {told}. Say where t, x, y and z stand: --columns T,X,Y,Z"
    )


def _is_number(cell: str) -> bool:
    if cell.casefold() in _MISSING:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _time(cell: object, to_ms: float) -> float:
    if isinstance(cell, bool):
        raise ValueError
    # A clock in ns has more digits than a float holds.
    if isinstance(cell, str):
        cell = cell.strip().strip('"')
        told = int(cell) if cell.isascii() and cell.isdigit() else _float(cell)
    else:
        told = cell if isinstance(cell, int) else float(cell)  # type: ignore[arg-type]
    try:
        t_ms = told / round(1 / to_ms) if to_ms < 1 else told * to_ms
    except OverflowError:
        raise ValueError from None
    if not math.isfinite(t_ms):
        raise ValueError
    return t_ms


def _value(cell: object) -> float:
    if cell is None:
        return math.nan
    if isinstance(cell, bool):
        raise ValueError
    if isinstance(cell, str):
        cell = cell.strip().strip('"')
        return math.nan if cell.casefold() in _MISSING else _float(cell)
    return float(cell)  # type: ignore[arg-type]


def _float(cell: str) -> float:
    if "_" in cell:
        raise ValueError
    return float(cell)
