"""Look for traces in all that a file holds."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, BinaryIO

from stedi.decoding.cells import cells_of, text_of
from stedi.decoding.escapes import unescaped
from stedi.decoding.parquet import Batch
from stedi.decoding.texts import is_text
from stedi.decoding.walker import Walker
from stedi.ground.places import Place
from stedi.prover.positions import FREE, HEADERS, Position, Weak
from stedi.prover.rows import RowSearch
from stedi.prover.search import Found, Search

TOGETHER = 64
TOGETHER_BYTES = 1 << 16
"""So many values, and at least so many bytes of them, are looked at at once before each by itself."""

_IN_COLUMNS = (Weak.VALUE, Weak.CELLS)

BARE = frozenset({"phone", "birthday", "customername"})
"""Keys whose values count without quotes too."""


class Looking(Walker):
    """What was found in one file, and why something in it could not be decoded.

    Args:
        search: The texts that are looked for.
        rows: The rows that are looked for.
        position: What the file is in its lake.
    """

    def __init__(self, search: Search, rows: RowSearch, position: Position = FREE) -> None:
        super().__init__()
        self.found: dict[str, Found] = defaultdict(Counter)
        self.reach = max(search.reach, Walker.reach)
        self.names_unreadable = not position.is_known
        self._search = search
        self._rows = rows
        self._position = position
        self._numbered: dict[str, str] = {}

    @property
    def tells(self) -> bool:
        """Whether something was found that tells of somebody, and not of others as well."""
        return any(not trace.shared for found in self.found.values() for trace in found)

    def into(self, file: BinaryIO) -> None:
        """Decode a file, to be read from any place, and all that is packed in it."""
        self.walk(file)

    def name(self, text: str, where: str = "name") -> None:
        """Look at a name of a file, or of where a link leads."""
        weak = self._position.weak is Weak.TEXT
        data = text.encode("utf-8", "surrogateescape")
        self._add(where, self._search.found(data, text=True, weak=weak))

    def take_name(self, name: str) -> None:
        """Look at the name of something packed."""
        self.name(name)

    def names_in(self, where: str, column: str | None) -> bool:
        """Whether what cannot be read in the values of a column is a failure."""
        position = self._position
        if where == "data" and not position.is_metadata:
            position = position.of_column(column)
        return not position.is_known

    def take_rows(self, batch: Batch) -> None:
        """Look at the numbers of some rows."""
        self._add("data", self._rows.in_columns(batch.numbers))

    def take_chunk(self, where: str, data: bytes, since: int, until: int) -> None:
        """Look at a chunk of bytes."""
        text = is_text(data)
        weak = self._position.weak
        # Every value of a table is looked at by itself; its packed bytes may hold a longer address of others.
        is_table = self._position.columns is not None
        found = self._search.found(
            data,
            text=text or is_table,
            fold=text,
            since=since,
            until=until,
            weak=weak is Weak.TEXT,
            whole=weak is Weak.CELLS or is_table,
            as_they_are=self.is_packed,
        )
        self._add(where, found)
        if self.is_packed:
            # They have neither lines nor cells; what they stand for is looked at when they are unpacked.
            return
        # Of one line that is no text the others are lines all the same.
        self._add(where, self._rows.in_lines(data, since, until))
        if weak is Weak.CELLS and (needles := self._search.weak_needles(data)):
            # In UTF-16 other needles stand for the same.
            among = None if b"\0" in data else needles
            for line in _lines(data, since, until):
                self._add(where, self._cells(line, among))

    def take_values(self, where: str, column: str | None, values: list[bytes], counts: list[int]) -> None:
        """Look at the values of a column."""
        if column is None and b"schema" in values:
            self._numbered = _columns_of(values[values.index(b"schema") + 1 :][:1])
        if column is not None and column.startswith("#"):
            column = self._numbered.get(column[1:], "")
        elif self._position.is_metadata:
            column = None
        position = self._position.of_column(column or None)
        self._search_values(where, values, counts or [1] * len(values), position.weak)

    def _search_values(self, where: str, values: list[bytes], counts: list[int], weak: Weak) -> None:
        for begin, end in _groups(values):
            if not self._is_any(values[begin:end], weak):
                continue
            for value, count in zip(values[begin:end], counts[begin:end], strict=True):
                found = self._found(value, weak)
                found = found + self._rows.in_lines(value)
                if weak is Weak.CELLS:
                    found = found + self._cells(value)
                elif weak is Weak.VALUE:
                    found = found + self._search.cells([text_of(value)])
                self._add(where, Counter({trace: number * count for trace, number in found.items()}))

    def _is_any(self, values: list[bytes], weak: Weak) -> bool:
        together = b"\n".join(values)
        return self._search.may_hold(together, weak=weak is not Weak.NOWHERE) or bool(
            self._rows.in_lines(together)
        )

    def _found(self, value: bytes, weak: Weak) -> Found:
        return self._search.found(
            value, text=is_text(value), weak=weak is Weak.TEXT, whole=weak in _IN_COLUMNS
        )

    def _cells(self, value: bytes, among: Collection[bytes] | None = None) -> Found:
        if not self._search.may_hold_cells(value, among):
            return Counter()
        found: dict[str, None] = {}
        for layer in (value, *unescaped(value)):
            text = text_of(layer)
            found |= dict.fromkeys([*_without_header(cells_of(text, BARE)), text])
        return self._search.cells(found)

    def _add(self, where: str, found: Found) -> None:
        if found:
            self.found[where] += found


def _groups(values: list[bytes]) -> Iterator[tuple[int, int]]:
    """Where groups of values begin and end."""
    begin = size = 0
    for end, value in enumerate(values, start=1):
        size += len(value)
        if end == len(values) or (size >= TOGETHER_BYTES and end - begin >= TOGETHER):
            yield begin, end
            begin, size = end, 0


def _without_header(cells: Iterable[str]) -> Iterator[str]:
    held = list(cells)
    is_header = sum(cell.casefold() in HEADERS for cell in set(held)) > 1
    return (cell for cell in held if not (is_header and cell.casefold() in HEADERS))


def _lines(data: bytes, since: int, until: int) -> Iterator[bytes]:
    """The lines that begin in a part of a chunk, in UTF-16 too."""
    begin = data.rfind(b"\n", 0, since) + 1 if since else 0
    if begin < since:
        begin = data.find(b"\n", since) + 1 or len(data)
    end = data.find(b"\n", max(begin, until - 1))
    part = data[begin : end if end >= 0 else len(data)] if begin < until or begin == 0 else b""
    if b"\0" in part:
        yield from part.decode("utf-16-le", "replace").encode("utf-8", "replace").split(b"\n")
        yield from part.decode("utf-16-be", "replace").encode("utf-8", "replace").split(b"\n")
        part = part.translate(None, b"\0")
    yield from part.split(b"\n")


def _columns_of(schema: list[bytes]) -> dict[str, str]:
    """The names of columns by their number in a manifest's schema."""
    try:
        told: Any = json.loads(schema[0])
        return {str(each["id"]): str(each["name"]) for each in told["fields"]}
    except (IndexError, ValueError, KeyError, TypeError):
        return {}


def look_into(path: Place, search: Search, rows: RowSearch, position: Position = FREE) -> Looking:
    """Decode a file that lies somewhere and look for traces in it, its name apart.

    Raises:
        OSError: It cannot be read.
    """
    looking = Looking(search, rows, position)
    with path.open("rb") as file:
        looking.into(file)
    return looking
