"""Phone readings taken under consent."""

from stedi.ground.zones import Zone
from stedi.landing import accelerometer as staged
from stedi.schema.cautions import Caution
from stedi.schema.table import Table
from stedi.trusted import consent as consents
from stedi.trusted.people import BUCKET, PERSON

TABLE = Table(
    zone=Zone.TRUSTED,
    name="accelerometer_trusted",
    meaning="One row per phone reading taken while its owner consented to research use.",
    columns=(*staged.LANDED.columns, PERSON, BUCKET),
    participant="person",
    moment="timestamp",
    upstreams=(staged.TABLE, consents.TABLE),
    partition="bucket",
    sort=("person", "timestamp"),
    cautions=(
        Caution.TIME_IS_NO_KEY,
        Caution.PERSON_AND_TIME,
        Caution.ROWS_LEAVE,
        Caution.WINDOW_OF_THE_LAKE,
    ),
)
