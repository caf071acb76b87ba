"""Requests of participants to withdraw or to be erased; of erased ones it is the suppression list."""

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.privacy.suppression import About
from stedi.schema.column_types import LONG, TEXT
from stedi.schema.table import Column, Table

WITHDRAW = "withdraw"
ERASE = "erase"

TABLE = Table(
    zone=Zone.LANDING,
    name="requests",
    meaning="One row per keyed hash by which a withdrawal or erasure knows its person, and what records of "
    "an erased person told that landed later.",
    columns=(
        Column("request", TEXT, "Names the request.", PersonalData.OPERATIONAL, required=True),
        Column(
            "kind", TEXT, "withdraw or erase.", PersonalData.OPERATIONAL,
            required=True, pattern=f"{WITHDRAW}|{ERASE}",
        ),
        Column(
            "requested_at", LONG, "When it was made, UTC: what was agreed or read until then is covered.",
            PersonalData.OPERATIONAL, "ms", required=True,
        ),
        Column(
            "about", TEXT, "What the hash stands for: email, record, device, line; claim, claim_beside: a "
            "device that a record of an erased person named; seen, withdrew, unreadable, stale, scheduled: "
            "a record of theirs, and what it told.",
            PersonalData.OPERATIONAL, required=True, pattern="|".join(About),
        ),
        Column(
            "hash", TEXT, "Keyed hash of it, under the suppression key.",
            PersonalData.PSEUDONYM, required=True, pattern="[0-9a-f]{64}",
        ),
        Column(
            "covers_from", LONG, "Of a device: its readings are covered from here on, UTC; "
            "of a claim: when it was made; of a record: from when it counts, or its consent; else null.",
            PersonalData.QUASI_IDENTIFIER, "ms", why="An erased owner's readings stay away.",
        ),
        Column(
            "covers_until", LONG, "Of a device: up to, not including, this time, UTC; "
            "null: to the request, others claimed it too. Of a claim: when they named another; null: never. "
            "Of a record: its own time, if ahead.",
            PersonalData.QUASI_IDENTIFIER, "ms", why="An erased owner's readings stay away.",
        ),
    ),
    participant="hash",
    moment="requested_at",
    key=("request", "about", "hash", "covers_from"),
)  # fmt: skip
