"""Published runs: which snapshot of every table belongs together."""

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.column_types import LONG, TEXT
from stedi.schema.table import Column, Table


def _text(name: str, meaning: str) -> Column:
    return Column(name, TEXT, meaning, PersonalData.OPERATIONAL, required=True)


TABLE = Table(
    zone=Zone.LANDING,
    name="releases",
    meaning="One row per published run, with the snapshot of every table.",
    columns=(
        Column("number", LONG, "Counts releases, from 1.", PersonalData.OPERATIONAL, "1", True, minimum=1),
        _text("run_id", "The run that published it."),
        Column("as_of_ms", LONG, "The time the run decided for, UTC.", PersonalData.OPERATIONAL, "ms", True),
        Column("published_at", LONG, "When it was published, UTC.", PersonalData.OPERATIONAL, "ms", True),
        _text("version", "Version of the package that built it."),
        _text("inputs", "Fingerprint of all that the tables follow from."),
        Column(
            "next_change_at", LONG, "When time alone changes a state next, UTC; null: never.",
            PersonalData.QUASI_IDENTIFIER, "ms", why="Tells when a run is due although nothing landed.",
        ),
        _text("snapshots", "Snapshot id by table, as JSON."),
        _text("rows_by_table", "Rows by table, as JSON."),
        _text("dispositions", "Accepted rows by source and by what became of them, as JSON."),
    ),
    moment="published_at",
    key=("number",),
)  # fmt: skip
