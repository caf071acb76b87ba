"""The first look at the files of a batch: which are read, and what the others are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stedi.engine.tasks import spread
from stedi.landing import customer
from stedi.sources.astray import LOOKS_LIKE_CUSTOMERS, holds_customers
from stedi.sources.examining import Examined, FileRefusal, examined
from stedi.sources.listing import ListedFile
from stedi.sources.reasons import Reason
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.staging.reading import FileRead
from stedi.tables import SOURCES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Looked:
    """A batch after the first look.

    Attributes:
        to_read: Files to read line by line.
        twins: Files whose content another file of the batch holds, which is read for both.
        known: Files whose content an earlier run read.
        settled: Entries of files that are not read.
        unchanged: Files that got again the verdict that they have.
        waiting: Files that the next run looks at.
        files: All files, by path.
    """

    to_read: list[tuple[ListedFile, Examined]] = field(default_factory=list)
    twins: list[tuple[ListedFile, Examined]] = field(default_factory=list)
    known: list[tuple[ListedFile, Examined]] = field(default_factory=list)
    settled: list[LedgerEntry] = field(default_factory=list)
    unchanged: list[LedgerEntry] = field(default_factory=list)
    waiting: list[ListedFile] = field(default_factory=list)
    files: dict[str, ListedFile] = field(default_factory=dict)


def look(
    session: "SparkSession", files: Sequence[ListedFile], ledger: Ledger, *, landed_at: int, batch: str
) -> Looked:
    """Look at files at once, and sort them in their order."""
    looked = Looked(files={file.path: file for file in files})
    contents: set[tuple[str, str]] = set()
    seen = spread(session, _examined, files, size=lambda file: file.state.size)
    for file, found in zip(files, seen, strict=True):
        if isinstance(found, Examined):
            content = (file.source.name, found.sha256)
            # Empty files are all the same, and still nobody's duplicate.
            if found.size and ledger.holds(*content):
                looked.known.append((file, found))
                looked.settled.append(unread(file, found, landed_at, batch))
            elif found.size and content in contents:
                looked.twins.append((file, found))
            else:
                contents.add(content)
                looked.to_read.append((file, found))
            continue
        entry = unread(file, found, landed_at, batch)
        if found.verdict is FileVerdict.WAITING:
            looked.waiting.append(file)
        elif ledger.repeats(entry):
            looked.unchanged.append(entry)
        else:
            looked.settled.append(entry)
    return looked


def _examined(file: ListedFile) -> Examined | FileRefusal:
    found = examined(file, SOURCES) if file.verdict is FileVerdict.READ else FileRefusal(file.reason)
    if isinstance(found, Examined) or found.reason is None or file.source.name == customer.SOURCE.name:
        return found
    return replace(found, is_customers=found.is_customers or holds_customers(file.file))


def unread(file: ListedFile, found: Examined | FileRefusal, landed_at: int, batch: str) -> LedgerEntry:
    """The entry of a file that is not read line by line; one that was examined is a duplicate."""
    if isinstance(found, Examined):
        return _entry(file, FileVerdict.DUPLICATE, None, landed_at, batch, found)
    entry = _entry(file, found.verdict, found.reason, landed_at, batch, found.content)
    return replace(entry, notes=Counter({LOOKS_LIKE_CUSTOMERS: 1})) if found.is_customers else entry


def _entry(
    file: ListedFile,
    verdict: FileVerdict,
    reason: Reason | None,
    landed_at: int,
    batch: str,
    content: Examined | None,
) -> LedgerEntry:
    return LedgerEntry(
        source=file.source.name,
        landing=str(file.landing),
        path=file.path,
        state=file.state,
        verdict=verdict,
        reason=reason,
        landed_at=landed_at,
        batch=batch,
        file_sha256=content.sha256 if content else None,
        lines=content.lines if content else 0,
    )


def read_entry(read: FileRead, accepted: int, landed_at: int, batch: str) -> LedgerEntry:
    """The entry of a file that was read line by line, of whose rows so many were new."""
    assert read.tally is not None
    tally = read.tally
    whole = _entry(read.file, FileVerdict.READ, None, landed_at, batch, read.examined)
    return replace(
        whole,
        plain=tally.plain,
        envelopes=tally.envelopes,
        readings=tally.readings,
        accepted=accepted,
        quarantined=tally.refused,
        duplicate=tally.readable - accepted,
        blank=tally.blank,
        erased=len(tally.erased),
        notes=tally.notes,
    )
