"""Whether a trusted row stands there without consent, told from the records another way.

The gate before publishing must not ask the code it guards. Of that code's answers this takes only
which addresses are one person, after proving it from the records; then it looks at the newest
record of each person and at what they asked for. Of devices see `device_evidence`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stedi.privacy.names import in_one_spelling
from stedi.privacy.python_rows import mapped
from stedi.privacy.suppression import CLOCK_TOLERANCE_MS, email_hashes
from stedi.privacy.window import Window
from stedi.schema.table import Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

LINK = ("registrationdate", "birthday", "customername")


def not_linked(customer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Keep what links records of several people: one row each time two that are one were told apart."""
    from pyspark.sql import functions as F

    compared = in_one_spelling(customer_staged)
    told = compared.join(consent.select("participant", "person"), "participant", "left")
    by_identity = told.where(" and ".join(f"{n} is not null" for n in LINK)).groupBy(*LINK)
    person = F.coalesce("person", F.lit(""))
    # Not by counting distinct people: Sail sets memory aside for each group, 0.8 GB for 24,000 records.
    is_apart = (F.min(person) != F.max(person)).alias("is_apart")
    linked = [
        by_identity.agg(is_apart).where("is_apart").select("is_apart"),
        told.groupBy("participant").agg(is_apart).where("is_apart").select("is_apart"),
        told.where("person is null").select(F.lit(True).alias("is_apart")),
    ]
    return linked[0].unionByName(linked[1]).unionByName(linked[2])


def proven(
    customer_staged: "DataFrame",
    consent: "DataFrame",
    requests: "DataFrame",
    *,
    as_of_ms: int,
    suppression_key: bytes,
) -> "DataFrame":
    """Keep the people whose newest customer records all tell of a consent that is in force.

    Args:
        customer_staged: All staged customer records.
        consent: Which addresses are one person, as `not_linked` finds nothing against.
        requests: Withdrawals and erasures.
        as_of_ms: The time of the run, UTC ms.
        suppression_key: The key of the requests' hashes.

    Returns:
        A row a person: `_proven`, who; `proven_from`, since when, and `erased_at`, UTC ms.
    """
    from pyspark.sql import functions as F

    whose = consent.select("participant", "person")
    consent_at = F.col("sharewithresearchasofdate")
    # What consents from later than now landed by a clock that was ahead.
    known = consent_at.isNull() | (F.col("effective_at") <= as_of_ms + CLOCK_TOLERANCE_MS)
    records = customer_staged.join(whose, "participant").where(known)
    own_at = F.when(consent_at.isNull() & (F.col("lastupdatedate") <= as_of_ms), F.col("lastupdatedate"))
    newest = records.groupBy("person").agg(
        F.max("effective_at").alias("effective_at"),
        F.max(consent_at).alias("latest"),
        F.max(F.when(F.col("consent_fault").isNull(), own_at)).alias("withdrawn_at"),
        F.max(F.when(F.col("consent_fault").isNotNull(), own_at)).alias("unreadable_at"),
    )
    asked = _asked(whose, requests, suppression_key)
    return (
        records.join(newest, ["person", "effective_at"])
        .groupBy("person")
        .agg(
            F.count(F.lit(1)).alias("records"),
            F.count(consent_at).alias("grants"),
            F.max(consent_at).alias("proven_from"),
            F.max("latest").alias("latest"),
            F.max("withdrawn_at").alias("withdrawn_at"),
            F.max("unreadable_at").alias("unreadable_at"),
            F.max("effective_at").alias("newest_at"),
        )
        .join(asked, "person", "left")
        .where((F.col("grants") == F.col("records")) & (F.col("proven_from") <= as_of_ms))
        .where(F.coalesce(F.col("latest") > F.col("asked_at"), F.lit(True)))
        .where(F.coalesce(F.col("latest") > F.col("withdrawn_at"), F.lit(True)))
        .where(F.coalesce(F.col("newest_at") > F.col("unreadable_at"), F.lit(True)))
        .select(F.col("person").alias("_proven"), "proven_from", "erased_at")
    )


def without_consent(rows: "pa.Table", table: Table, proof: "pa.Table", *, window: Window) -> int:
    """Count the rows that no consent in force stands for.

    Args:
        rows: Rows of a trusted table: who a row is about, and when it was taken.
        table: Its declaration.
        proof: Who is `proven`, of all that the rows may be about.
        window: The lake's consent window.
    """
    import numpy as np

    place = {person: n for n, person in enumerate(proof["_proven"].to_pylist())}
    people = rows[table.participant].combine_chunks()
    if not len(people):
        return 0
    coded = people if hasattr(people, "indices") else people.dictionary_encode()
    known = np.array([place.get(person, -1) for person in coded.dictionary.to_pylist()], np.int64)
    whose = known[coded.indices.to_numpy()]
    is_covered = whose >= 0
    # A row a person tells what is true now; whatever else a table holds was taken at its moment.
    if table.key != (table.participant,) and len(place):
        moment = rows[table.moment].to_numpy()
        erased_at = proof["erased_at"].fill_null(-1).to_numpy()
        is_covered &= moment > erased_at[whose]
        if window is Window.FROM_CONSENT:
            is_covered &= moment >= proof["proven_from"].to_numpy()[whose]
    return int(np.count_nonzero(~is_covered))


def _asked(whose: "DataFrame", requests: "DataFrame", suppression_key: bytes) -> "DataFrame":
    """When each person last asked to withdraw or to be erased, by their addresses."""
    from pyspark.sql import functions as F

    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        for batch in batches:
            addresses, people = (batch.column(name).to_pylist() for name in ("participant", "person"))
            pairs = [
                (person, hashed)
                for address, person in zip(addresses, people, strict=True)
                for hashed in email_hashes(address, suppression_key)
            ]
            yield pa.RecordBatch.from_arrays(
                [pa.array(column, pa.string()) for column in zip(*pairs, strict=True)]
                if pairs
                else [pa.array([], pa.string())] * 2,
                ["person", "hash"],
            )

    some = whose.join(requests.limit(1), F.lit(True), "left_semi")
    erased = F.when(F.col("kind") == "erase", F.col("requested_at"))
    return (
        mapped(some, "participant string, person string", each, "person string, hash string")
        .join(requests.where("about = 'email'").select("hash", "kind", "requested_at"), "hash")
        .groupBy("person")
        .agg(F.max("requested_at").alias("asked_at"), F.max(erased).alias("erased_at"))
    )
