"""The columns that stand for a person in the curated zone."""

from stedi.privacy.classes import PersonalData
from stedi.privacy.pseudonyms import PATTERN
from stedi.schema.column_types import INT, TEXT
from stedi.schema.table import Column

SUBJECT_KEY = Column(
    "subject_key", TEXT, "Keyed pseudonym of the person.",
    PersonalData.PSEUDONYM, required=True, pattern=PATTERN,
)  # fmt: skip
SESSION = Column(
    "session", TEXT, "Keyed pseudonym of the session: readings of one person with no gap over 30 s.",
    PersonalData.PSEUDONYM, required=True, pattern=PATTERN,
)  # fmt: skip
BUCKET = Column(
    "bucket", INT, "Hash of the subject key, modulo the lake's number of buckets.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=0,
)  # fmt: skip
