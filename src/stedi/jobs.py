"""The steps that run as jobs on AWS, and the little that each may touch."""

from collections.abc import Iterable
from dataclasses import dataclass

from stedi.schema.table import Kind
from stedi.tables import SOURCES, STAGED, TABLES
from stedi.zones import Zone

RAW = "raw"
LAKE = "lake"
MODELS = "models"
"""Areas beside tables: landed files, the lake's own files, models."""

TABLES_FOLDER = "tables"

_ZONES = tuple(zone.value for zone in Zone)
_BUILT = (Zone.TRUSTED.value, Zone.CURATED.value)


@dataclass(frozen=True)
class Job:
    """A step as a job with a role of its own.

    Attributes:
        name: The step.
        meaning: What it does.
        keys: The keys it may read.
        reads: Areas it may read: RAW, LAKE, MODELS, a zone's tables, or one table.
        writes: Areas it may read and write.
        audits: Whether it appends to the audit log, whose head is kept apart.
        versions: Whether it may remove older versions of objects, as an erasure must.
    """

    name: str
    meaning: str
    keys: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    audits: bool = True
    versions: bool = False


JOBS = (
    Job(
        "stage",
        "Landed files into staged tables, quarantine and ledger.",
        ("suppression",),
        ("requests", "releases"),
        # Lines of erased people that are delivered again are emptied where they landed.
        (RAW, LAKE, *(table.name for table in STAGED), "quarantine", "landed_files"),
        audits=False,
    ),
    Job(
        "build",
        "Staged into trusted and curated tables, checked, then published.",
        ("pseudonym", "suppression", "audit"),
        ("landing",),
        (LAKE, *_BUILT, "releases"),
    ),
    Job("check", "The newest release, checked again.", ("suppression", "audit"), _ZONES, (LAKE,)),
    Job(
        "maintain",
        "Small files merged, old snapshots and files that nothing leads to removed.",
        ("audit",),
        (),
        (LAKE, *_ZONES),
        versions=True,
    ),
    Job(
        "withdraw",
        "A person out of the trusted and curated tables, and the proof.",
        ("pseudonym", "suppression", "audit"),
        (RAW,),
        (LAKE, *_ZONES, MODELS),
        versions=True,
    ),
    Job(
        "erase",
        "A person out of everything, landed files too, and the proof.",
        ("pseudonym", "suppression", "audit"),
        (),
        (RAW, LAKE, *_ZONES, MODELS),
        versions=True,
    ),
)


def tables(areas: Iterable[str]) -> list[str]:
    """The Iceberg tables that areas hold, in build order."""
    held = [table for table in TABLES if table.kind is Kind.ICEBERG]
    return [table.name for table in held if {table.name, table.zone.value} & set(areas)]


def prefixes(area: str) -> list[tuple[Zone, str]]:
    """Where an area lies: the zone's bucket, and the prefix of its keys.

    Raises:
        KeyError: Nothing is called so.
    """
    if area == RAW:
        return [(Zone.LANDING, f"{source.name}/") for source in SOURCES]
    if area == LAKE:
        return [(Zone.LANDING, f"{LAKE}/")]
    if area == MODELS:
        return [(Zone.CURATED, f"{MODELS}/")]
    if area in _ZONES:
        return [(Zone(area), f"{TABLES_FOLDER}/")]
    zone = {table.name: table.zone for table in TABLES}[area]
    return [(zone, f"{TABLES_FOLDER}/{area}/")]
