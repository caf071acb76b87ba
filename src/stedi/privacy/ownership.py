"""Whose device it is, and when: from the records that name it, one device at a time."""

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from stedi.privacy.asking import erased_devices
from stedi.privacy.buckets import bucket_of
from stedi.privacy.claims import ALWAYS, stretches
from stedi.privacy.python_rows import arrow_columns, mapped
from stedi.privacy.standing import Naming

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

DEVICES_SCHEMA = (
    "serialnumber string, owned_from bigint, owned_until bigint, standing string, person string, "
    "person_bucket int, bucket int"
)
EVENTS_SCHEMA = (
    "serialnumber string, events array<struct<at bigint, person string, person_bucket int, names boolean, "
    "several boolean, is_first boolean, is_erased boolean, covers_until bigint, bars boolean, "
    "only_covers boolean>>"
)
"""The fields of a `Naming`, in their order."""


def devices(
    records: "DataFrame",
    consent: "DataFrame",
    requests: "DataFrame",
    *,
    suppression_key: bytes,
    buckets: int,
) -> "DataFrame":
    """Tell how each device stands, stretch by stretch of time; see `stretches`.

    Args:
        records: Staged customer records: `participant`, `serialnumber`, `effective_at` (UTC ms).
        consent: One row an address: `participant`, `person`, `person_bucket`, `erased_at`.
        requests: Withdrawals and erasures; those of a device keep its past where records are gone.
        suppression_key: The key of the requests' hashes.
        buckets: The lake's number of buckets.

    Returns:
        One row a stretch: `serialnumber`, `owned_from`, `owned_until` (UTC ms, half-open; null: no
        end), `standing`, `person` and `person_bucket` (null unless owned), `bucket` (of the serial).
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    whose = consent.select("participant", "person", "person_bucket", "erased_at")
    told = records.join(whose, "participant").withColumn(
        "is_first", F.col("effective_at") == F.min("effective_at").over(Window.partitionBy("person"))
    )
    naming = told.where("serialnumber is not null")
    kept = _erased(naming, requests, suppression_key)
    # One row for each time that somebody names a device, and one for the next time that they name another:
    # as many as there are records, however many name one device or one person names.
    instants = naming.groupBy("person", F.col("effective_at").alias("at")).agg(
        (F.min("serialnumber") != F.max("serialnumber")).alias("several"),
        F.max("is_first").alias("is_first"),
    )
    named = naming.select(
        "person", "person_bucket", "serialnumber", F.col("effective_at").alias("at")
    ).distinct()
    names = named.join(instants, ["person", "at"]).select(
        "serialnumber", "at", "person", "person_bucket", F.lit(True).alias("names"), "several", "is_first"
    )
    events = names.unionByName(_left(named, instants)).select(
        "*",
        F.lit(False).alias("is_erased"),
        F.lit(None).cast("bigint").alias("covers_until"),
        F.lit(False).alias("bars"),
        F.lit(False).alias("only_covers"),
    )
    event = F.struct(*(field.name for field in fields(Naming)))
    by_device = events.unionByName(kept).groupBy("serialnumber").agg(F.collect_list(event).alias("events"))
    return mapped(by_device, EVENTS_SCHEMA, _rows(buckets), DEVICES_SCHEMA)


def _left(named: "DataFrame", instants: "DataFrame") -> "DataFrame":
    """When people name another device than the one that they named last."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    # Most people name devices at one instant alone; a window over each of them costs more than the rest.
    often = instants.groupBy("person").agg((F.min("at") != F.max("at")).alias("is_often")).where("is_often")
    following = F.lead("at").over(Window.partitionBy("person").orderBy("at"))
    followed = instants.join(often, "person", "left_semi").select("person", "at", following.alias("next_at"))
    return (
        named.join(followed.where("next_at is not null"), ["person", "at"])
        .select("serialnumber", F.col("next_at").alias("at"), "person", "person_bucket")
        .join(named.select("serialnumber", "at", "person"), ["serialnumber", "at", "person"], "left_anti")
        .select(
            "serialnumber",
            "at",
            "person",
            "person_bucket",
            F.lit(False).alias("names"),
            F.lit(False).alias("several"),
            F.lit(False).alias("is_first"),
        )
    )


def _erased(naming: "DataFrame", requests: "DataFrame", suppression_key: bytes) -> "DataFrame":
    """What requests keep of who had a device: their claims, and what of its time is covered."""
    from pyspark.sql import functions as F

    # While records of the erased person are there, it is that person.
    told = erased_devices(naming, requests, suppression_key=suppression_key)
    claims = F.array(
        _event(F.col("covers_from"), names=True),
        _event(F.col("covers_until"), names=False),
        # With the request they have it no more, whatever becomes of them.
        _event(F.col("request_ends"), names=False),
    )
    covers = F.array(
        _event(F.coalesce("covers_from", F.lit(ALWAYS).cast("bigint")), names=True),
        _event(F.col("covers_until"), names=False),
    )
    begins, is_claim = F.col("end.names"), F.col("is_claim")
    return (
        told.withColumn("end", F.explode(F.when(is_claim, claims).otherwise(covers)))
        .where("end.at is not null")
        .select(
            "serialnumber",
            "end.at",
            F.coalesce("known.person", F.concat(F.lit("erased "), "root")).alias("person"),
            "known.person_bucket",
            "end.names",
            (begins & F.col("several")).alias("several"),
            F.lit(False).alias("is_first"),
            F.col("known").isNull().alias("is_erased"),
            F.when(begins & ~is_claim, F.col("covers_until")).alias("covers_until"),
            (~begins & ~is_claim & F.col("is_ambiguous")).alias("bars"),
            (~is_claim & F.col("has_claims")).alias("only_covers"),
        )
    )


def _event(at: Any, *, names: bool) -> Any:
    from pyspark.sql import functions as F

    return F.struct(at.alias("at"), F.lit(names).alias("names"))


def _rows(buckets: int) -> Any:
    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        schema = arrow_columns(DEVICES_SCHEMA)
        for batch in batches:
            rows = [
                (
                    serial,
                    stretch.since,
                    stretch.until,
                    str(stretch.standing),
                    stretch.owner and stretch.owner.person,
                    stretch.owner and stretch.owner.person_bucket,
                    bucket_of(serial, buckets),
                )
                for serial, events in zip(*(column.to_pylist() for column in batch.columns), strict=True)
                for stretch in stretches(Naming(**event) for event in events)
            ]
            columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in schema]
            yield pa.record_batch(columns, schema=schema)

    return each
