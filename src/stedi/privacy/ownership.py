"""Whose device it is, and when: from the records that name it, one device at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from stedi.privacy.asking import erased_devices
from stedi.privacy.buckets import bucket_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

GUARD_MS = 24 * 3600 * 1000
"""Around a hand-over nobody knows whose readings they are: transit, resale."""

ALWAYS = 0
"""From the beginning of time."""

DEVICES_SCHEMA = (
    "serialnumber string, owned_from bigint, owned_until bigint, standing string, person string, "
    "person_bucket int, bucket int"
)


class Standing(StrEnum):
    """How a device stands for a while; where none is told nobody owns it."""

    OWNED = "owned"
    AMBIGUOUS = "ambiguous"
    HANDOVER = "handover"
    ERASED = "erased"


@dataclass(frozen=True)
class Naming:
    """What a person's records of one instant say of a device.

    Attributes:
        at: The instant, UTC ms.
        person: Whose records they are.
        person_bucket: The person's bucket; None for an erased one.
        names: Whether they name the device; else they name another, and it is no longer theirs.
        several: Whether they name more than one.
        is_first: Whether they are the person's first.
        is_erased: Whether nothing is left of the person but the request.
        covers_until: Up to, not including, when an erasure covers the device from here on, UTC ms; None:
            no erasure tells this.
        bars: Whether it ends what an erasure covers while others claim the device.
    """

    at: int
    person: str
    person_bucket: int | None
    names: bool
    several: bool = False
    is_first: bool = False
    is_erased: bool = False
    covers_until: int | None = None
    bars: bool = False


@dataclass(frozen=True)
class Stretch:
    """A stretch of time, UTC ms, half-open, in which a device stands in one way; `until` None: no end."""

    since: int
    until: int | None
    standing: Standing
    owner: Naming | None = None


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
    instants = naming.groupBy("person", "person_bucket", "effective_at").agg(
        F.collect_set("serialnumber").alias("named"), F.max("is_first").alias("is_first")
    )
    by_record = naming.select("person", "serialnumber").distinct().join(instants, "person")
    events = by_record.select(
        "serialnumber",
        F.col("effective_at").alias("at"),
        "person",
        "person_bucket",
        F.array_contains("named", F.col("serialnumber")).alias("names"),
        (F.size("named") > 1).alias("several"),
        "is_first",
        F.lit(False).alias("is_erased"),
        F.lit(None).cast("bigint").alias("covers_until"),
        F.lit(False).alias("bars"),
    ).unionByName(_erased(naming, requests, suppression_key))
    event = F.struct(*(field.name for field in fields(Naming)))
    by_device = events.groupBy("serialnumber").agg(F.collect_list(event).alias("events"))
    return by_device.mapInArrow(_rows(buckets), DEVICES_SCHEMA)


def _erased(naming: "DataFrame", requests: "DataFrame", suppression_key: bytes) -> "DataFrame":
    """What requests keep of who had a device: from when they named it, and when no longer."""
    from pyspark.sql import functions as F

    # While records of the erased person are there, it is that person.
    known = (
        naming.where("erased_at is not null")
        .groupBy("serialnumber")
        .agg(F.min(F.struct("person", "person_bucket")).alias("known"))
    )
    covered = erased_devices(naming, requests, suppression_key=suppression_key).join(
        known, "serialnumber", "left"
    )
    ends = F.array(
        F.struct(
            F.coalesce("covers_from", F.lit(ALWAYS).cast("bigint")).alias("at"), F.lit(True).alias("names")
        ),
        F.struct(F.col("covers_until").alias("at"), F.lit(False).alias("names")),
    )
    begins = F.col("end.names")
    return covered.withColumn("end", F.explode(ends)).select(
        "serialnumber",
        "end.at",
        F.coalesce("known.person", F.concat(F.lit("erased "), "request")).alias("person"),
        "known.person_bucket",
        "end.names",
        F.lit(False).alias("several"),
        F.lit(False).alias("is_first"),
        F.col("known").isNull().alias("is_erased"),
        F.when(begins, F.col("covers_until")).alias("covers_until"),
        (~begins & F.col("is_ambiguous")).alias("bars"),
    )


def stretches(told: Iterable[Naming]) -> list[Stretch]:
    """Tell how a device stands, from all that was ever told of it, in any order.

    It is the person's whose record names it, from that record on; from the beginning of time when
    it is the person's first and nobody named the device before. It stays theirs until they name
    another or somebody else names it, which is a hand-over; `GUARD_MS` before and after a hand-over
    it is nobody's. It is ambiguous when two people name it at one instant, when a person names it
    beside another device, and when a person names it again after somebody else did without having
    named another meanwhile: two live owners. That lasts until a person names it alone when every
    other who ever did has named another since.

    What an erasure covers is nobody else's, whatever the records that are left tell of that time. Its
    begin needs no guard, for it follows from stretches in which guards were cut. Who claimed the device
    beside the erased person has it only by a newer record.
    """
    found: list[Stretch] = []
    handovers: list[int] = []
    live: set[str] = set()
    ever: set[str] = set()
    owner: Naming | None = None
    ambiguous = False
    since = ALWAYS
    in_time = sorted(told, key=lambda n: (n.at, n.person, not n.is_first))
    covered = [(n.at, n.covers_until, n.person) for n in in_time if n.covers_until is not None]
    for at, group in groupby(in_time, key=lambda n: n.at):
        namings = list(group)
        was_owner, was_ambiguous, was_live = owner, ambiguous, set(live)
        naming = [n for n in namings if n.names]
        live -= {n.person for n in namings if not n.names}
        live |= {n.person for n in naming}
        is_known = bool(ever)
        ever |= {n.person for n in naming}
        alone = len({n.person for n in naming}) == 1 and not any(n.several for n in naming)
        sole = naming[0] if alone else None
        if owner and owner.person not in live:
            owner = None
        if naming and not (sole and owner and sole.person == owner.person):
            if len(ever) > 1 and any(n.covers_until is None for n in naming):
                handovers.append(at)
            returns = sole is not None and sole.person in was_live and owner is not None
            ambiguous = sole is None or returns or (ambiguous and live != {sole.person})
            owner = None if ambiguous else sole
        if owner and any(n.bars for n in namings):
            owner, ambiguous = None, True
        ambiguous = ambiguous and bool(live)
        found += _ended(since, at, was_owner, was_ambiguous, covered)
        since = ALWAYS if owner and owner.is_first and not is_known else at
    found += _ended(since, None, owner, ambiguous, covered)
    return _guarded(found, handovers)


def _ended(
    since: int,
    until: int | None,
    owner: Naming | None,
    ambiguous: bool,
    covered: Iterable[tuple[int, int, str]],
) -> list[Stretch]:
    if since == until:
        return []
    whose = {person for begins, ends, person in covered if begins <= since < ends}
    if whose and (owner is None or owner.person not in whose):
        return [Stretch(since, until, Standing.ERASED)]
    if ambiguous:
        return [Stretch(since, until, Standing.AMBIGUOUS)]
    if owner and owner.is_erased:
        return [Stretch(since, until, Standing.ERASED)]
    return [Stretch(since, until, Standing.OWNED, owner)] if owner else []


def _guarded(found: Iterable[Stretch], handovers: Iterable[int]) -> list[Stretch]:
    """Cut the guards, first and last instant included, out of what is owned."""
    for at in handovers:
        found = [piece for stretch in found for piece in _cut(stretch, at - GUARD_MS, at + GUARD_MS + 1)]
    return list(found)


def _cut(stretch: Stretch, begin: int, end: int) -> Iterator[Stretch]:
    begin = max(begin, stretch.since)
    end = end if stretch.until is None else min(end, stretch.until)
    if stretch.standing is not Standing.OWNED or begin >= end:
        yield stretch
        return
    if stretch.since < begin:
        yield Stretch(stretch.since, begin, Standing.OWNED, stretch.owner)
    yield Stretch(begin, end, Standing.HANDOVER)
    if end != stretch.until:
        yield Stretch(end, stretch.until, Standing.OWNED, stretch.owner)


def _rows(buckets: int) -> Any:
    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        types = {"string": pa.string(), "bigint": pa.int64(), "int": pa.int32()}
        schema = pa.schema([(n, types[t]) for n, t in (part.split() for part in DEVICES_SCHEMA.split(", "))])
        for batch in batches:
            rows = [
                {
                    "serialnumber": serial,
                    "owned_from": stretch.since,
                    "owned_until": stretch.until,
                    "standing": stretch.standing.value,
                    "person": stretch.owner and stretch.owner.person,
                    "person_bucket": stretch.owner and stretch.owner.person_bucket,
                    "bucket": bucket_of(serial, buckets),
                }
                for serial, events in zip(*(column.to_pylist() for column in batch.columns), strict=True)
                for stretch in stretches(Naming(**event) for event in events)
            ]
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return each


def standing_at(readings: "DataFrame", devices: "DataFrame") -> "DataFrame":
    """Put beside each reading how its device stood when it was taken, and whose it was.

    Args:
        readings: `serialnumber`, `sensorreadingtime` (UTC ms) and more.
        devices: One row a stretch; those of one device never overlap, so no reading is doubled.

    Returns:
        All readings with `standing` (null: nobody owned it) and `person` (null unless owned).
    """
    from pyspark.sql import functions as F

    at = F.col("sensorreadingtime")
    stretches = devices.select(
        F.col("serialnumber").alias("_serialnumber"), "owned_from", "owned_until", "standing", "person"
    )
    covers = (
        (F.col("serialnumber") == F.col("_serialnumber"))
        & (at >= F.col("owned_from"))
        & (F.col("owned_until").isNull() | (at < F.col("owned_until")))
    )
    return readings.join(stretches, covers, "left").drop("_serialnumber", "owned_from", "owned_until")
