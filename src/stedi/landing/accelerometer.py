"""Phone readings as they landed, and their typed rows."""

from stedi.ground.zones import Zone
from stedi.landing.staged import BUCKET, FILE, ITEM, LINE, PARTICIPANT
from stedi.privacy.classes import PersonalData
from stedi.schema.cautions import Caution
from stedi.schema.column_types import LONG, REAL, TEXT
from stedi.schema.table import Column, Form, Kind, Table
from stedi.sources.source import Source

AXIS_LIMIT_MPS2 = 160.0

USER = Column(
    "user", TEXT, "E-mail of the phone's owner, as it was sent.",
    PersonalData.DIRECT_IDENTIFIER, required=True, form=Form.EMAIL, why=PARTICIPANT.why,
)  # fmt: skip
TIMESTAMP = Column(
    "timestamp", LONG, "When it was read, UTC.",
    PersonalData.QUASI_IDENTIFIER, "ms", required=True, form=Form.INSTANT,
)  # fmt: skip
AXES = tuple(
    Column(
        axis, REAL, f"Acceleration along the phone's {axis}.",
        PersonalData.SENSITIVE, "m/s2", required=True, minimum=-AXIS_LIMIT_MPS2, maximum=AXIS_LIMIT_MPS2,
    )
    for axis in ("x", "y", "z")
)  # fmt: skip

LANDED = Table(
    zone=Zone.LANDING,
    name="accelerometer_landing",
    meaning="One row per line of the phone app's landed files.",
    columns=(USER, TIMESTAMP, *AXES),
    participant="user",
    moment="timestamp",
    kind=Kind.EXTERNAL,
    cautions=(Caution.AS_RECEIVED, Caution.FILES_UNSEEN, Caution.ENVELOPES),
)

TABLE = Table(
    zone=Zone.LANDING,
    name="accelerometer_staged",
    meaning="One row per accepted phone reading; a full row that landed twice is one row.",
    columns=(USER, TIMESTAMP, *AXES, PARTICIPANT, FILE, LINE, ITEM, BUCKET),
    participant="participant",
    moment="timestamp",
    upstreams=(LANDED,),
    key=("_file_sha256", "_item", "_line"),
    partition="bucket",
    cautions=(Caution.NO_CONSENT_ASKED, Caution.TIME_IS_NO_KEY),
)

SOURCE = Source("accelerometer", landed=LANDED, staged=TABLE, identity=USER, has_envelopes=True)
