"""Declarations: a column, a table, and what is refused at import."""

from dataclasses import dataclass, field
from enum import Enum

from stedi.errors import DeclarationError
from stedi.privacy.classes import PersonalData
from stedi.schema.column_types import ColumnType
from stedi.zones import Zone

UNIT_SUFFIXES = {
    "ms": "ms", "s": "s", "hz": "Hz", "mm": "mm", "spm": "steps/min", "mps2": "m/s2", "bytes": "bytes"
}  # fmt: skip
"""A suffix that a column we name may end in, and the unit it then must declare."""

GRAIN = "One row per "


class Form(Enum):
    """What a landed text or number must look like beyond its type."""

    EMAIL = "email"
    SERIAL = "serial"
    INSTANT = "instant"
    START = "start"
    """An instant that may lie in the future, such as a consent that is yet to begin."""
    BIRTHDAY = "birthday"


class Kind(Enum):
    """How a table exists."""

    EXTERNAL = "external"
    """The landed files themselves, declared for Athena; never written by us."""
    ICEBERG = "iceberg"


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: Lower case, as Glue and Athena show it.
        type: Its type on every engine.
        meaning: One sentence.
        personal: Class of personal data; there is no default.
        unit: Required for a number: "ms", "m/s2", "mm", "1" for counts and indexes.
        required: Whether null is refused.
        minimum: Smallest value allowed, in `unit`.
        maximum: Largest value allowed, in `unit`.
        form: What a landed value must look like beyond its type.
        field: The key in the landed JSON where its spelling differs from `name` in case.
        pattern: Regular expression that every value matches whole, RE2 and Java syntax alike.
    """

    name: str
    type: ColumnType
    meaning: str
    personal: PersonalData
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    form: Form | None = None
    field: str | None = None
    pattern: str | None = None

    @property
    def key(self) -> str:
        """The key in the landed JSON, in the source's spelling."""
        return self.field or self.name

    def faults(self, zone: Zone) -> list[str]:
        """What is wrong with this column in a table of `zone`."""
        found = []
        if self.name != self.name.lower():
            found.append(f"`{self.name}` is not lower case")
        if not self.meaning.endswith("."):
            found.append(f"the meaning of `{self.name}` is not a sentence")
        if self.type.is_number and not self.unit:
            found.append(f"`{self.name}` is a number without a unit")
        if not self.type.is_number and self.unit:
            found.append(f"`{self.name}` has a unit but is no number")
        suffix = self.name.rsplit("_", 1)[-1] if "_" in self.name else ""
        if self.unit and suffix in UNIT_SUFFIXES and UNIT_SUFFIXES[suffix] != self.unit:
            found.append(f"`{self.name}` ends in the unit {suffix} but declares {self.unit}")
        if not isinstance(self.personal, PersonalData):
            found.append(f"`{self.name}` has no class of personal data")
        elif zone.rank > self.personal.last_zone.rank:
            kind = self.personal.name.lower().replace("_", " ")
            found.append(
                f"`{self.name}` is a {kind}; it may go no further than the "
                f"{self.personal.last_zone.value} zone"
            )
        return found


@dataclass(frozen=True)
class Table:
    """A table, declared once in the module that builds it.

    Attributes:
        zone: The zone it stands in.
        name: Its full name, as every engine and page shows it.
        meaning: A sentence that begins with the grain, "One row per …".
        columns: In the order they are stored.
        participant: The column that tells whose row it is, where rows are about people.
        moment: The column that tells when, in UTC milliseconds, where rows have a time.
        upstreams: The tables it is built from, none from a later zone.
        key: Columns that identify a row; empty where only the whole row does.
        partition: The stored column that splits it into files, with the identity transform.
        sort: The order of rows inside a file.
        by_bucket: Upstreams whose buckets can be taken a few at a time, so that memory is bounded.
        kind: External over landed files, or Iceberg.
        cautions: What a reader of the table must know, from one list (`schema.cautions`).
    """

    zone: Zone
    name: str
    meaning: str
    columns: tuple[Column, ...]
    participant: str | None = None
    moment: str | None = None
    upstreams: "tuple[Table, ...]" = ()
    key: tuple[str, ...] = ()
    partition: str | None = None
    sort: tuple[str, ...] = ()
    by_bucket: "tuple[Table, ...]" = ()
    kind: Kind = Kind.ICEBERG
    cautions: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if faults := self._faults():
            raise DeclarationError(self.name, faults)

    def _faults(self) -> list[str]:
        found = [fault for column in self.columns for fault in column.faults(self.zone)]
        names = self.names
        found += [f"`{name}` is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
        if not self.meaning.startswith(GRAIN):
            found.append(f'the meaning does not begin with the grain, "{GRAIN}…"')
        roles = {
            "participant": [self.participant], "moment": [self.moment], "partition": [self.partition],
            "key": self.key, "sort": self.sort,
        }  # fmt: skip
        for role, columns in roles.items():
            found += [f"the {role} `{c}` is no column" for c in columns if c and c not in names]
        for upstream in self.upstreams:
            if upstream.zone.rank > self.zone.rank:
                found.append(f"the upstream {upstream.name} is of the later zone {upstream.zone.value}")
        for upstream in self.by_bucket:
            if upstream not in self.upstreams or not upstream.partition:
                found.append(f"{upstream.name} cannot be taken by bucket: no partitioned upstream")
        return found

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: The table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
