"""The steps that run as jobs on AWS, and the little that each may touch."""

from collections.abc import Iterable
from dataclasses import dataclass

from stedi.ground.zones import Zone
from stedi.lake import on_s3
from stedi.schema.table import Kind
from stedi.tables import SOURCES, TABLES

RAW = "raw"
LANDED = "landed"
LAKE = on_s3.ROOT
MODELS = "models"
PRIVATE = on_s3.PRIVATE
"""Areas beside tables: landed files of sources, all of the landing bucket, the lake's own files, models, what
must not lie with the lake."""

ARTEFACTS = "artefacts"
"""The bucket of no zone: of code, and of the private folder."""

TABLES_FOLDER = on_s3.TABLES

_ZONES = tuple(zone.value for zone in Zone)


@dataclass(frozen=True)
class Job:
    """A step as a job with a role of its own.

    Attributes:
        name: The step.
        meaning: What it does.
        keys: The keys it may read.
        reads: Areas it may read: RAW, LANDED, LAKE, MODELS, PRIVATE, a zone's tables, or one table.
        writes: Areas it may read and write; PRIVATE among them if it appends to the audit log.
        versions: Whether it may remove versions of objects in both for good, as whoever empties must.
    """

    name: str
    meaning: str
    keys: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    versions: bool = False


JOBS = (
    Job(
        "stage",
        "Landed files into staged tables, quarantine and ledger.",
        ("suppression",),
        (),
        # Lines of erased people that are delivered again are emptied where they landed. And a run begins by
        # making the tables that are missing, and by taking away what a killed one left, in every zone.
        (RAW, LAKE, *_ZONES),
        versions=True,
    ),
    Job(
        "build",
        "Staged into trusted and curated tables, checked, then published.",
        ("pseudonym", "suppression", "audit"),
        (),
        (LAKE, PRIVATE, *_ZONES),
        versions=True,
    ),
    Job("check", "The newest release, checked again.", ("suppression",), (LAKE, *_ZONES), ()),
    Job(
        "maintain",
        "Small files merged, old snapshots and files that nothing leads to removed.",
        ("audit",),
        (),
        (LAKE, PRIVATE, *_ZONES),
        versions=True,
    ),
    Job(
        "withdraw",
        "A person out of the trusted and curated tables, and the proof.",
        ("pseudonym", "suppression", "audit"),
        # The proof looks at all that lies in the bucket, of a source or not.
        (LANDED,),
        (LAKE, PRIVATE, *_ZONES, MODELS),
        versions=True,
    ),
    Job(
        "erase",
        "A person out of everything, landed files too, and the proof.",
        ("pseudonym", "suppression", "audit"),
        (),
        (LANDED, LAKE, PRIVATE, *_ZONES, MODELS),
        versions=True,
    ),
)


def tables(areas: Iterable[str]) -> list[str]:
    """The Iceberg tables that areas hold, in build order."""
    held = [table for table in TABLES if table.kind is Kind.ICEBERG]
    return [table.name for table in held if {table.name, table.zone.value} & set(areas)]


def prefixes(area: str) -> list[tuple[str, str]]:
    """Where an area lies: the bucket, called as its zone, and the prefix of its keys.

    Raises:
        KeyError: Nothing is called so.
    """
    landing = Zone.LANDING.value
    beside = {
        RAW: [(landing, f"{source.name}/") for source in SOURCES],
        LANDED: [(landing, "")],
        LAKE: [(landing, f"{LAKE}/")],
        MODELS: [(Zone.CURATED.value, f"{MODELS}/")],
        PRIVATE: [(ARTEFACTS, f"{PRIVATE}/")],
    }
    if area in beside:
        return beside[area]
    if area in _ZONES:
        return [(area, f"{TABLES_FOLDER}/")]
    zone = {table.name: table.zone for table in TABLES}[area]
    return [(zone.value, f"{TABLES_FOLDER}/{area}/")]
