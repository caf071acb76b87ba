"""The ledger: every file that was seen, and what became of its lines."""

from stedi.ground.zones import Zone
from stedi.privacy.classes import PersonalData
from stedi.schema.column_types import LONG, TEXT
from stedi.schema.table import Column, Table


def _text(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, TEXT, meaning, PersonalData.OPERATIONAL, required=required)


def _count(name: str, meaning: str) -> Column:
    return Column(name, LONG, meaning, PersonalData.OPERATIONAL, "1", required=True, minimum=0)


def _later(name: str, meaning: str) -> Column:
    """A count that earlier versions did not keep."""
    return Column(name, LONG, meaning, PersonalData.OPERATIONAL, "1", minimum=0)


TABLE = Table(
    zone=Zone.LANDING,
    name="landed_files",
    meaning="One row per file and verdict on it: its identity, and its lines by verdict.",
    columns=(
        Column("sequence", LONG, "Counts verdicts, from 1.", PersonalData.OPERATIONAL, "1", True, minimum=1),
        _text("source", "Folder it landed in.", required=True),
        Column(
            "landing",
            TEXT,
            "The landing zone it was found in.",
            PersonalData.OPERATIONAL,
            required=True,
        ),
        Column(
            "path", TEXT, "Its path under the landing zone; a name may hold anything.",
            PersonalData.DIRECT_IDENTIFIER, required=True,
        ),
        _text("file_sha256", "SHA-256 of its unpacked content; keyed once all was erased; null: unread."),
        _text("verdict", "read, quarantined, duplicate or refused.", required=True),
        _text("reason", "Why it was not read."),
        Column("stored_bytes", LONG, "Its size as stored.", PersonalData.OPERATIONAL, "bytes", True),
        Column("modified_ns", LONG, "When it was last modified.", PersonalData.OPERATIONAL, "ns", True),
        Column("changed_ns", LONG, "When its inode last changed.", PersonalData.OPERATIONAL, "ns", True),
        Column("inode", LONG, "Its inode.", PersonalData.OPERATIONAL, "1", True),
        _count("lines", "Physical lines; for a quarantined file they count as unknown."),
        _later("plain", "Lines that are no envelope; null, of an earlier version: all lines."),
        _later("envelopes", "Lines that are envelopes, empty ones too; null, of an earlier version: none."),
        _later("readings", "What stands in the envelopes, of whatever kind; null: nothing."),
        _count("accepted", "Plain lines and readings of envelopes that became a staged row."),
        _count("quarantined", "Plain lines and readings of envelopes that were refused."),
        _count("duplicate", "Plain lines and readings of envelopes whose full row was there already."),
        _count("blank", "Blank lines, and nulls in envelopes."),
        _count("erased", "Lines and readings of people who were erased: nothing of them is kept."),
        _text("rewritten_sha256", "SHA-256 of the content once erased lines were emptied; null: never."),
        _text("notes", "Counts by name of what was noticed and let through, as JSON.", required=True),
        Column("landed_at", LONG, "When it was first seen, UTC.", PersonalData.OPERATIONAL, "ms", True),
        _text("batch", "The batch whose data files hold its rows.", required=True),
        Column(
            "replayed_at", LONG, "When its lines refused as FUTURE were read again last, UTC; null: never.",
            PersonalData.OPERATIONAL, "ms",
        ),
        _text("replays", "Batches that hold rows of lines read again, by blanks apart; null: none."),
    ),
    moment="landed_at",
    key=("sequence",),
)  # fmt: skip
