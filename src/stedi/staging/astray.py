"""Customer records that were refused or landed in a wrong place: some may withdraw a consent."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.landing import customer
from stedi.sources.astray import (
    LOOKS_LIKE_CUSTOMERS,
    OWN_KEYS,
    are_customers,
    customer_keys,
    folder_holds_customers,
    holds_customers,
    is_customer_line,
)
from stedi.sources.envelopes import READINGS
from stedi.sources.file_names import for_message, is_temporary
from stedi.sources.listing import ListedFile, unclaimed
from stedi.sources.verdicts import FileVerdict
from stedi.staging.ledger import Ledger, LedgerEntry
from stedi.tables import SOURCES

MOST_NAMED = 10
"""Files that an alert names; of the others it tells how many they are."""


class CustomerLines:
    """Counts the refused lines of a file that look like customer records.

    A record that was cut into several lines is recognised by all of these together.
    """

    def __init__(self) -> None:
        self._whole = self._parts = 0
        self._keys: set[str] = set()

    def add(self, refused: Any) -> None:
        """Take refused lines, or readings of an envelope, with their column `raw`."""
        for raw in refused.column("raw").to_pylist():
            if keys := customer_keys(raw):
                if is_customer_line(raw, keys):
                    self._whole += 1
                else:
                    self._parts += 1
                    self._keys |= keys

    @property
    def count(self) -> int:
        """How many there are."""
        return self._whole + (self._parts if are_customers(self._keys) else 0)


@dataclass(frozen=True)
class Unresolved:
    """A file with refused customer records.

    Attributes:
        source: The folder it landed in.
        path: Fit for a message.
        lines: How many refused lines look like customer records; 0: the file was refused whole.
    """

    source: str
    path: str
    lines: int


def unresolved(entries: Iterable[LedgerEntry]) -> list[Unresolved]:
    """Which files hold refused customer records that nobody has read since.

    A file that was refused whole no longer counts once a later version of it was read, or its content was
    read in the folder `customer`. Refused lines count as long as they stand in the quarantine.
    """
    told = list(entries)
    newest = {(e.landing, e.source, e.path): e.sequence for e in told}
    ledger = Ledger(told)
    found = []
    for entry in told:
        is_customer = entry.source == customer.SOURCE.name
        if entry.verdict is FileVerdict.READ:
            lines = entry.quarantined
            if not is_customer:
                lines = min(lines, entry.notes[LOOKS_LIKE_CUSTOMERS])
            if lines:
                found.append(Unresolved(entry.source, for_message(entry.path), lines))
        elif entry.verdict is FileVerdict.QUARANTINED or entry.notes[LOOKS_LIKE_CUSTOMERS]:
            is_newest = newest[entry.landing, entry.source, entry.path] == entry.sequence
            read_since = entry.file_sha256 and ledger.holds(customer.SOURCE.name, entry.file_sha256)
            if (is_customer or entry.notes[LOOKS_LIKE_CUSTOMERS]) and is_newest and not read_since:
                found.append(Unresolved(entry.source, for_message(entry.path), 0))
    return found


def alerts_of(entries: Sequence[LedgerEntry], lake: Lake) -> list[str]:
    """What to say of refused customer records among files that were just looked at; no value of a person."""
    stedi = f"stedi --lake {shlex.quote(str(lake.root))} quarantine list"
    found = unresolved(entries)
    in_place = [f for f in found if f.source == customer.SOURCE.name]
    alerts = []
    if files := sum(not f.lines for f in in_place):
        told = "1 customer file was" if files == 1 else f"{files:,} customer files were"
        alerts.append(
            f"{told} quarantined whole: a withdrawal of consent may stand in it. "
            f"List them: {stedi} --source customer"
        )
    if lines := sum(f.lines for f in in_place):
        told = "1 customer line was" if lines == 1 else f"{lines:,} customer lines were"
        alerts.append(
            f"{told} quarantined: some may withdraw a consent. List them: {stedi} --source customer"
        )
    for source in (s.name for s in SOURCES if s is not customer.SOURCE):
        if astray := [f for f in found if f.source == source]:
            alerts.append(
                f"what was refused in {source}/ looks like customer records, of which some may withdraw a "
                f"consent: {_named(astray)}. Land them in customer/. List them: {stedi} --customers"
            )
    return alerts + _accepted(entries)


def _named(files: Sequence[Unresolved]) -> str:
    told = [f"{f.path} ({_lines(f.lines)})" for f in files[:MOST_NAMED]]
    if more := len(files) - MOST_NAMED if len(files) > MOST_NAMED else 0:
        told.append(f"{more:,} more files")
    return ", ".join(told)


def _lines(count: int) -> str:
    if not count:
        return "the whole file"
    return "1 line" if count == 1 else f"{count:,} lines"


def _accepted(entries: Sequence[LedgerEntry]) -> list[str]:
    """What to say of accepted lines that hold customer records nobody read."""
    alerts = []
    for source in (s.name for s in SOURCES):
        notes = sum((e.notes for e in entries if e.source == source), Counter[str]())
        if source == customer.SOURCE.name:
            if count := notes[f"unknown:{READINGS}"]:
                alerts.append(
                    f"{_lines(count)} of customer/ hold a list `{READINGS}`, which was not read: land "
                    "customer records one a line"
                )
            continue
        held = {key: notes[f"unknown:{key}"] for key in OWN_KEYS if notes[f"unknown:{key}"]}
        if are_customers(set(held)):
            alerts.append(
                f"{_lines(max(held.values()))} accepted in {source}/ also hold fields of customer records "
                f"({', '.join(held)}), which were not read: land customer records in customer/"
            )
    return alerts


def unclaimed_alerts(landing: Place, not_done: str = "read") -> list[str]:
    """What to say of folders and files that belong to no source, and so were not `read`, or not `landed`."""
    alerts = []
    for name in unclaimed(landing, SOURCES):
        told = f"{for_message(name)} belongs to no source and was not {not_done}"
        meant = name.rstrip("/").strip().casefold().replace("-", "_").replace(" ", "_")
        named = f"{meant}/" if meant in {source.name for source in SOURCES} else ""
        if folder_holds_customers(landing / name.rstrip("/")):
            told += ": it looks like customer records, and a withdrawal of consent may be among them"
            told += f". Land them in {customer.SOURCE.name}/"
        elif named:
            told += f": a source is called {named} in small letters. Land it under that name"
        alerts.append(told)
    return alerts


def waiting_alerts(file: ListedFile) -> list[str]:
    """What to say of a file whose name says that it is not finished, if it looks like customer records."""
    if not is_temporary(file.name):
        return []
    if file.source.name != customer.SOURCE.name and not holds_customers(file.file):
        return []
    return [
        f"{for_message(file.path)} is not finished and waits: a withdrawal of consent may stand in it. "
        "Rename it once it is whole"
    ]
