"""Customers who agreed to research use."""

from typing import TYPE_CHECKING

from stedi.landing import customer as staged
from stedi.landing.staged import BUCKET, PARTICIPANT
from stedi.privacy.consent import State, newest
from stedi.schema.cautions import Caution
from stedi.schema.table import Table
from stedi.trusted import consent as consents
from stedi.zones import Zone

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TABLE = Table(
    zone=Zone.TRUSTED,
    name="customer_trusted",
    meaning="One row per consenting customer, the newest record of each.",
    columns=(*staged.FIELDS, PARTICIPANT, BUCKET),
    participant="participant",
    moment="lastupdatedate",
    upstreams=(staged.TABLE, consents.TABLE),
    key=("participant",),
    partition="bucket",
    sort=("participant",),
    cautions=(Caution.BIRTHDAY_IMPLAUSIBLE, Caution.ROWS_LEAVE),
)


def build(customer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Keep the newest record of each person whose state is GIVEN."""
    granted = consent.where(consent.state == State.GIVEN.value).select("participant")
    return newest(customer_staged).join(granted, "participant", "left_semi").select(*TABLE.names)
