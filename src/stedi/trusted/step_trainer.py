"""Step Trainer readings taken under consent, of customers who have phone readings."""

from typing import TYPE_CHECKING

from stedi.landing import step_trainer as staged
from stedi.privacy.consent import consented
from stedi.privacy.ownership import standing_at
from stedi.schema.cautions import Caution
from stedi.schema.table import Table
from stedi.trusted import consent as consents
from stedi.trusted import devices, phone_readings
from stedi.trusted.people import BUCKET, PERSON
from stedi.zones import Zone

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TABLE = Table(
    zone=Zone.TRUSTED,
    name="step_trainer_trusted",
    meaning="One row per Step Trainer reading under consent of a customer who has accelerometer data.",
    columns=(*staged.LANDED.columns, PERSON, BUCKET),
    participant="person",
    moment="sensorreadingtime",
    upstreams=(staged.TABLE, devices.TABLE, consents.TABLE, phone_readings.TABLE),
    partition="bucket",
    sort=("person", "sensorreadingtime"),
    by_bucket=(staged.TABLE,),
    cautions=(
        Caution.TIME_IS_NO_KEY,
        Caution.PERSON_AND_TIME,
        Caution.ROWS_LEAVE,
        Caution.WINDOW_OF_THE_LAKE,
    ),
)


def build(
    step_trainer_staged: "DataFrame",
    devices: "DataFrame",
    consent: "DataFrame",
    phone_readings: "DataFrame",
) -> "DataFrame":
    """Give each reading its owner, and keep those taken while the owner consented.

    A reading of a device that nobody or more than one person owned when it was taken does not
    pass, nor does one whose owner has no consented phone reading.
    """
    owned = standing_at(step_trainer_staged, devices).where("person is not null")
    passed = consented(owned, consent, by="person", moment="sensorreadingtime")
    return passed.join(phone_readings, "person", "left_semi").select(*TABLE.names)
