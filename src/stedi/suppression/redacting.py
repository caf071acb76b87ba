"""Paths of landed files without the e-mails and serial numbers of erased people."""

import re
from collections.abc import Callable, Iterable, Iterator

from stedi.decoding.escapes import unescaped
from stedi.privacy.identity import LONGEST_ADDRESS
from stedi.sources.file_names import SERIAL
from stedi.suppression.identities import is_letter, uuid_of

HashOf = Callable[[str], str | None]
"""The keyed hash of an erased person's e-mail or serial number; "" of an e-mail that is plainly another's."""

# At every place: one may begin inside what looks like another.
_SERIALS = re.compile(f"(?=({SERIAL.pattern}))", re.IGNORECASE)
_ENDINGS = re.compile(r"(?:\.(?:json|jsonl|ndjson|txt|csv|parquet|zip|gz))*\Z", re.IGNORECASE)


def redacted_path(path: str, hash_of: HashOf) -> str:
    """A path with keyed hashes in place of e-mails and serial numbers of erased people.

    A part of it that names one behind escapes is replaced whole.

    Args:
        path: The path.
        hash_of: Tells whose an e-mail or serial number is.
    """
    # As it stands, for an address may hold `%40`, and then with `%40` for the sign.
    path = _without_plain(path, hash_of)
    plain = re.sub("%40", "@", path, flags=re.IGNORECASE)
    redacted = _without_plain(plain, hash_of)
    parts = (redacted if redacted != plain else path).split("/")
    return "/".join(_without_escaped(part, hash_of) for part in parts)


def first_hash(readings: Iterable[str], hash_of: HashOf) -> str | None:
    """The hash of the first of some readings of one place that is an erased person's; None of another's."""
    return next((told for each in readings if (told := hash_of(each)) is not None), None) or None


def _without_plain(path: str, hash_of: HashOf) -> str:
    while found := _first_in(path, hash_of):
        begin, end, name = found
        path = path[:begin] + name + path[end:]
    return path


def _without_escaped(part: str, hash_of: HashOf) -> str:
    for view in unescaped(part.encode("utf-8", "surrogateescape")):
        if found := _first_in(view.decode("utf-8", "replace"), hash_of):
            ending = _ENDINGS.search(part)
            return found[2] + (ending[0] if ending else "")
    return part


def _first_in(text: str, hash_of: HashOf) -> tuple[int, int, str] | None:
    """Where the first erased person is named in a text, and what is to stand there."""
    for serial in _SERIALS.finditer(text):
        if told := hash_of(uuid_of(serial[1])):
            return serial.start(1), serial.end(1), f"erased-{told[:8]}"
    at = text.find("@")
    while at >= 0:
        for begin, end in _addresses_around(text, at):
            if (told := hash_of(text[begin:end])) is not None:
                if told:
                    return begin, end, f"erased-{told[:8]}"
                break
        at = text.find("@", at + 1)
    return None


def _addresses_around(text: str, at: int) -> Iterator[tuple[int, int]]:
    """What around a sign may be an address, the longest first; a name goes on where an address ends."""
    before = range(max(0, at - LONGEST_ADDRESS), at)
    after = range(min(len(text), at + LONGEST_ADDRESS), at + 1, -1)
    begins = [n for n in before if n == 0 or not is_letter(text[n - 1])]
    ends = [n for n in after if n == len(text) or not is_letter(text[n])]
    return (
        (begin, end) for end in ends for begin in begins if "@" not in text[begin:at] + text[at + 1 : end]
    )
