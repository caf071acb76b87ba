"""Customers who agreed to research use."""

from typing import TYPE_CHECKING

from stedi.ground.zones import Zone
from stedi.landing import customer as staged
from stedi.privacy.classes import PersonalData
from stedi.privacy.consent import State, newest
from stedi.schema.cautions import Caution
from stedi.schema.column_types import INT
from stedi.schema.table import Column, Table
from stedi.trusted import consent as consents
from stedi.trusted import devices as owned_devices
from stedi.trusted.people import BUCKET, PERSON

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

DEVICE_COUNT = Column(
    "device_count", INT, "Step Trainers that are or were the customer's, alone.",
    PersonalData.OPERATIONAL, "1", required=True, minimum=0,
)  # fmt: skip

TABLE = Table(
    zone=Zone.TRUSTED,
    name="customer_trusted",
    meaning="One row per consenting customer, the newest record of each.",
    columns=(*staged.FIELDS, DEVICE_COUNT, PERSON, BUCKET),
    participant="person",
    moment="lastupdatedate",
    upstreams=(staged.TABLE, consents.TABLE, owned_devices.TABLE),
    key=("person",),
    partition="bucket",
    sort=("person",),
    cautions=(Caution.BIRTHDAY_IMPLAUSIBLE, Caution.ROWS_LEAVE),
)


def build(customer_staged: "DataFrame", consent: "DataFrame", devices: "DataFrame") -> "DataFrame":
    """Keep the newest record of each person whose state is GIVEN, and count their devices.

    A device counts for whoever owned it at any time; one that stood ambiguous all along for nobody.
    """
    from pyspark.sql import functions as F

    counted = (
        devices.where("person is not null")
        .select("person", "serialnumber")
        .distinct()
        .groupBy("person")
        .agg(F.count(F.lit(1)).cast("int").alias("_device_count"))
    )
    current = newest(customer_staged, consent.where(F.col("state") == State.GIVEN.value))
    return (
        current.join(counted, "person", "left")
        .withColumn("device_count", F.coalesce("_device_count", F.lit(0)))
        .select(*TABLE.names)
    )
