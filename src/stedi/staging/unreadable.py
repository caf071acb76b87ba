"""What a run says of consent times that are there and cannot be read."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stedi.landing.customer import CONSENT_FAULT, UNREADABLE_FORMS
from stedi.sources.file_names import for_message
from stedi.sources.reasons import Reason

if TYPE_CHECKING:
    from stedi.staging.reading import FileRead, Tally

WHOLE_EXPORT = 0.9
"""From this share of the consent times of a file on its exporter is at fault, and not some records."""

FILES_NAMED = 5


def unreadable_consents(reads: "Sequence[FileRead]") -> list[str]:
    """What to alert of the customer files of a batch; whole exports come first."""
    found = [(read, forms) for read in reads if read.tally and (forms := forms_in(read.tally.notes))]
    alerts = [
        f"{'ALL' if not read.tally.grants else 'nearly all'} consent times of {for_message(read.file.path)} "
        f"cannot be read ({_told(forms)}): the export writes them wrongly. Everybody in it is on hold"
        for read, forms in found
        if read.tally and _is_whole(read.tally, forms)
    ]
    others = [(read, forms) for read, forms in found if read.tally and not _is_whole(read.tally, forms)]
    if others:
        together = sum((forms for _, forms in others), Counter[Reason]())
        named = ", ".join(for_message(read.file.path) for read, _ in others[:FILES_NAMED])
        more = f" and {len(others) - FILES_NAMED:,} more files" if len(others) > FILES_NAMED else ""
        records = together.total()
        alerts.append(
            f"{records:,} customer record{'s hold' if records > 1 else ' holds'} a consent time that cannot "
            f"be read ({_told(together)}) in {named}{more}. Until a newer record can be read, nothing of "
            "these people passes"
        )
    return alerts


def forms_in(notes: Counter[str]) -> Counter[Reason]:
    """Of the notes on lines, how many consent times could not be read, by form."""
    mark = f"{CONSENT_FAULT.name}:"
    return Counter({Reason(note.removeprefix(mark)): n for note, n in notes.items() if note.startswith(mark)})


def _is_whole(tally: "Tally", forms: Counter[Reason]) -> bool:
    unreadable = forms.total()
    return unreadable > 1 and unreadable >= WHOLE_EXPORT * (unreadable + tally.grants)


def _told(forms: Counter[Reason]) -> str:
    return "; ".join(f"{n:,} as {UNREADABLE_FORMS.get(form, form.value)}" for form, n in forms.most_common())
