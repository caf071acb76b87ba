"""Every line of a file has one verdict: the equation closes, or nothing is staged."""

from collections.abc import Iterable

from stedi.ground.errors import QualityGateError
from stedi.sources.file_names import for_message
from stedi.staging.ledger import LedgerEntry


def require_balance(entries: Iterable[LedgerEntry]) -> None:
    """Refuse entries whose lines do not add up.

    Raises:
        QualityGateError: Lines of one do not.
    """
    faults = [
        f"{for_message(entry.path)}: {entry.lines:,} lines, {entry.plain:,} plain, "
        f"{entry.envelopes:,} envelopes of {entry.readings:,} readings; {entry.accepted:,} accepted, "
        f"{entry.quarantined:,} quarantined, {entry.duplicate:,} duplicate, {entry.blank:,} blank, "
        f"{entry.erased:,} erased"
        for entry in entries
        if not entry.balances
    ]
    if faults:
        raise QualityGateError("Nothing was staged: lines do not add up.", faults)
