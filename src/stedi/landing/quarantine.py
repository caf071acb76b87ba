"""Lines that were refused, with their bytes, so that a better reader can replay them."""

from stedi.landing.staged import FILE, LINE
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import BINARY, LONG, TEXT
from stedi.schema.table import Column, Table
from stedi.zones import Zone

TABLE = Table(
    zone=Zone.LANDING,
    name="quarantine",
    meaning="One row per refused line, with the reason and the raw bytes.",
    columns=(
        Column("source", TEXT, "Folder it landed in.", PersonalData.OPERATIONAL, required=True),
        FILE,
        LINE,
        Column("reason", TEXT, "Why it was refused.", PersonalData.OPERATIONAL, required=True),
        Column(
            "raw", BINARY, "The line as it landed, without its newline, cut at 1 MiB.",
            PersonalData.DIRECT_IDENTIFIER, required=True,
            why="A better reader can replay it; it may hold anything.",
        ),
        Column(
            "reader_version", TEXT, "Version of the reader that refused it.",
            PersonalData.OPERATIONAL, required=True,
        ),
        Column("landed_at", LONG, "When it was first seen, UTC.", PersonalData.OPERATIONAL, "ms", True),
    ),
    moment="landed_at",
    key=("source", "_file_sha256", "_line"),
    cautions=(Caution.MAY_HOLD_ANYTHING, Caution.NO_CONSENT_ASKED),
)  # fmt: skip
