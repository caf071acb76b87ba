"""Who asked to withdraw or to be erased, told by keyed hashes alone."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from stedi.privacy.linking import first_requests
from stedi.privacy.names import IDENTITY, IDENTITY_COLUMNS
from stedi.privacy.python_rows import mapped
from stedi.privacy.suppression import (
    OF_A_PERSON,
    OF_CONSENT,
    About,
    covered_until,
    device_hash,
    email_hashes,
    record_hashes,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

ERASE = "erase"


def reached(records: "DataFrame", requests: "DataFrame", *, suppression_key: bytes) -> "DataFrame":
    """Tell which requests reach which address, by its e-mail or by an identity told under it.

    Requests that share a hash are about one person, whom the first of them names: an erased person's records
    are gone, and whose addresses they linked is told by the hashes that one request holds.

    Args:
        records: Staged customer records: `participant` and `IDENTITY`.
        requests: Withdrawals and erasures: `request`, `requested_at` (UTC ms), `about`, `hash`.
        suppression_key: The key of the hashes; it travels inside a function, never as text of a plan.

    Returns:
        `participant`, `root`: the first request about the person; one row each.
    """
    told = _hashed(
        records.select("participant", *IDENTITY),
        f"participant string, {IDENTITY_COLUMNS}",
        requests,
        _of_identity(suppression_key),
    )
    people = _of_people(requests).select("request", "hash")
    return (
        told.join(people, "hash").join(_by_root(requests), "request").select("participant", "root").distinct()
    )


def asked(reached: "DataFrame", requests: "DataFrame") -> "DataFrame":
    """Tell when each address was last asked about.

    Args:
        reached: What `reached` tells.
        requests: Withdrawals and erasures.

    Returns:
        `participant`, `asked_at`, `erased_at` (null: only withdrawn); times in UTC ms.
    """
    from pyspark.sql import functions as F

    times = (
        requests.join(_by_root(requests), "request")
        .groupBy("root")
        .agg(
            F.max("requested_at").alias("asked_at"),
            F.max(F.when(F.col("kind") == ERASE, F.col("requested_at"))).alias("erased_at"),
        )
    )
    return (
        reached.join(times, "root")
        .groupBy("participant")
        .agg(F.max("asked_at").alias("asked_at"), F.max("erased_at").alias("erased_at"))
    )


def unstaged(reached: "DataFrame", requests: "DataFrame") -> "DataFrame":
    """Tell what records of erased people told of consent that landed, and of which nothing else is kept.

    Args:
        reached: What `reached` tells.
        requests: Withdrawals and erasures.

    Returns:
        `participant`, and of a customer record `effective_at`, `lastupdatedate`, `consent_fault`,
        `sharewithresearchasofdate` and `registrationdate`. Of a consent is told that it was from before the
        erasure: it is 0, and there is no registration; when it was told from a time after it, that time.
    """
    from pyspark.sql import functions as F

    about = F.col("about")
    is_scheduled = about == About.SCHEDULED.value
    kinds = (each.value for each in (*OF_CONSENT, About.SCHEDULED))
    told = requests.where(about.isin(*kinds)).join(_by_root(requests), "request")
    return reached.join(
        told.select(
            "root",
            F.when(is_scheduled, F.lit(0).cast("bigint"))
            .otherwise(F.col("covers_from"))
            .alias("effective_at"),
            F.col("covers_until").alias("lastupdatedate"),
            F.when(about == About.STALE.value, F.lit(0).cast("bigint"))
            .when(is_scheduled, F.col("covers_from"))
            .alias("sharewithresearchasofdate"),
            F.when(about == About.UNREADABLE.value, about).alias("consent_fault"),
            F.lit(None).cast("bigint").alias("registrationdate"),
        ),
        "root",
    )


def erased_devices(records: "DataFrame", requests: "DataFrame", *, suppression_key: bytes) -> "DataFrame":
    """Tell which devices were an erased person's, and when, and when their records claimed them.

    Args:
        records: Staged customer records: `participant`, `person`, `person_bucket`, `serialnumber`,
            `IDENTITY`.
        requests: Erasures: `request`, `requested_at`, `about`, `hash`, `covers_from`, `covers_until`; times
            in UTC ms.
        suppression_key: The key of the hashes.

    Returns:
        `serialnumber`; `root`, the first of all requests about that person; `known`, the person and
        their bucket where records of theirs are there; `covers_from` (null: always), `covers_until`,
        `request_ends`; `is_ambiguous`: whether others claimed the device when the person was erased;
        `is_claim`, `several`: whether it is a claim, and beside another device; `has_claims`: whether
        claims on the device are kept too, as requests of earlier versions did not.
    """

    from pyspark.sql import functions as F

    def hashes(serialnumber: str) -> Iterator[str]:
        yield device_hash(serialnumber, suppression_key)

    about = F.col("about")
    is_claim = about.isin(About.CLAIM.value, About.CLAIM_BESIDE.value)
    request_ends = F.col("requested_at") + F.lit(covered_until(0))
    devices = requests.where((about == About.DEVICE.value) | is_claim).select(
        "request",
        "hash",
        "covers_from",
        F.when(is_claim, F.col("covers_until"))
        .otherwise(F.coalesce("covers_until", request_ends))
        .alias("covers_until"),
        request_ends.alias("request_ends"),
        (F.col("covers_until").isNull() & ~is_claim).alias("is_ambiguous"),
        is_claim.alias("is_claim"),
        (about == About.CLAIM_BESIDE.value).alias("several"),
    )
    rooted = devices.join(_roots(records, requests, suppression_key), "request", "left").withColumn(
        "root", F.coalesce("root", "request")
    )
    claimed = rooted.where("is_claim").select("root", "hash").distinct().withColumn("_claimed", F.lit(True))
    serials = records.where("serialnumber is not null").select("serialnumber")
    return (
        _hashed(serials, "serialnumber string", devices, hashes)
        .join(rooted.join(claimed, ["root", "hash"], "left"), "hash")
        .withColumn("has_claims", F.coalesce("_claimed", F.lit(False)))
        .drop("_claimed", "hash", "request")
    )


def _roots(records: "DataFrame", requests: "DataFrame", suppression_key: bytes) -> "DataFrame":
    """Tell of each request which is the first one about its person, and who that is.

    Returns:
        `request`, `root`, `known`: person and bucket, null where no record of theirs is there.
    """
    from pyspark.sql import functions as F

    whose = records.select("participant", "person", "person_bucket").distinct()
    known = (
        reached(records, requests, suppression_key=suppression_key)
        .join(whose, "participant")
        .groupBy("root")
        .agg(F.min(F.struct("person", "person_bucket")).alias("known"))
    )
    return _by_root(requests).join(known, "root", "left").select("request", "root", "known")


def _of_people(requests: "DataFrame") -> "DataFrame":
    from pyspark.sql import functions as F

    return requests.where(F.col("about").isin(*(about.value for about in OF_A_PERSON)))


def _by_root(requests: "DataFrame") -> "DataFrame":
    """Tell of each request which is the first one about its person: `request`, `root`."""

    def roots(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        told: list[tuple[str, str, int]] = []
        for batch in batches:
            told += zip(*(column.to_pylist() for column in batch.columns), strict=True)
        found = first_requests(told)
        schema = pa.schema([("request", pa.string()), ("root", pa.string())])
        yield pa.RecordBatch.from_pydict({"request": list(found), "root": [*found.values()]}, schema=schema)

    people = _of_people(requests).select("request", "hash", "requested_at")
    return mapped(
        people.repartition(1),
        "request string, hash string, requested_at bigint",
        roots,
        "request string, root string",
    )


def _of_identity(key: bytes) -> Callable[..., Iterator[str]]:
    def hashes(participant: str, registered_at: Any, birthday: Any, name: Any) -> Iterator[str]:
        yield from email_hashes(participant, key)
        if None not in (registered_at, birthday, name):
            yield from record_hashes(registered_at, birthday, name, key)

    return hashes


def _hashed(
    told: "DataFrame", columns: str, requests: "DataFrame", hashes: Callable[..., Iterator[str]]
) -> "DataFrame":
    """The hashes of what was told, beside its first column, a text; nothing is hashed where nobody asked."""
    from pyspark.sql import functions as F

    name = columns.split()[0]

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
    return mapped(wanted, columns, each, f"{name} string, hash string").distinct()
