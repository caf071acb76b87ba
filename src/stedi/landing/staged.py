"""Staged tables: the columns they add to the landed ones."""

from stedi.privacy.classes import PersonalData
from stedi.schema.column_types import INT, LONG, TEXT
from stedi.schema.table import Column

FILE = Column(
    "_file_sha256", TEXT, "SHA-256 of the landed file's uncompressed content.",
    PersonalData.OPERATIONAL, required=True, pattern="[0-9a-f]{64}",
)  # fmt: skip
LINE = Column(
    "_line", LONG, "Physical line in that file, from 1.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=1,
)  # fmt: skip
ITEM = Column(
    "_item", INT, "Place of the reading in the envelope that the line is, from 1; null: it is none.",
    PersonalData.OPERATIONAL, "1", minimum=1,
)  # fmt: skip
BUCKET = Column(
    "bucket", INT, "Hash of whose row it is, modulo the lake's number of buckets.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=0,
)  # fmt: skip
PARTICIPANT = Column(
    "participant", TEXT,
    "Normalised e-mail (trimmed, NFC, case folded, domain in Unicode) of whom it is about.",
    PersonalData.DIRECT_IDENTIFIER, required=True,
    why="Tells whose row it is, so that consent is applied and the row is found when it must go.",
)  # fmt: skip
