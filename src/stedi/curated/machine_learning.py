"""Accelerometer readings beside the step reading of the same person at the same time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stedi.curated import customers
from stedi.curated.pseudonymous import BUCKET, SESSION, SUBJECT_KEY
from stedi.curated.sessions import (
    GREATEST_TOLERANCE_MS,
    Steps,
    begins,
    instants,
    nearest,
    session_of,
    who_and_when,
    with_any,
)
from stedi.ground.zones import Zone
from stedi.privacy.buckets import bucket_of
from stedi.privacy.classes import PersonalData
from stedi.privacy.pseudonyms import session_key, subject_key
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG
from stedi.schema.table import Column, Table
from stedi.trusted import accelerometer, step_trainer

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Mask = np.ndarray[Any, np.dtype[np.bool_]]

PHONE_COLUMNS = ("person", "timestamp", "x", "y", "z")
STEP_COLUMNS = ("person", "sensorreadingtime", "distancefromobject")
"""What is asked of the readings."""

LONGEST_SESSION_MS = 31 * 24 * 3600 * 1000
"""Far below any date since 1970, so that none can stand where elapsed time is declared."""

DISTANCE = step_trainer.TABLE.column("distancefromobject")
AXES = tuple(accelerometer.TABLE.column(axis) for axis in ("x", "y", "z"))

TABLE = Table(
    zone=Zone.CURATED,
    name="machine_learning_curated",
    meaning="One row per accelerometer reading, beside the step reading of the same person at the same time.",
    columns=(
        SUBJECT_KEY,
        SESSION,
        Column(
            "elapsed_ms", LONG, "Time since the session's first reading.",
            PersonalData.OPERATIONAL, "ms", required=True, minimum=0, maximum=LONGEST_SESSION_MS,
        ),
        *AXES,
        Column(
            "distancefromobject", DISTANCE.type,
            "Distance that the nearest step reading measured; null when none is near.",
            PersonalData.SENSITIVE, "mm", minimum=DISTANCE.minimum, maximum=DISTANCE.maximum,
        ),
        Column(
            "distance_offset_ms", LONG, "Time of that step reading minus the time of this one.",
            PersonalData.OPERATIONAL, "ms",
            minimum=-GREATEST_TOLERANCE_MS, maximum=GREATEST_TOLERANCE_MS,
        ),
        BUCKET,
    ),
    participant="subject_key",
    upstreams=(accelerometer.TABLE, step_trainer.TABLE, customers.TABLE),
    partition="bucket",
    sort=("subject_key", "session", "elapsed_ms"),
    cautions=(
        Caution.STILL_PERSONAL, Caution.NO_STEP_NEAR, Caution.ONE_STEP_MANY_ROWS, Caution.ROWS_LEAVE,
        Caution.WINDOW_OF_THE_LAKE,
    ),
)  # fmt: skip


def build(
    phone: "pa.Table",
    steps: "pa.Table",
    *,
    pseudonym_key: bytes,
    buckets: int,
    having: "Sequence[Mask] | None" = None,
) -> "pa.Table":
    """Put the nearest step reading beside each accelerometer reading.

    Every consented accelerometer reading of a session that has a step reading is a row, so that
    the signal has no holes. Where no step reading is near, distance and offset are null.

    Args:
        phone: All trusted phone readings of some people: `PHONE_COLUMNS`.
        steps: All their trusted step readings: `STEP_COLUMNS`.
        pseudonym_key: The key of subject keys and sessions.
        buckets: The lake's number of buckets.
        having: Some phone and some step readings: only sessions that have one of them are built.

    Returns:
        The columns of the table, texts as dictionaries, in the order of `phone`. Who has no row in
        `customers_curated` is among them: `known` says who stays.
    """
    import numpy as np
    import pyarrow as pa

    names, (phone_at, steps_at) = instants(
        (phone["person"], phone["timestamp"]), (steps["person"], steps["sensorreadingtime"])
    )
    begun = begins(phone_at, steps_at)
    session, of_step = session_of(begun, phone_at), session_of(begun, steps_at)
    is_built = with_any(len(begun), [of_step])
    if having is not None:
        is_built &= with_any(len(begun), [session[having[0]], of_step[having[1]]])
    taken = np.flatnonzero(is_built[session])
    session, at = session[taken], phone_at[taken]
    single = Steps.single(steps_at, steps["distancefromobject"].to_numpy())
    number, offset = nearest(begun, single, at)
    named = _Pseudonyms.of(names, begun, is_built, pseudonym_key, buckets)
    is_far = number < 0
    distance = single.distance[number] if len(single.distance) else np.zeros(len(number))
    columns = {
        "subject_key": named.coded(named.subjects, session),
        "session": named.coded(named.sessions, session),
        "elapsed_ms": pa.array(at - begun[session]),
        **{axis.name: phone[axis.name].take(pa.array(taken)) for axis in AXES},
        "distancefromobject": pa.array(distance, mask=is_far),
        "distance_offset_ms": pa.array(offset, mask=is_far),
        "bucket": pa.array(named.buckets[session]),
    }
    return pa.table([columns[name] for name in TABLE.names], TABLE.names)


def met_by_phone(phone: "pa.Table", steps: "pa.Table") -> tuple[int, int]:
    """How many instants of people have a step reading, and at how many of them one is in a row of the table.

    Args:
        phone: `person`, `timestamp` (UTC ms).
        steps: `STEP_COLUMNS`.
    """
    import numpy as np

    _, (phone_at, steps_at) = instants(
        (phone["person"], phone["timestamp"]), (steps["person"], steps["sensorreadingtime"])
    )
    single = Steps.single(steps_at, steps["distancefromobject"].to_numpy())
    number, _ = nearest(begins(phone_at, steps_at), single, phone_at)
    return len(single.at), len(np.unique(number[number >= 0]))


class _Pseudonyms:
    """The subject key, the pseudonym and the bucket of every session that is built."""

    def __init__(self, subjects: list[str], sessions: list[str], buckets: "np.ndarray[Any, Any]") -> None:
        self.subjects, self.sessions, self.buckets = subjects, sessions, buckets

    @classmethod
    def of(
        cls, names: list[str], begun: "np.ndarray[Any, Any]", is_built: "Mask", key: bytes, buckets: int
    ) -> "_Pseudonyms":
        """Of sessions by who begins them and when; those that are not built have none."""
        import numpy as np

        people, moments = (some.tolist() for some in who_and_when(begun))
        keys = [subject_key(name, key) for name in names]
        bucket = [bucket_of(subject, buckets) for subject in keys]
        built = is_built.tolist()
        return cls(
            [keys[who] for who in people],
            [
                session_key(names[who], at, key) if is_one else ""
                for who, at, is_one in zip(people, moments, built, strict=True)
            ],
            np.array([bucket[who] for who in people], np.int32),
        )

    @staticmethod
    def coded(texts: list[str], session: "np.ndarray[Any, Any]") -> "pa.DictionaryArray":
        """The text of each reading's session."""
        import pyarrow as pa

        distinct = pa.array(texts, pa.string()).dictionary_encode()
        return pa.DictionaryArray.from_arrays(distinct.indices.take(pa.array(session)), distinct.dictionary)


def known(rows: "pa.Table", customers_curated: "pa.Table") -> "pa.Table":
    """Keep the rows of subjects who are customers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    subjects = customers_curated["subject_key"].cast(pa.string())
    return rows.filter(pc.is_in(rows["subject_key"], value_set=subjects))
