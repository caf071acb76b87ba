"""What checks of rows find."""

from dataclasses import dataclass

from stedi.schema.table import Table


@dataclass(frozen=True)
class Checked:
    """How many checks were made, and what they found.

    Attributes:
        checks: One for the columns and types, and one for every rule looked at.
        faults: A sentence for each check that failed.
    """

    checks: int
    faults: tuple[str, ...]

    def __add__(self, other: "Checked") -> "Checked":
        return Checked(self.checks + other.checks, self.faults + other.faults)


def fault_told(column: str, count: int, rule: str) -> str:
    """That some values of a column break a rule."""
    return f"`{column}`: {values(count)} {rule}"


def key_fault(table: Table, count: int) -> str:
    """That some rows repeat the key of another."""
    named = ", ".join(f"`{name}`" for name in table.key)
    return f"the key ({named}): {values(count, 'row repeats', 'rows repeat')} another's"


def values(count: int, one: str = "value is", many: str = "values are") -> str:
    """A count with its noun and verb."""
    return f"{count:,} {one if count == 1 else many}"
