"""Find whole rows of people, in columns and in lines of JSON."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from stedi.prover.search import Found, Trace
from stedi.prover.traces import ROW_COLUMNS, Kind, Rows, Traces, among, row_hashes

_TIME = re.compile(rb"(?<![0-9.])[0-9]{9,16}(?![0-9.])")


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
        # As text, for so they stand in lines.
        self._times = frozenset(str(time).encode() for time in times)

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
        if self._times.isdisjoint(_TIME.findall(data) if self._times else ()):
            return Counter()
        rows: dict[Kind, list[list[float]]] = {kind: [] for kind in self._rows}
        seen = -1
        for match in _TIME.finditer(data):
            if match.start() < seen or match[0] not in self._times:
                continue
            begin = data.rfind(b"\n", 0, match.start()) + 1
            end = data.find(b"\n", match.end())
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
