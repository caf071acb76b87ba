"""Who asked to withdraw or to be erased, told by keyed hashes alone."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from stedi.privacy.names import IDENTITY
from stedi.privacy.suppression import covered_until, device_hash, email_hashes, record_hashes

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

ERASE = "erase"


def asked(records: "DataFrame", requests: "DataFrame", *, suppression_key: bytes) -> "DataFrame":
    """Tell when each address was last asked about, by its e-mail or by an identity told under it.

    Args:
        records: Staged customer records: `participant` and `IDENTITY`.
        requests: Withdrawals and erasures: `kind`, `requested_at` (UTC ms), `hash`.
        suppression_key: The key of the hashes; it travels inside a function, never as text of a plan.

    Returns:
        `participant`, `asked_at`, `erased_at` (null: only withdrawn); times in UTC ms.
    """
    from pyspark.sql import functions as F

    def hashes(participant: str, registered_at: Any, birthday: Any, name: Any) -> Iterator[str]:
        yield from email_hashes(participant, suppression_key)
        if None not in (registered_at, birthday, name):
            yield from record_hashes(registered_at, birthday, name, suppression_key)

    told = _hashed(records.select("participant", *IDENTITY), requests, hashes, "participant")
    return (
        told.join(requests.select("kind", "requested_at", "hash"), "hash")
        .groupBy("participant")
        .agg(
            F.max("requested_at").alias("asked_at"),
            F.max(F.when(F.col("kind") == ERASE, F.col("requested_at"))).alias("erased_at"),
        )
    )


def erased_devices(records: "DataFrame", requests: "DataFrame", *, suppression_key: bytes) -> "DataFrame":
    """Tell which devices were an erased person's, and when.

    Args:
        records: Staged customer records: `serialnumber`.
        requests: Erasures: `request`, `requested_at`, `hash`, `covers_from`, `covers_until` (UTC ms).
        suppression_key: The key of the hashes.

    Returns:
        `serialnumber`, `request`, `covers_from` (null: always), `covers_until`, `is_ambiguous`: whether
        others claimed the device when the person was erased.
    """

    from pyspark.sql import functions as F

    def hashes(serialnumber: str) -> Iterator[str]:
        yield device_hash(serialnumber, suppression_key)

    devices = records.where("serialnumber is not null").select("serialnumber")
    until = F.coalesce("covers_until", F.col("requested_at") + F.lit(covered_until(0)))
    covered = requests.where("about = 'device'").select(
        "request",
        "hash",
        "covers_from",
        until.alias("covers_until"),
        F.col("covers_until").isNull().alias("is_ambiguous"),
    )
    return (
        _hashed(devices, covered, hashes, "serialnumber")
        .join(covered, "hash")
        .select("serialnumber", "request", "covers_from", "covers_until", "is_ambiguous")
    )


def _hashed(
    told: "DataFrame", requests: "DataFrame", hashes: Callable[..., Iterator[str]], name: str
) -> "DataFrame":
    """The hashes of what was told, beside its first column; nothing is hashed where nobody asked."""
    from pyspark.sql import functions as F

    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()), ("hash", pa.string())])
        for batch in batches:
            rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            pairs = list({(row[0], found) for row in rows for found in hashes(*row)})
            yield pa.RecordBatch.from_pydict(
                {name: [pair[0] for pair in pairs], "hash": [pair[1] for pair in pairs]}, schema=schema
            )

    wanted = told.join(requests.select("hash").limit(1), F.lit(True), "left_semi").distinct()
    return wanted.mapInArrow(each, f"{name} string, hash string").distinct()
