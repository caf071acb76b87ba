"""The number of a case, by which an officer knows a request; nothing else may stand in it."""

import re

from stedi.ground.errors import UsageError
from stedi.prover.search import Search
from stedi.prover.traces import Traces
from stedi.sources.file_names import SERIAL

LONGEST = 40
_PARTS = re.compile(r"[A-Za-z0-9]+(?:[-_/#:.][A-Za-z0-9]+)*", re.ASCII)
_DOMAIN = re.compile(r"[.][A-Za-z]")


def case_number(text: str | None) -> str | None:
    """The number of a case, as it may stand on a certificate; None where there is none.

    Raises:
        UsageError: It may hold an address, a serial number or free text.
    """
    if text is None:
        return None
    number = text.strip()
    letters = re.sub(r"[^0-9A-Za-z]", "", number)
    if (
        len(number) > LONGEST
        or not _PARTS.fullmatch(number)
        or not any(letter.isdigit() for letter in number)
        or _DOMAIN.search(number)
        or SERIAL.search(letters)
    ):
        raise UsageError(
            "The case number cannot stand on a certificate; nothing was done.\n"
            f"Use at most {LONGEST} letters and digits, at least one digit, with single - _ / # "
            ": or . between "
            "them, no address and no serial number: --case DSR-2026/114"
        )
    return number


def holds_value_of(text: str, traces: Traces) -> bool:
    """Whether a text holds a value of a person: an address, name, phone number, birthday or serial number."""
    found = Search([traces]).found(text.encode(), text=True)
    return any(not trace.shared for trace in found)


def require_impersonal(number: str | None, traces: Traces) -> None:
    """Refuse a case number that holds a value of the person it is about.

    Raises:
        UsageError: It does.
    """
    if number is not None and holds_value_of(number, traces):
        raise UsageError(
            "The case number holds a value of the person; nothing was done.\nUse another: --case NUMBER"
        )
