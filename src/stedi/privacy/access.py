"""Who may read which columns on AWS: lists of what is allowed, never of what is not."""

from collections.abc import Mapping
from dataclasses import dataclass

from stedi.privacy.classes import PersonalData


@dataclass(frozen=True)
class Reader:
    """A role of people who read tables, and what it may read.

    Attributes:
        name: The role.
        meaning: Who takes it, and what for.
        tables: The columns it may read of each table; others stay hidden, new ones too.
        classes: Of every table, columns of these classes too.
        identifiers: Of every table, these columns too, whatever their class.
    """

    name: str
    meaning: str
    tables: Mapping[str, tuple[str, ...]]
    classes: frozenset[PersonalData] = frozenset()
    identifiers: frozenset[str] = frozenset()

    def columns(self, table: str, classes: Mapping[str, PersonalData]) -> list[str]:
        """The columns of a table that the role may read, in the table's order.

        Args:
            table: Its name.
            classes: Each of its columns with the class it declares.

        Raises:
            KeyError: A column is allowed that the table does not have.
        """
        named = self.tables.get(table, ())
        if unknown := sorted(set(named) - set(classes)):
            raise KeyError(f"{self.name} may read {', '.join(unknown)} of {table}, which it does not have")
        return [
            column
            for column, personal in classes.items()
            if column in named or personal in self.classes or column in self.identifiers
        ]


COUNTS = ("lines", "accepted", "quarantined", "duplicate", "blank", "erased", "landed_at", "batch")

READERS = (
    Reader(
        "science",
        "Data scientists: the table that models learn from, and the models.",
        {
            "machine_learning_curated": (
                "subject_key", "session", "elapsed_ms", "x", "y", "z",
                "distancefromobject", "distance_offset_ms",
            )
        },
    ),
    Reader(
        "privacy-officer",
        "The privacy officer: the ledger, requests, runs and certificates.",
        {
            "landed_files": ("sequence", "source", "file_sha256", "verdict", "reason", *COUNTS,
                             "rewritten_sha256"),
            "requests": ("request", "kind", "requested_at", "about", "hash", "covers_from", "covers_until"),
            "releases": ("number", "run_id", "as_of_ms", "published_at", "version", "rows_by_table",
                         "dispositions"),
        },
    ),
    Reader(
        "auditor",
        "Whoever runs the named queries: what tables are joined by, no name, phone or raw line.",
        {},
        classes=frozenset(
            {
                PersonalData.QUASI_IDENTIFIER,
                PersonalData.SENSITIVE,
                PersonalData.PROOF_OF_CONSENT,
                PersonalData.OPERATIONAL,
                PersonalData.GENERALISED,
                PersonalData.PSEUDONYM,
            }
        ),
        identifiers=frozenset({"email", "user", "serialnumber", "participant", "person"}),
    ),
)  # fmt: skip
