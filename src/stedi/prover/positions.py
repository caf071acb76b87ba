"""Where in a lake a name, phone number or birthday tells of a person: as a value in the place of a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from stedi.ground.places import Place, lies_in, name_in
from stedi.ground.zones import Zone
from stedi.lake.config import Lake
from stedi.privacy.classes import PersonalData
from stedi.schema.table import Column
from stedi.tables import TABLES, table

OWN = ("lake.json", "audit.ndjson", ".lock", ".audit.lock", "procedures", "certificates", "models", "catalog")
"""What a lake writes of itself: no value of a person stands there, and its words may be anybody's name."""

HEADERS = frozenset(column.key.casefold() for each in TABLES for column in each.columns)
"""Names of fields, which a file may begin with and a person may be called."""


class Weak(Enum):
    """How texts are looked for that may be a word of anybody's."""

    NOWHERE = "nowhere"
    VALUE = "as the value of a column, whole"
    CELLS = "as a whole value among others in a line"
    TEXT = "anywhere in a text"


@dataclass(frozen=True)
class Position:
    """What a file of a lake is to a search.

    Attributes:
        weak: How names, phone numbers and birthdays are looked for in it.
        columns: The declared columns of its table by name; None of what belongs to no table.
        is_known: Whether the lake wrote it: nothing in it is held for what nobody can search.
        is_metadata: Whether its fields are those of Iceberg, and values of columns stand in it as bounds.
    """

    weak: Weak
    columns: Mapping[str, Column] | None = field(default=None)
    is_known: bool = False
    is_metadata: bool = False

    def of_column(self, name: str | None) -> "Position":
        """What a column of it is, or, without a name, what belongs to the whole file."""
        if self.columns is None:
            return self
        if name is None:
            return Position(Weak.NOWHERE, is_known=True)
        column = self.columns.get(name.lower())
        if column is None:
            return Position(Weak.CELLS)
        holds = column.personal is PersonalData.DIRECT_IDENTIFIER and column.name != "path"
        if column.name == "raw":
            return Position(Weak.CELLS)
        return Position(Weak.VALUE if holds else Weak.NOWHERE, is_known=True)


FREE = Position(Weak.TEXT)
LANDED = Position(Weak.CELLS)
KNOWN = Position(Weak.NOWHERE, is_known=True)


def position_of(lake: Lake, path: Place) -> Position:
    """What a file is, told by where it lies."""
    for zone in (Zone.LANDING, Zone.TRUSTED, Zone.CURATED):
        folder = lake.zone_folder(zone)
        if lies_in(folder, path):
            return KNOWN
        if lies_in(path, folder) and path != folder:
            return _of_table(name_in(path, folder).split("/"))
    if lies_in(path, lake.landing):
        return LANDED if path != lake.landing else KNOWN
    if lies_in(path, lake.root) and path != lake.root:
        first = name_in(path, lake.root).split("/")[0]
        if first in OWN or first.startswith("catalog."):
            return KNOWN
    return FREE


def _of_table(parts: list[str]) -> Position:
    name = next((each.name for each in TABLES if each.name == parts[0]), None)
    if name is None or (len(parts) > 1 and parts[1] not in ("data", "metadata")):
        return FREE
    columns = {column.name: column for column in table(name).columns}
    return Position(Weak.NOWHERE, columns, is_known=True, is_metadata=parts[1:2] == ["metadata"])
