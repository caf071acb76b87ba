"""How many phone readings each person has under consent."""

from typing import TYPE_CHECKING

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG
from stedi.schema.table import Column, Table
from stedi.trusted import accelerometer
from stedi.trusted.people import BUCKET, PERSON

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TABLE = Table(
    zone=Zone.TRUSTED,
    name="phone_readings",
    meaning="One row per person who has phone readings under consent.",
    columns=(
        PERSON,
        Column(
            "reading_count", LONG, "Consented phone readings of the customer.",
            PersonalData.OPERATIONAL, "1", required=True, minimum=1,
        ),
        BUCKET,
    ),
    participant="person",
    upstreams=(accelerometer.TABLE,),
    key=("person",),
    partition="bucket",
    sort=("person",),
    by_bucket=(accelerometer.TABLE,),
    cautions=(Caution.ROWS_LEAVE,),
)  # fmt: skip


def build(accelerometer_trusted: "DataFrame") -> "DataFrame":
    """Count the phone readings of each person."""
    from pyspark.sql import functions as F

    counted = accelerometer_trusted.groupBy("person", "bucket").agg(F.count(F.lit(1)).alias("reading_count"))
    return counted.select(*TABLE.names)
