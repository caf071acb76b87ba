"""Whose each Step Trainer is, and when."""

from dataclasses import replace
from typing import TYPE_CHECKING

from stedi.ground.zones import Zone
from stedi.landing import customer, requests
from stedi.privacy.classes import PersonalData
from stedi.privacy.ownership import devices as owned_devices
from stedi.privacy.standing import Standing
from stedi.schema.cautions import Caution
from stedi.schema.column_types import INT, LONG, TEXT
from stedi.schema.table import Column, Table
from stedi.trusted import consent as consents
from stedi.trusted.people import PERSON, PERSON_BUCKET

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TABLE = Table(
    zone=Zone.TRUSTED,
    name="devices",
    meaning="One row per stretch of time in which a Step Trainer stands in one way.",
    columns=(
        Column("serialnumber", TEXT, "Serial number of the Step Trainer, a UUID in lower case.",
               PersonalData.DIRECT_IDENTIFIER, required=True,
               why="Tells whose readings a Step Trainer's are."),
        Column("owned_from", LONG, "First instant of the stretch, UTC; 0: from the beginning.",
               PersonalData.QUASI_IDENTIFIER, "ms", required=True, minimum=0,
               why="A reading is its owner's only while the device was."),
        Column("owned_until", LONG, "First instant after the stretch, UTC; null: no end.",
               PersonalData.QUASI_IDENTIFIER, "ms", minimum=0,
               why="A reading is its owner's only while the device was."),
        Column("standing", TEXT, "owned, ambiguous, handover or erased; where no stretch is, nobody owns it.",
               PersonalData.OPERATIONAL, required=True, pattern="|".join(Standing)),
        replace(PERSON, required=False, meaning="Whose it is; null unless owned."),
        replace(PERSON_BUCKET, required=False),
        Column("bucket", INT, "Hash of the serial number, modulo the lake's number of buckets.",
               PersonalData.OPERATIONAL, "1", required=True, minimum=0),
    ),
    participant="serialnumber",
    moment="owned_from",
    upstreams=(customer.TABLE, requests.TABLE, consents.TABLE),
    key=("serialnumber", "owned_from"),
    partition="bucket",
    sort=("serialnumber", "owned_from"),
    cautions=(Caution.ROWS_LEAVE,),
)  # fmt: skip


def build(
    customer_staged: "DataFrame",
    requests: "DataFrame",
    consent: "DataFrame",
    *,
    suppression_key: bytes,
    buckets: int,
) -> "DataFrame":
    """Tell how every device stood at every time; see `privacy.ownership.stretches`."""
    return owned_devices(customer_staged, consent, requests, suppression_key=suppression_key, buckets=buckets)
