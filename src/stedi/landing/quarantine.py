"""Lines and readings that were refused, with their bytes, so that a better reader can replay them."""

from stedi.ground.zones import Zone
from stedi.landing.staged import FILE, ITEM, LINE
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import BINARY, LONG, TEXT
from stedi.schema.table import Column, Table

TABLE = Table(
    zone=Zone.LANDING,
    name="quarantine",
    meaning="One row per refused line, or refused reading of an envelope, with the reason and the raw bytes.",
    columns=(
        Column("source", TEXT, "Folder it landed in.", PersonalData.OPERATIONAL, required=True),
        FILE,
        LINE,
        ITEM,
        Column("reason", TEXT, "Why it was refused.", PersonalData.OPERATIONAL, required=True),
        Column(
            "raw", BINARY,
            "The line as it landed, without its newline, cut at 1 MiB; of a refused reading its bytes alone.",
            PersonalData.DIRECT_IDENTIFIER, required=True,
            why="A better reader can replay it; it may hold anything.",
        ),
        Column(
            "envelope_of", TEXT, "Whose its envelope says the reading is; null: the bytes are a whole line.",
            PersonalData.DIRECT_IDENTIFIER,
            why="Without it nobody could replay a reading, nor find it when its person must go.",
        ),
        Column(
            "reader_version", TEXT, "Version of the reader that refused it.",
            PersonalData.OPERATIONAL, required=True,
        ),
        Column("landed_at", LONG, "When it was first seen, UTC.", PersonalData.OPERATIONAL, "ms", True),
    ),
    moment="landed_at",
    key=("source", "_file_sha256", "_item", "_line"),
    cautions=(Caution.MAY_HOLD_ANYTHING, Caution.NO_CONSENT_ASKED),
)  # fmt: skip
