"""Customer records as they landed, and their typed rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stedi.ground.zones import Zone
from stedi.landing.staged import BUCKET, FILE, LINE, PARTICIPANT
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG, TEXT
from stedi.schema.table import Column, Form, Kind, Table
from stedi.sources.reasons import Reason
from stedi.sources.source import Source, Value

if TYPE_CHECKING:
    import pyarrow as pa

EMAIL = Column(
    "email", TEXT, "E-mail of the customer, as it was sent.",
    PersonalData.DIRECT_IDENTIFIER, required=True, form=Form.EMAIL, why=PARTICIPANT.why,
)  # fmt: skip


LINKS = "Links the records of one person when the e-mail changes."


def _instant(field: str, meaning: str, why: str) -> Column:
    return Column(
        field.lower(), LONG, meaning, PersonalData.QUASI_IDENTIFIER, "ms",
        required=True, form=Form.INSTANT, field=field, why=why,
    )  # fmt: skip


def _start(field: str, meaning: str, personal: PersonalData) -> Column:
    return Column(field.lower(), LONG, meaning, personal, "ms", form=Form.START, field=field)


CONSENT = _start(
    "shareWithResearchAsOfDate", "Since when the customer agrees to research use; null: does not.",
    PersonalData.PROOF_OF_CONSENT,
)  # fmt: skip
REGISTRATION = _instant(
    "registrationDate", "When the customer registered.", f"No consent starts before it. {LINKS}"
)
LAST_UPDATE = _instant(
    "lastUpdateDate",
    "When the customer record last changed.",
    "Tells which record of a person is the newest.",
)

FIELDS = (
    Column("customername", TEXT, "Name of the customer.", PersonalData.DIRECT_IDENTIFIER,
           required=True, field="customerName", why=LINKS),
    EMAIL,
    Column("phone", TEXT, "Telephone number.", PersonalData.DIRECT_IDENTIFIER),
    Column("birthday", TEXT, "Day of birth, as text, for many are implausible.",
           PersonalData.DIRECT_IDENTIFIER, form=Form.BIRTHDAY, field="birthDay",
           why=f"The decade of birth is derived from it. {LINKS}"),
    Column("serialnumber", TEXT, "Serial number of the customer's Step Trainer, a UUID in lower case.",
           PersonalData.DIRECT_IDENTIFIER, required=True, form=Form.SERIAL, field="serialNumber",
           why="Tells whose readings a Step Trainer's are."),
    REGISTRATION,
    LAST_UPDATE,
    CONSENT,
    _start("shareWithPublicAsOfDate", "Since when the customer shares with the public.",
             PersonalData.QUASI_IDENTIFIER),
    _start("shareWithFriendsAsOfDate", "Since when the customer shares with friends.",
             PersonalData.QUASI_IDENTIFIER),
)  # fmt: skip

LANDED = Table(
    zone=Zone.LANDING,
    name="customer_landing",
    meaning="One row per line of the website's landed customer files.",
    columns=FIELDS,
    participant="email",
    moment="lastupdatedate",
    kind=Kind.EXTERNAL,
    cautions=(Caution.AS_RECEIVED, Caution.FILES_UNSEEN, Caution.ABSENCE_MEANS_NO),
)

EFFECTIVE_AT = Column(
    "effective_at", LONG, "From when the record counts: its last update, or its landing if that is earlier.",
    PersonalData.QUASI_IDENTIFIER, "ms", required=True,
)  # fmt: skip

UNREADABLE_FORMS = {
    Reason.BAD_TYPE: "text, true, a list or an object",
    Reason.UNIT: "seconds or microseconds",
    Reason.FRACTION: "a fraction of a millisecond",
    Reason.BAD_INSTANT: "negative or before 2015",
    Reason.BAD_NUMBER: "no finite number",
}
"""In words, in which forms a consent time is that is there and cannot be read."""

CONSENT_FAULT = Column(
    "consent_fault", TEXT, "Why a consent time that is there cannot be read; null: it can, or is absent.",
    PersonalData.OPERATIONAL, pattern="|".join(Reason),
)  # fmt: skip

TABLE = Table(
    zone=Zone.LANDING,
    name="customer_staged",
    meaning="One row per accepted customer record; a full row that landed twice is one row.",
    # A record that withdraws needs little: only the e-mail must be there.
    columns=(
        *(c if c is EMAIL else replace(c, required=False) for c in FIELDS),
        CONSENT_FAULT, EFFECTIVE_AT, PARTICIPANT, FILE, LINE, BUCKET,
    ),
    participant="participant",
    moment="effective_at",
    upstreams=(LANDED,),
    key=("_file_sha256", "_line"),
    partition="bucket",
    cautions=(
        Caution.NO_CONSENT_ASKED, Caution.ABSENCE_MEANS_NO, Caution.RECORDS_OF_ONE_PERSON,
        Caution.BIRTHDAY_IMPLAUSIBLE,
    ),
)  # fmt: skip


def judge(
    values: Mapping[str, Value], faults: Mapping[str, Reason], landed_at: int
) -> dict[str, Value] | Reason:
    """Accept a record: a grant needs strict evidence, a withdrawal only an e-mail.

    A record whose consent time is absent, null, 0 or false withdraws consent, whatever else is wrong
    with it. One whose consent time is there and cannot be read neither gives nor withdraws it: the
    person is on hold. One that does give consent is refused for any fault. Silence means no consent.

    A record counts at the latest when it landed: a clock that runs ahead must not mask a
    withdrawal, neither its own nor that of a grant before it.
    """
    if EMAIL.name in faults:
        return faults[EMAIL.name]
    if faults and values[CONSENT.name] is not None:
        return next(iter(faults.values()))
    fault = faults.get(CONSENT.name, Reason.NOT_GIVEN)
    updated_at = values[LAST_UPDATE.name]
    known = isinstance(updated_at, int) and updated_at <= landed_at
    return {
        **values,
        CONSENT_FAULT.name: None if fault is Reason.NOT_GIVEN else fault.value,
        EFFECTIVE_AT.name: updated_at if known else landed_at,
    }


def derive(columns: "Mapping[str, pa.Array]", landed_at: int) -> "Mapping[str, pa.Array]":
    """Tell from when records without fault count, as `judge` does."""
    import pyarrow.compute as pc

    return {EFFECTIVE_AT.name: pc.min_element_wise(columns[LAST_UPDATE.name], landed_at)}


SOURCE = Source("customer", landed=LANDED, staged=TABLE, identity=EMAIL, judge=judge, derive=derive,
                told_apart_by=(CONSENT_FAULT,))  # fmt: skip
