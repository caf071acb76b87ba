"""Consenting customers with phone readings, pseudonymous."""

from typing import TYPE_CHECKING

from stedi.curated.pseudonymous import BUCKET, SUBJECT_KEY
from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.privacy.pseudonyms import subjects
from stedi.schema.cautions import Caution
from stedi.schema.column_types import INT
from stedi.schema.table import Column, Table
from stedi.trusted import customer, phone_readings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

EARLIEST_BIRTH_YEAR = 1900

TABLE = Table(
    zone=Zone.CURATED,
    name="customers_curated",
    meaning="One row per consenting customer who has accelerometer data.",
    columns=(
        SUBJECT_KEY,
        Column(
            "birth_decade", INT, "First year of the decade of birth; null when the birthday is implausible.",
            PersonalData.GENERALISED, "a", minimum=EARLIEST_BIRTH_YEAR, maximum=2100,
        ),
        customer.DEVICE_COUNT,
        phone_readings.TABLE.column("reading_count"),
        BUCKET,
    ),
    participant="subject_key",
    upstreams=(customer.TABLE, phone_readings.TABLE),
    key=("subject_key",),
    partition="bucket",
    sort=("subject_key",),
    cautions=(Caution.STILL_PERSONAL, Caution.SMALL_GROUPS, Caution.ROWS_LEAVE),
)  # fmt: skip


def build(
    customer_trusted: "DataFrame",
    phone_readings: "DataFrame",
    *,
    pseudonym_key: bytes,
    buckets: int,
) -> "DataFrame":
    """Keep the customers with at least one consented phone reading, under their pseudonym.

    A birthday counts when it is a day of the calendar's form, from 1900 up to the customer's
    registration; any other gives no decade and drops no row.
    """
    from pyspark.sql import functions as F

    keyed = subjects(customer_trusted, key=pseudonym_key, buckets=buckets)
    year = F.substring("birthday", 1, 4).cast("int")
    registered_year = F.year(F.timestamp_millis("registrationdate"))
    plausible = (
        F.col("birthday").rlike(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
        & F.expr("try_cast(birthday as date)").isNotNull()
        & (year >= EARLIEST_BIRTH_YEAR)
        & (year <= registered_year)
    )
    decade = (F.floor(year / 10) * 10).cast("int")
    return (
        customer_trusted.drop("bucket")
        .join(phone_readings.select("person", "reading_count"), "person")
        .join(keyed, "person")
        .select(
            "subject_key",
            F.when(plausible, decade).alias("birth_decade"),
            "device_count",
            "reading_count",
            "bucket",
        )
    )
