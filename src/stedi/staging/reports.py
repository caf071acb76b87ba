"""What is told of staging: of files that landed, and of refused lines that were read again."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stedi.ground.places import Place
from stedi.sources.reasons import Reason
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import LedgerEntry
from stedi.staging.unreadable import forms_in

if TYPE_CHECKING:
    from stedi.staging.judged_file import Judged


@dataclass
class Replayed:
    """What became of refused lines that were read again, by source.

    Attributes:
        read: How many there were, by the reason that they had.
        refused: How many are still refused, by the reason that they have now.
        accepted: How many rows came of the others.
        duplicate: How many rows were staged before.
        blank: How many are blank.
        erased: How many are an erased person's: nothing of them is kept.
        entries: The ledger's entries of files of which a line has another verdict now.
        checks: Checks passed.
        unreadable: How many accepted customer records hold a consent time that cannot be read, by form.
    """

    read: dict[str, Counter[str]] = field(default_factory=dict)
    refused: dict[str, Counter[str]] = field(default_factory=dict)
    accepted: Counter[str] = field(default_factory=Counter)
    duplicate: Counter[str] = field(default_factory=Counter)
    blank: Counter[str] = field(default_factory=Counter)
    erased: Counter[str] = field(default_factory=Counter)
    entries: list[LedgerEntry] = field(default_factory=list)
    checks: int = 0
    unreadable: Counter[Reason] = field(default_factory=Counter)

    def add(self, judged: "Judged", accepted: int) -> None:
        """Count the refused lines of one file, of whose rows so many were new."""
        source = judged.content[0]
        self.read.setdefault(source, Counter()).update(judged.read)
        self.refused.setdefault(source, Counter()).update(judged.refused)
        self.accepted[source] += accepted
        self.duplicate[source] += judged.readable - accepted
        self.blank[source] += judged.blank
        self.erased[source] += len(judged.erased)
        self.unreadable.update(forms_in(judged.notes))

    @property
    def lines(self) -> int:
        """How many lines were read again."""
        return sum(reasons.total() for reasons in self.read.values())

    def update(self, other: "Replayed") -> None:
        """Count what became of others, too."""
        for source, reasons in other.read.items():
            self.read.setdefault(source, Counter()).update(reasons)
        for source, reasons in other.refused.items():
            self.refused.setdefault(source, Counter()).update(reasons)
        for mine, theirs in (
            (self.accepted, other.accepted),
            (self.duplicate, other.duplicate),
            (self.blank, other.blank),
            (self.erased, other.erased),
        ):
            mine.update(theirs)
        self.entries += other.entries
        self.checks += other.checks
        self.unreadable.update(other.unreadable)


@dataclass
class StageReport:
    """What became of the landing zone.

    Attributes:
        listed: Files listed.
        files: Listed files by source and verdict, those of earlier runs included.
        entries: Ledger entries of this run.
        unsettled: Files that wait because they may still be written.
        checks: Checks passed.
        unreadable: Paths, fit for a message, of files that could not be opened.
        alerts: What somebody should look at; no personal value.
        replayed: What became of refused lines that were read again.
        heard_of: Where it was remembered which files were landed again.
    """

    listed: int = 0
    files: dict[str, Counter[FileVerdict]] = field(default_factory=dict)
    entries: list[LedgerEntry] = field(default_factory=list)
    unsettled: int = 0
    checks: int = 0
    unreadable: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    replayed: Replayed = field(default_factory=Replayed)
    heard_of: list[Place] = field(default_factory=list)

    def count(self, source: str, verdict: FileVerdict) -> None:
        """Count a listed file."""
        self.files.setdefault(source, Counter())[verdict] += 1
