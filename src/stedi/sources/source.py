"""A source: a folder of the landing zone and the rows its lines become."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from stedi.schema.table import Column, Form, Table
from stedi.sources.reasons import Reason

if TYPE_CHECKING:
    import pyarrow as pa

Value: TypeAlias = str | int | float | None
"""A field's value after reading; null where absent or faulty."""


def strict(
    values: Mapping[str, Value], faults: Mapping[str, Reason], landed_at: int
) -> dict[str, Value] | Reason:
    """Accept a line only when no field is at fault; the first fault is the reason."""
    if faults:
        return next(iter(faults.values()))
    return dict(values)


Judge: TypeAlias = Callable[[Mapping[str, Value], Mapping[str, Reason], int], dict[str, Value] | Reason]
"""The last word on a line whose JSON was read.

Takes the values by column name (null where absent or faulty, but for FUTURE), the faults by column name in
the order of the columns, then those of fields nobody declared, and when the line landed (UTC ms).
Returns the staged values or the reason why the line is refused.
"""


Derive: TypeAlias = "Callable[[Mapping[str, pa.Array], int], Mapping[str, pa.Array]]"
"""What a judge adds to lines without fault, many at a time.

Takes the landed columns by name, and when they landed (UTC ms); returns the added columns.
"""


def nothing(columns: "Mapping[str, pa.Array]", landed_at: int) -> "Mapping[str, pa.Array]":
    """Add no column."""
    return {}


@dataclass(frozen=True)
class Source:
    """A kind of landed record.

    Attributes:
        name: Its folder under the landing zone.
        landed: The landed fields, as columns of the external table.
        staged: The typed table that accepted lines become.
        identity: The column whose normalised form says whose row it is: an e-mail or a serial.
        judge: The last word on a line.
        derive: What `judge` adds to a line without fault, all of which it must accept.
        told_apart_by: Staged columns that tell two rows apart though every landed field is equal; what they
            say is noted in the ledger.
        has_envelopes: Whether a line may be an envelope: whose they are, and a list of readings.
    """

    name: str
    landed: Table
    staged: Table
    identity: Column
    judge: Judge = strict
    derive: Derive = nothing
    told_apart_by: tuple[Column, ...] = ()
    has_envelopes: bool = False

    def __post_init__(self) -> None:
        if self.identity.form not in (Form.EMAIL, Form.SERIAL):
            raise ValueError(f"{self.name}: `{self.identity.name}` identifies nobody")
