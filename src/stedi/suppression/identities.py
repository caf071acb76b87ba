"""E-mails and serial numbers in a text of any kind, in a time that grows with its length alone."""

import contextlib
import json
import re
import unicodedata
from collections.abc import Iterator

_LONGEST = 320
# Blanks, brackets, and punctuation of other scripts such as curly quotes: in no address.
_NEVER = (
    r"\s\"<>,;:()\[\]\\@\u0080-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b9\u00bb-\u00bf"
    r"\u2000-\u206f\u3000-\u303f\ufeff\ufffd"
)
# From the sign outwards, and so far: a search for what stands before it would try every letter of a line.
_BACKWARDS = re.compile(rf"[^{_NEVER}]{{1,{_LONGEST}}}")
_AFTER = re.compile(rf"[^{_NEVER}'=|/&?{{}}!#$%*+^`~]{{1,{_LONGEST}}}")
# An address may hold these, and as often they stand before one; a quote inside a word is a part of it.
_MAY_BEGIN_BEHIND = re.compile(r"[=/&|?{}!#$*^`~]|(?<![^\W_])'+|'+(?![^\W_])")
_MOST_BEGINNINGS = 16
_QUOTED = re.compile(rf'"((?:[^"\\]|\\.){{0,{_LONGEST}}})"')
# The hyphens of a serial number first, and then what stands around them, for the same reason.
_HYPHENS = re.compile(r"-(?:[0-9a-fA-F]{4}-){3}")
_SERIAL = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# Without hyphens only alone: a long line of digits would hold one at every place.
_DIGITS = re.compile(r"[0-9a-fA-F]{32,}")


def uuid_of(text: str) -> str:
    """A serial number as the staged tables write it: lower case, with its hyphens."""
    digits = text.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def serials_in(text: str) -> Iterator[str]:
    """Everything in a text that may be a serial number."""
    for middle in _HYPHENS.finditer(text):
        if found := _SERIAL.match(text, max(0, middle.start() - 8)):
            yield uuid_of(found.group())
    for run in _DIGITS.finditer(text):
        if len(run.group()) == 32:
            yield uuid_of(run.group())


def addresses_in(text: str) -> Iterator[str]:
    """Everything in a line that may be an e-mail, whether the line is JSON or not."""
    for readings in address_readings(text):
        yield from readings


def address_readings(text: str) -> Iterator[list[str]]:
    """For each place in a line that may be an e-mail, all that may be the whole of it, the longest first."""
    # A text in quotes may be an address of any letters, escaped ones too.
    for found in _QUOTED.finditer(text):
        inner = found.group(1)
        if "@" in inner or "\\u0040" in inner:
            with contextlib.suppress(ValueError):
                inner = str(json.loads(f'"{inner}"'))
            yield [inner]
    text = text.replace("%40", "@").replace("\\u0040", "@")
    at = text.find("@")
    reversed_text = text[::-1] if at >= 0 else ""
    while at >= 0:
        before = _BACKWARDS.match(reversed_text, len(text) - at)
        after = _AFTER.match(text, at + 1)
        if before and after:
            read = [f"{local}@{after.group()}" for local in _locals_in(before.group()[::-1])]
            yield [form for each in read for form in dict.fromkeys((each, each.strip(".")))]
        at = text.find("@", at + 1)


def ends_of(address: str) -> Iterator[str]:
    """Every end of an address that begins behind what is no letter or digit.

    >>> list(ends_of("#a.na@test.com"))
    ['a.na@test.com', 'na@test.com']
    """
    for begin in range(1, address.rfind("@")):
        if not is_letter(address[begin - 1]) and is_letter(address[begin]):
            yield address[begin:]


def is_letter(character: str) -> bool:
    """Whether a character is a letter, a digit or an accent: no other word begins or ends beside it."""
    return character.isalnum() or bool(unicodedata.combining(character))


def _locals_in(before: str) -> Iterator[str]:
    """What stands before the sign, and its ends that may be the whole of an address."""
    yield before
    begins = [found.end() for found in _MAY_BEGIN_BEHIND.finditer(before) if found.end() < len(before)]
    for begin in begins[-_MOST_BEGINNINGS:]:
        yield before[begin:]
