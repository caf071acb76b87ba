"""How much of a person stands in each part of a lake: traces that a search found, and rows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from stedi.erasure.finding import derived_rows, in_use
from stedi.erasure.landed import UnreadableLandingError, found_lines
from stedi.erasure.person import Person
from stedi.erasure.person_finder import PersonFinder
from stedi.erasure.staged import buckets_of, erased_rows
from stedi.ground.zones import Zone
from stedi.lake.config import Lake
from stedi.prover.proof import Area, Finding, Proof
from stedi.staging.ledger import Ledger
from stedi.store.store import Store
from stedi.suppression.suppressing import Suppressor
from stedi.tables import TABLES

LANDED_LINES = "landed lines"
"""Stands among the tables for the lines of landed files, and for readings in their envelopes."""


class Part(StrEnum):
    """A part of a lake, as a certificate names it."""

    LANDED = "landed files"
    STAGED = "staged"
    TRUSTED = "trusted"
    CURATED = "curated"
    MODELS = "models"
    OTHER = "other"


_OF_AREA = {
    Area.LANDED: Part.LANDED,
    Area.STAGED: Part.STAGED,
    Area.TRUSTED: Part.TRUSTED,
    Area.CURATED: Part.CURATED,
}
_OF_ZONE = {Zone.LANDING: Part.STAGED, Zone.TRUSTED: Part.TRUSTED, Zone.CURATED: Part.CURATED}
_MODELS = "models/"


def traces_by_part(proof: Proof) -> dict[str, int]:
    """How many traces a search found in each part; what others have too tells of nobody."""
    counts = dict.fromkeys(Part, 0)
    for finding in proof.findings:
        counts[_part(finding)] += 0 if finding.shared else finding.count
    return {part.value: count for part, count in counts.items()}


def _part(finding: Finding) -> Part:
    if finding.area in _OF_AREA:
        return _OF_AREA[finding.area]
    return Part.MODELS if finding.path.startswith(_MODELS) else Part.OTHER


def rows_by_table(
    lake: Lake, store: Store, person: Person, suppressor: Suppressor, *, now_ms: int, finder: PersonFinder
) -> dict[str, int | None]:
    """Count a person's rows in every table, and their lines in landed files; None: they cannot be counted.

    Args:
        lake: The lake.
        store: Its tables.
        person: Whose.
        suppressor: By which their staged rows and lines are known.
        now_ms: When a file counts as landed that was never read, UTC ms.
        finder: Finds lines that hold them.
    """
    serials = tuple(stretch.serialnumber for stretch in person.devices)
    losses = derived_rows(lake, store, person, in_use(erased=True))
    losses |= erased_rows(store, suppressor, buckets_of(lake, person.participants, serials))
    counts: dict[str, int | None] = {name: loss.rows for name, loss in losses.items()}
    try:
        found = found_lines(lake, Ledger.of(store), suppressor, now_ms=now_ms, finder=finder)
        counts[LANDED_LINES] = sum(len(each.lines) for each, _, _ in found)
    except UnreadableLandingError:
        counts[LANDED_LINES] = None
    return counts


def rows_of_part(part: Part, rows: Mapping[str, int | None]) -> int | None:
    """How many of these rows stand in a part; None where it has none, or they cannot be counted."""
    zones = {table.name: _OF_ZONE[table.zone] for table in TABLES} | {LANDED_LINES: Part.LANDED}
    counts = [count for name, count in rows.items() if zones.get(name) is part]
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def not_searchable(proof: Proof) -> list[dict[str, Any]]:
    """The files of which a search says nothing, each with its path, what tells of people masked, and why."""
    return [{"path": failure.path, "why": failure.why} for failure in proof.failures]
