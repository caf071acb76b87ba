"""Find whole rows of people, in columns and in lines of JSON."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stedi.prover.search import Found, Trace
from stedi.prover.traces import ROW_COLUMNS, Kind, Rows, Times, Traces, among, row_hashes

_LEAST_DIGITS, _MOST_DIGITS = 9, 16
"""Of a time in ms, as text."""
_AT_ONCE = 1 << 20
_POINT = ord(".")
_OF_NUMBERS = frozenset(b"0123456789.")


class RowSearch:
    """The rows of people, ready to be found.

    Args:
        people: The traces of each person.
    """

    def __init__(self, people: Sequence[Traces]) -> None:
        self._rows: dict[Kind, list[tuple[int, Rows]]] = {}
        times: set[int] = set()
        for number, person in enumerate(people):
            for kind, rows in person.rows.items():
                self._rows.setdefault(kind, []).append((number, rows))
                times |= set(rows.times.tolist())
        self._all = {
            kind: np.unique(np.concatenate([wanted.hashes for _, wanted in rows]))
            for kind, rows in self._rows.items()
        }
        self._times = np.array(sorted(time for time in times if time >= 10 ** (_LEAST_DIGITS - 1)), np.int64)

    def in_columns(self, columns: Mapping[str, Any]) -> Found:
        """Count rows in columns of numbers, NumPy arrays by lower-case name."""
        found: Found = Counter()
        for kind, rows in self._rows.items():
            names = ROW_COLUMNS[kind]
            if all(name in columns for name in names):
                whole = np.logical_and.reduce([~np.isnan(columns[name]) for name in names])
                hashes = row_hashes([columns[name][whole] for name in names])
                hashes = hashes[among(hashes, self._all[kind])]
                for person, wanted in rows if len(hashes) else ():
                    if count := int(among(hashes, wanted.hashes).sum()):
                        found[Trace(person, kind)] += count
        return found

    def in_lines(self, data: bytes, since: int = 0, until: int | None = None) -> Found:
        """Count rows in lines that are JSON objects, and in the envelopes among them; other lines hold none.

        Args:
            data: Whole lines.
            since: Only lines that begin here or later count.
            until: Only lines that begin before this place count.
        """
        # Most often there is none, and that is quickly told.
        if not (places := _places_of(self._times, data)):
            return Counter()
        rows: dict[Kind, list[list[float]]] = {kind: [] for kind in self._rows}
        seen = -1
        for place in places:
            if place < seen:
                continue
            begin = data.rfind(b"\n", 0, place) + 1
            end = data.find(b"\n", place)
            seen = end if end >= 0 else len(data)
            if since <= begin and (until is None or begin < until):
                for numbers in _numbers(data[begin:seen]):
                    for kind, told in rows.items():
                        if all(name in numbers for name in ROW_COLUMNS[kind]):
                            told.append([numbers[name] for name in ROW_COLUMNS[kind]])
        found: Found = Counter()
        for kind, told in rows.items():
            if told:
                columns = np.array(told).T
                found += self.in_columns(dict(zip(ROW_COLUMNS[kind], columns, strict=True)))
        return found


def _places_of(times: Times, data: bytes) -> list[int]:
    """Where whole numbers stand in some bytes that are among sorted times."""
    found: list[int] = []
    begin = 0
    while len(times) and begin < len(data):
        # Cut where no number goes on.
        end = min(len(data), begin + _AT_ONCE)
        while end < len(data) and data[end - 1] in _OF_NUMBERS and end - begin < 2 * _AT_ONCE:
            end += 1
        found += [
            begin + place for place in _places_in(times, np.frombuffer(data, np.uint8, end - begin, begin))
        ]
        begin = end
    return found


def _places_in(times: Times, data: npt.NDArray[np.uint8]) -> list[int]:
    is_digit = np.zeros(len(data) + 2, np.bool_)
    values = data - np.uint8(ord("0"))
    np.less(values, 10, out=is_digit[1:-1])
    edges = np.flatnonzero(is_digit[1:] != is_digit[:-1])
    begins, ends = edges[::2], edges[1::2]
    size = ends - begins
    some = (size >= _LEAST_DIGITS) & (size <= _MOST_DIGITS)
    begins, size = begins[some], size[some]
    found: list[int] = []
    for length in np.unique(size).tolist():
        here = begins[size == length]
        number = np.zeros(len(here), np.int64)
        for place in range(length):
            number = number * 10 + values[here + place]
        here = here[among(number, times) & (values[here] > 0)]
        # The parts of a real number are no times.
        before = (here > 0) & (data[np.maximum(here - 1, 0)] == _POINT)
        after = here + length
        behind = (after < len(data)) & (data[np.minimum(after, len(data) - 1)] == _POINT)
        found += here[~before & ~behind].tolist()
    return sorted(found)


def _numbers(line: bytes) -> Iterator[dict[str, float]]:
    """The numbers of a JSON object, and of each object in its lists, by lower-case key."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return
    if not isinstance(told, dict):
        return
    yield _numbers_of(told)
    for held in told.values():
        for element in held if isinstance(held, list) else ():
            if isinstance(element, dict):
                yield _numbers_of(element)


def _numbers_of(told: dict[str, Any]) -> dict[str, float]:
    return {
        str(key).lower(): float(value)
        for key, value in told.items()
        if isinstance(value, int | float) and abs(value) < 2**63
    }
