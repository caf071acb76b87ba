"""On what terms readings pass: one row an address, or a stretch of time in which a device stands in one way.

Consent and ownership, as they concern readings. It is not stored: a run makes it from `consent`,
`devices` and `phone_readings`.

A term tells of which `key`, `since` when and `until` when (UTC ms, half-open; null: no end), which `person`'s
readings those are and in which `person_bucket` that person's rows lie, their `outcome`, `readings_from` when
they pass and `erased_at`, up to when all was erased; and the `bucket` of the key.
"""

from typing import TYPE_CHECKING

from stedi.privacy.consent import outcome
from stedi.privacy.dispositions import Disposition
from stedi.privacy.standing import Standing

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def of_addresses(consent: "DataFrame") -> "DataFrame":
    """The terms of phone readings, by the address that they name."""
    from pyspark.sql import functions as F

    always = F.lit(None).cast("bigint")
    return consent.select(
        F.col("participant").alias("key"),
        always.alias("since"),
        always.alias("until"),
        "person",
        "person_bucket",
        outcome().alias("outcome"),
        "readings_from",
        "erased_at",
        "bucket",
    )


def of_devices(devices: "DataFrame", consent: "DataFrame", phone_readings: "DataFrame") -> "DataFrame":
    """The terms of step readings, by the device that they name.

    A reading of a device that nobody or more than one person owned when it was taken does not
    pass, nor does one whose owner has no consented phone reading.
    """
    from pyspark.sql import functions as F

    with_phone = phone_readings.select("person").distinct().withColumn("has_phone", F.lit(True))
    people = consent.where("participant = person").select(
        "person", "person_bucket", "state", "readings_from", "erased_at"
    )
    by_consent = outcome()
    phoneless = (by_consent == Disposition.PASSED.value) & F.col("has_phone").isNull()
    standing = F.col("standing")
    told = devices.drop("person_bucket").join(people, "person", "left").join(with_phone, "person", "left")
    return told.select(
        F.col("serialnumber").alias("key"),
        F.col("owned_from").alias("since"),
        F.col("owned_until").alias("until"),
        "person",
        "person_bucket",
        F.when(standing == Standing.ERASED.value, Disposition.ERASED.value)
        .when(standing == Standing.AMBIGUOUS.value, Disposition.AMBIGUOUS.value)
        .when(standing == Standing.HANDOVER.value, Disposition.HANDOVER.value)
        .when(phoneless, Disposition.NO_ACCELEROMETER.value)
        .otherwise(by_consent)
        .alias("outcome"),
        "readings_from",
        "erased_at",
        "bucket",
    )
