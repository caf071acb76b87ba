"""The shape of a line: what is the same in every line like it, and what varies."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from stedi.schema.column_types import REAL, TEXT
from stedi.schema.table import Column, Form
from stedi.sources.pages import PAD
from stedi.sources.rules import Rules

# A look at a literal stays inside the pads of a page, wherever its colon stands.
MAX_LITERAL_BYTES = PAD - 64

_FIELD = re.compile(
    rb'[ \t]*[{,][ \t]*"(?P<key>[ !#-9;-\[\]-~]*)"[ \t]*:[ \t]*'
    rb'(?:"(?P<text>[ !#-\[\]-~]*)"|(?P<number>-?[0-9][-+.0-9eE]*)|null|true|false)'
)
_CLOSE = re.compile(rb"[ \t]*\}[ \t]*\r?")


class Shape(Enum):
    """How the bytes of a value are proved."""

    TEXT = "printable ASCII without quote and backslash"
    REAL = "a JSON number without exponent"
    INSTANT = "13 digits"
    READINGS = "readings, each proved by itself"


@dataclass(frozen=True)
class Varying:
    """A value that differs from line to line.

    Attributes:
        shape: How its bytes are proved.
        column: What was declared of it; None for a field nobody declared.
    """

    shape: Shape
    column: Column | None


@dataclass(frozen=True)
class Template:
    """A line as literals and, between each two of them, a value that varies.

    Attributes:
        literals: Keys, punctuation, spaces and constants, one more than there are values.
        varying: The values between them.
        unknown: Keys of the line that nobody declared.
    """

    literals: tuple[bytes, ...]
    varying: tuple[Varying, ...]
    unknown: tuple[str, ...]

    @property
    def colon_count(self) -> int:
        """How many colons a line of this shape has."""
        return sum(literal.count(b":") for literal in self.literals)

    @property
    def anchors(self) -> list[tuple[int, int]]:
        """For each literal between two values: which colon of the line is its first, and where in it."""
        before = accumulate(literal.count(b":") for literal in self.literals)
        return [
            (colon, literal.index(b":")) for colon, literal in zip(before, self.literals[1:-1], strict=False)
        ]


def template_of(line: bytes, rules: Rules, columns: Collection[Column] | None = None) -> Template | None:
    """The shape of an accepted line, unless other lines could not be proved by it.

    Args:
        line: The line without its newline.
        rules: What was declared of its fields.
        columns: The fields that it may hold, and those of them that are required must; all when None.
    """
    columns = rules.columns if columns is None else columns
    literals, varying, unknown = [], [], []
    literal_begin = end = 0
    while field := _FIELD.match(line, end):
        end = field.end()
        key = field["key"].decode()
        column = rules.column(key)
        if column is None:
            unknown.append(key)
        elif column not in columns:
            return None
        kind = field.lastgroup or "key"
        if kind == "key":  # null, true or false, the same in every line of the shape
            # No declared field is a boolean: what a judge forgave one line, another may not be.
            if column is not None and b"null" not in line[field.end("key") : end]:
                return None
            continue
        shape = _shape(column, kind)
        if shape is None:
            return None
        literals.append(line[literal_begin : field.start(kind)])
        varying.append(Varying(shape, column))
        literal_begin = field.end(kind)
    if not _CLOSE.fullmatch(line, end):
        return None
    literals.append(line[literal_begin:])
    declared = {value.column for value in varying}
    if sum(map(len, literals)) > MAX_LITERAL_BYTES or any(
        column.required and column not in declared for column in columns
    ):
        return None
    return Template(tuple(literals), tuple(varying), tuple(unknown))


def _shape(column: Column | None, kind: str) -> Shape | None:
    if kind == "text":
        return Shape.TEXT if column is None or column.type is TEXT else None
    if column is None or column.type is REAL:
        return Shape.REAL
    return Shape.INSTANT if column.form in (Form.INSTANT, Form.START) else None
