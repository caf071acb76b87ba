"""The columns by which trusted rows know their person."""

from stedi.privacy.classes import PersonalData
from stedi.schema.column_types import INT, TEXT
from stedi.schema.table import Column

PERSON = Column(
    "person", TEXT, "Whose row it is: one of the normalised e-mails of a person, the same for all of them.",
    PersonalData.DIRECT_IDENTIFIER, required=True,
    why="Tells whose row it is, also after the e-mail changed, so that the row is found when it must go.",
)  # fmt: skip
BUCKET = Column(
    "bucket", INT, "Hash of the person, modulo the lake's number of buckets.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=0,
)  # fmt: skip
PERSON_BUCKET = Column(
    "person_bucket", INT, "Hash of the person, modulo the lake's number of buckets: where trusted rows lie.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=0,
)  # fmt: skip
