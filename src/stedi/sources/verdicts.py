"""What becomes of a landed file."""

from enum import StrEnum

from stedi.sources.reasons import Reason


class FileVerdict(StrEnum):
    """Exactly one a listed file; `listed = read + quarantined + duplicate + refused + waiting`."""

    READ = "read"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    WAITING = "waiting"


_REFUSED = (Reason.NOT_A_FILE, Reason.BAD_NAME, Reason.VANISHED)


def file_verdict(reason: Reason | None) -> FileVerdict:
    """The verdict on a file that is not read: without a reason it waits for the next run."""
    if reason is None:
        return FileVerdict.WAITING
    return FileVerdict.REFUSED if reason in _REFUSED else FileVerdict.QUARANTINED
