"""Step Trainer readings taken under consent, of customers who have phone readings."""

from stedi.ground.zones import Zone
from stedi.landing import step_trainer as staged
from stedi.schema.cautions import Caution
from stedi.schema.table import Table
from stedi.trusted import consent as consents
from stedi.trusted import devices, phone_readings
from stedi.trusted.people import BUCKET, PERSON

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
    cautions=(
        Caution.TIME_IS_NO_KEY,
        Caution.PERSON_AND_TIME,
        Caution.ROWS_LEAVE,
        Caution.WINDOW_OF_THE_LAKE,
    ),
)
