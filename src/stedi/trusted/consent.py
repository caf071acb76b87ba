"""Whose each e-mail address is, and that person's state of consent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stedi.ground.zones import Zone
from stedi.landing import customer, requests
from stedi.landing.staged import BUCKET, PARTICIPANT
from stedi.privacy.classes import PersonalData
from stedi.privacy.consent import State, states
from stedi.privacy.counting import ClockFault, next_counting_at
from stedi.privacy.window import Window
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG, TEXT
from stedi.schema.table import Column, Table
from stedi.trusted.people import PERSON, PERSON_BUCKET

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
    clock_faults: Sequence[ClockFault] = (),
) -> "DataFrame":
    """Decide every person's state from all their records and requests; see `privacy.consent.states`."""
    return states(
        customer_staged,
        requests,
        as_of_ms=as_of_ms,
        window=window,
        suppression_key=suppression_key,
        clock_faults=clock_faults,
    )


def next_change_at(
    consent: "DataFrame",
    customer_staged: "DataFrame",
    requests: "DataFrame",
    clock_faults: Sequence[ClockFault] = (),
    *,
    as_of_ms: int,
) -> int | None:
    """When time alone may change somebody's state next, UTC ms; None when it never will.

    A consent starts, or a time comes at which a record counts that landed before it.
    """
    from pyspark.sql import functions as F

    scheduled = consent.where(F.col("state") == State.SCHEDULED.value)
    starts: int | None = scheduled.agg(F.min("start_at")).collect()[0][0]
    counts = next_counting_at(customer_staged, requests, clock_faults, as_of_ms=as_of_ms)
    return min((at for at in (starts, counts) if at is not None), default=None)
