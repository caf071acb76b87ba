"""Step Trainer readings taken under consent, of customers who have phone readings."""

from typing import TYPE_CHECKING

from stedi.landing import customer
from stedi.landing import step_trainer as staged
from stedi.landing.staged import BUCKET, PARTICIPANT
from stedi.privacy.consent import consented
from stedi.privacy.ownership import owned
from stedi.schema.cautions import Caution
from stedi.schema.table import Table
from stedi.trusted import accelerometer
from stedi.trusted import consent as consents
from stedi.zones import Zone

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TABLE = Table(
    zone=Zone.TRUSTED,
    name="step_trainer_trusted",
    meaning="One row per Step Trainer reading under consent of a customer who has accelerometer data.",
    columns=(*staged.LANDED.columns, PARTICIPANT, BUCKET),
    participant="participant",
    moment="sensorreadingtime",
    upstreams=(staged.TABLE, customer.TABLE, consents.TABLE, accelerometer.TABLE),
    partition="bucket",
    sort=("participant", "sensorreadingtime"),
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
    customer_staged: "DataFrame",
    consent: "DataFrame",
    accelerometer_trusted: "DataFrame",
) -> "DataFrame":
    """Give each reading its owner, and keep those taken while the owner consented.

    A reading of a device that nobody or more than one person owns does not pass, nor does one
    whose owner has no consented phone reading.
    """
    with_phone = accelerometer_trusted.select("participant").distinct()
    passed = consented(owned(step_trainer_staged, customer_staged), consent, moment="sensorreadingtime")
    return passed.join(with_phone, "participant", "left_semi").select(*TABLE.names)
