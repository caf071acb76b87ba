"""Declarations: a column, a table, and what is refused at import."""

import re
from dataclasses import dataclass
from enum import Enum

from stedi.ground.errors import DeclarationError
from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import INT, LONG, REAL, TEXT, ColumnType

UNIT_SUFFIXES = {
    "ms": "ms", "s": "s", "hz": "Hz", "mm": "mm", "spm": "steps/min", "mps2": "m/s2", "bytes": "bytes"
}  # fmt: skip
"""A suffix that a column we name may end in, and the unit it then must declare."""

GRAIN = "One row per "

NAME = re.compile("[a-z_][a-z0-9_]*")

LONGEST_MEANING = 230
"""The Glue catalog takes comments of up to 255 characters, and the unit is told there too."""

ONE_ENGINE_ONLY = re.compile(r"\(\?(?!:)|\\[1-9AzZGQEk]|[*+?}]\+")
"""Lookarounds, named groups, flags, references, anchors and possessive repeats in a pattern."""


TELLS_WHO = (PersonalData.DIRECT_IDENTIFIER, PersonalData.PSEUDONYM)


class Form(Enum):
    """What a landed text or number must look like beyond its type."""

    EMAIL = "email"
    SERIAL = "serial"
    INSTANT = "instant"
    START = "start"
    """An instant that may lie in the future, such as a consent that is yet to begin."""
    BIRTHDAY = "birthday"


FORM_TYPES: dict[Form, tuple[ColumnType, str | None]] = {
    Form.EMAIL: (TEXT, None),
    Form.SERIAL: (TEXT, None),
    Form.BIRTHDAY: (TEXT, None),
    Form.INSTANT: (LONG, "ms"),
    Form.START: (LONG, "ms"),
}
"""The type and unit of a column of each form."""


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
        why: Why a personal value is held, where its class and role do not say it; for the register.
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
    why: str | None = None

    @property
    def key(self) -> str:
        """The key in the landed JSON, in the source's spelling."""
        return self.field or self.name

    def faults(self, zone: Zone) -> list[str]:
        """What is wrong with this column in a table of `zone`."""
        told = [*self._text_faults(), *self._unit_faults(), *self._range_faults(), *self._form_faults()]
        return [f"`{self.name}` {fault}" for fault in (*told, *self._personal_faults(zone))]

    def _text_faults(self) -> list[str]:
        found = []
        if not NAME.fullmatch(self.name):
            found.append("is not a name in lower case letters, digits and underscores")
        if self.key.lower() != self.name.lower():
            found.append("differs from its field in more than case")
        return found + _sentence_faults(self.meaning)

    def _unit_faults(self) -> list[str]:
        found = []
        if self.type.is_number and not self.unit:
            found.append("is a number without a unit")
        if not self.type.is_number and self.unit:
            found.append("has a unit but is no number")
        suffix = self.name.rsplit("_", 1)[-1] if "_" in self.name else ""
        if self.unit and UNIT_SUFFIXES.get(suffix, self.unit) != self.unit:
            found.append(f"ends in the unit {suffix} but declares {self.unit}")
        return found

    def _range_faults(self) -> list[str]:
        found = []
        if not self.type.is_number and (self.minimum, self.maximum) != (None, None):
            found.append("has a range but is no number")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            found.append("has a minimum above its maximum")
        return found

    def _form_faults(self) -> list[str]:
        found = []
        if self.form and FORM_TYPES[self.form] != (self.type, self.unit):
            found.append(f"cannot have the form {self.form.value}: it is {self.type.value} in {self.unit}")
        if self.pattern is None:
            return found
        if self.type is not TEXT:
            found.append("has a pattern but is no text")
        if ONE_ENGINE_ONLY.search(self.pattern):
            found.append("has a pattern that not every engine reads alike")
        try:
            re.compile(self.pattern)
        except re.error:
            found.append("has a pattern that does not compile")
        return found

    def _personal_faults(self, zone: Zone) -> list[str]:
        if not isinstance(self.personal, PersonalData):
            return ["has no class of personal data"]
        last = self.personal.last_zone
        if zone.rank > last.rank:
            kind = self.personal.name.lower().replace("_", " ")
            return [f"is a {kind}; it may go no further than the {last.value} zone"]
        return []


def _sentence_faults(meaning: str) -> list[str]:
    found = []
    if not meaning.endswith(".") or not meaning.isprintable():
        found.append("has a meaning that is not a sentence on one line")
    if len(meaning) > LONGEST_MEANING:
        found.append(f"has a meaning of more than {LONGEST_MEANING} characters")
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
        cautions: What a reader of the table must know, from the one list.
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
    cautions: tuple[Caution, ...] = ()

    def __post_init__(self) -> None:
        if faults := self._faults():
            raise DeclarationError(self.name, faults)

    def _faults(self) -> list[str]:
        columns = [fault for column in self.columns for fault in column.faults(self.zone)]
        return [*self._own_faults(), *columns, *self._role_faults(), *self._upstream_faults()]

    def _own_faults(self) -> list[str]:
        found = [f"it {fault}" for fault in _sentence_faults(self.meaning)]
        if not NAME.fullmatch(self.name):
            found.append("its name is not one in lower case letters, digits and underscores")
        if not self.meaning.startswith(GRAIN):
            found.append(f'the meaning does not begin with the grain, "{GRAIN}…"')
        if not self.columns:
            found.append("it has no column")
        if self.kind is Kind.EXTERNAL and self.zone is not Zone.LANDING:
            found.append("only the landing zone has external tables")
        if self.kind is Kind.EXTERNAL and self.partition:
            found.append("an external table has no partition: nothing in a path supplies a column")
        if any(not isinstance(caution, Caution) for caution in self.cautions):
            found.append("a caution is not from the one list")
        return found

    def _role_faults(self) -> list[str]:
        names = self.names
        found = [f"`{name}` is declared twice" for name in sorted({n for n in names if names.count(n) > 1})]
        roles = {
            "participant": [self.participant], "moment": [self.moment], "partition": [self.partition],
            "key": self.key, "sort": self.sort,
        }  # fmt: skip
        for role, columns in roles.items():
            found += [f"the {role} `{c}` is no column" for c in columns if c and c not in names]
            found += [
                f"the {role} names `{c}` twice"
                for c in sorted({c for c in columns if c and columns.count(c) > 1})
            ]
        for column in self.columns:
            if column.name == self.participant and column.personal not in TELLS_WHO:
                found.append(f"the participant `{column.name}` identifies nobody")
            if column.name == self.moment and (column.type, column.unit) != (LONG, "ms"):
                found.append(f"the moment `{column.name}` is not a bigint in ms")
            if column.name == self.partition and (
                column.type is not INT or column.personal is not PersonalData.OPERATIONAL
            ):
                # Its values stand in paths and in manifests.
                found.append(f"the partition `{column.name}` is not an operational int")
            if column.name in self.key and column.type is REAL:
                found.append(f"the key `{column.name}` is a double, which equals nothing reliably")
        return found

    def _upstream_faults(self) -> list[str]:
        found = []
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
