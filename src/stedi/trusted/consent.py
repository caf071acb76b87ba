"""Whose each e-mail address is, and that person's state of consent."""

from typing import TYPE_CHECKING

from stedi.landing import customer, requests
from stedi.landing.staged import BUCKET, PARTICIPANT
from stedi.privacy.classes import PersonalData
from stedi.privacy.consent import State, states
from stedi.privacy.suppression import CLOCK_TOLERANCE_MS
from stedi.privacy.window import Window
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG, TEXT
from stedi.schema.table import Column, Table
from stedi.trusted.people import PERSON, PERSON_BUCKET
from stedi.zones import Zone

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TABLE = Table(
    zone=Zone.TRUSTED,
    name="consent",
    meaning="One row per known e-mail: whose it is, and that person's state at the time of the run.",
    columns=(
        PARTICIPANT,
        PERSON,
        Column(
            "state", TEXT, "NEVER, SCHEDULED, GIVEN, WITHDRAWN, HOLD, UNREADABLE or ERASED.",
            PersonalData.PROOF_OF_CONSENT, required=True, pattern="|".join(State),
        ),
        Column(
            "start_at", LONG, "When consent starts, UTC; null unless GIVEN or SCHEDULED.",
            PersonalData.PROOF_OF_CONSENT, "ms", minimum=0,
        ),
        Column(
            "readings_from", LONG, "From when readings pass, UTC; null unless GIVEN.",
            PersonalData.PROOF_OF_CONSENT, "ms", minimum=0,
        ),
        Column(
            "erased_at", LONG, "Up to when all was erased, UTC; null where nothing was.",
            PersonalData.PROOF_OF_CONSENT, "ms", minimum=0,
        ),
        PERSON_BUCKET,
        BUCKET,
    ),
    participant="participant",
    moment="start_at",
    upstreams=(customer.TABLE, requests.TABLE),
    key=("participant",),
    partition="bucket",
    sort=("participant",),
    cautions=(Caution.WINDOW_OF_THE_LAKE,),
)  # fmt: skip


def build(
    customer_staged: "DataFrame",
    requests: "DataFrame",
    *,
    as_of_ms: int,
    window: Window,
    suppression_key: bytes,
) -> "DataFrame":
    """Decide every person's state from all their records and requests; see `privacy.consent.states`."""
    return states(
        customer_staged, requests, as_of_ms=as_of_ms, window=window, suppression_key=suppression_key
    )


def next_change_at(consent: "DataFrame", customer_staged: "DataFrame", *, as_of_ms: int) -> int | None:
    """When time alone will change somebody's state next, UTC ms; None when it never will.

    A consent starts, or the own time comes of a record that does not consent and landed before it.
    """
    from pyspark.sql import functions as F

    scheduled = consent.where(F.col("state") == State.SCHEDULED.value)
    own_at = F.col("lastupdatedate") - F.lit(CLOCK_TOLERANCE_MS)
    ahead = customer_staged.where(F.col("sharewithresearchasofdate").isNull() & (own_at > as_of_ms))
    found = scheduled.agg(F.min("start_at").alias("at")).unionByName(ahead.agg(F.min(own_at).alias("at")))
    first: int | None = found.agg(F.min("at")).collect()[0][0]
    return first
