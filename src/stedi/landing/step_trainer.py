"""Step Trainer readings as they landed, and their typed rows."""

from stedi.ground.zones import Zone
from stedi.landing.staged import BUCKET, FILE, ITEM, LINE
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG, REAL, TEXT
from stedi.schema.table import Column, Form, Kind, Table
from stedi.sources.source import Source

SENSOR_READING_TIME = Column(
    "sensorreadingtime", LONG, "When it was read, UTC.",
    PersonalData.QUASI_IDENTIFIER, "ms", required=True, form=Form.INSTANT, field="sensorReadingTime",
)  # fmt: skip
SERIAL_NUMBER = Column(
    "serialnumber", TEXT, "Serial number of the Step Trainer, a UUID in lower case.",
    PersonalData.DIRECT_IDENTIFIER, required=True, form=Form.SERIAL, field="serialNumber",
    why="Tells whose row it is, by the customer record that names it.",
)  # fmt: skip
DISTANCE = Column(
    "distancefromobject", REAL, "Distance from the sensor to the nearest object.",
    PersonalData.SENSITIVE, "mm", required=True, minimum=0, maximum=10_000, field="distanceFromObject",
)  # fmt: skip

LANDED = Table(
    zone=Zone.LANDING,
    name="step_trainer_landing",
    meaning="One row per line of the Step Trainers' landed files.",
    columns=(SENSOR_READING_TIME, SERIAL_NUMBER, DISTANCE),
    participant="serialnumber",
    moment="sensorreadingtime",
    kind=Kind.EXTERNAL,
    cautions=(Caution.AS_RECEIVED, Caution.FILES_UNSEEN, Caution.ENVELOPES),
)

TABLE = Table(
    zone=Zone.LANDING,
    name="step_trainer_staged",
    meaning="One row per accepted Step Trainer reading; a full row that landed twice is one row.",
    columns=(SENSOR_READING_TIME, SERIAL_NUMBER, DISTANCE, FILE, LINE, ITEM, BUCKET),
    participant="serialnumber",
    moment="sensorreadingtime",
    upstreams=(LANDED,),
    key=("_file_sha256", "_item", "_line"),
    partition="bucket",
    cautions=(Caution.NO_CONSENT_ASKED, Caution.TIME_IS_NO_KEY),
)

SOURCE = Source("step_trainer", landed=LANDED, staged=TABLE, identity=SERIAL_NUMBER, has_envelopes=True)
