"""Texts and packed bytes that stand encoded in a text: base64, base32, hexadecimal digits."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stedi.decoding.packings import HEAD_BYTES, is_zlib, packing_of
from stedi.decoding.texts import tells_something

SHORTEST = 8
"""Characters: six bytes, the shortest address with a name, a domain and a dot."""
LONG = 64
"""So many characters that can be read in no way are named as what nobody can search."""
SHORT = 128
"""Characters up to which it is remembered what a run stands for."""
LARGEST_INFLATED = 1 << 26

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")
_CHARACTERS = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
# Each begins with one byte that is told, for only such patterns are found quickly.
_GOES_ON = (
    re.compile(rb"\n[ \t]*(?:\\n)?[A-Za-z0-9+/_-]{2}"),
    re.compile(rb"\\[rn][ \t]*(?:\\n)?[A-Za-z0-9+/_-]{2}"),
)
_WRAPPED = re.compile(
    rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}+"
    rb"(?:(?:[ \t]*(?:\\r|\\n|\r|\n)+[ \t]*)[A-Za-z0-9+/_-]{2,}+)+={0,2}"
)
_LINE_ENDS = re.compile(rb"\\r|\\n|[\r\n \t]")
_HEX_DIGITS = b"0123456789ABCDEFabcdef"
_NOT_HEX = re.compile(rb"[^0-9A-Fa-f-]")
_HEX_AND_MORE = re.compile(rb"[^0-9A-Fa-f]([0-9A-Fa-f]{12,})\Z")
_BASE32 = re.compile(rb"[A-Z2-7]{16,}")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PARTS = re.compile(rb"[A-Za-z0-9+]{8,}={0,2}")
_NO_BASE64 = re.compile(rb"[a-z]+|[A-Z]+|[A-Z]?[a-z]+[0-9]?")
_PRINTED = bytes(range(32, 127)) + b"\t\n\r"


@dataclass(frozen=True)
class Encoded:
    """Bytes that stood encoded in others.

    Attributes:
        at: Where they begin.
        size: How many bytes they take there.
        content: What they stand for; of what can be read in no way, its bytes.
        is_read: Whether it is text, or packed in a known way.
    """

    at: int
    size: int
    content: bytes
    is_read: bool


def encoded_in(data: bytes, since: int = 0, until: int | None = None) -> Iterator[Encoded]:
    """Everything that may stand encoded in some bytes; each distinct piece once.

    What is short and neither text nor packed is given too, for it may hold a text among other bytes.

    Args:
        data: The bytes.
        since: Only what begins here or later.
        until: Only what begins before this place.
    """
    end = len(data) if until is None else until
    begin, going_on = _going_on(data, since)
    if going_on:
        yield from _parts_of(going_on, since)
    since = begin
    runs = set(_RUN.findall(data, since))
    for run in _wrapped(data, since):
        for content, is_read in _from_wrapped(run):
            runs -= set(_LINE_ENDS.split(run))
            if (at := data.find(run, since)) < end:
                yield Encoded(at, len(run), content, is_read)
    for run in runs:
        if run.isdigit() and (len(run) % 2 or len(run) < LONG):
            # A number: what is encoded in digits alone is long, for no full stop is among it.
            continue
        for content, is_read in _decoded_before(run) if len(run) <= SHORT else _decoded(run):
            at = data.find(run, since)
            if at < end:
                # Whatever goes on behind an escape is whole where that is undone.
                is_cut = data[at + len(run) : at + len(run) + 1] == b"\\" or data[at - 1 : at] == b"\\"
                yield Encoded(at, len(run), content, is_read or is_cut)


def _going_on(data: bytes, since: int) -> tuple[int, bytes]:
    """Where a run ends that began before a place, and the run as far as it is there."""
    if not since or not (after := _CHARACTERS.match(data, since)):
        return since, b""
    before = _CHARACTERS.match(data[since - 1 :: -1]) if since else None
    if not before:
        return since, b""
    return after.end(), data[since - before.end() : after.end()]


def _parts_of(run: bytes, at: int) -> Iterator[Encoded]:
    """What a run stands for of which nobody knows where it began."""
    found = [next(_decoded(run[shift:]), None) for shift in range(4)]
    for content, is_read in filter(None, found):
        if is_read and is_readable(content):
            yield Encoded(at, len(run), content, True)
            return
    for content, is_read in filter(None, found[:1]):
        yield Encoded(at, len(run), content, is_read)


def _wrapped(data: bytes, since: int) -> list[bytes]:
    """Runs that go on over the ends of lines."""
    for goes_on in _GOES_ON:
        for match in goes_on.finditer(data, since):
            at = match.start()
            if data[at - 1 : at] == b"\r":
                at -= 1
            if at > 0 and data[at - 1 : at].isalnum():
                return _WRAPPED.findall(data, since)
    return []


Decoded = Iterator[tuple[bytes, bool]]


@lru_cache(maxsize=1 << 13)
def _decoded_before(run: bytes) -> list[tuple[bytes, bool]]:
    """What a short run stands for: the same names stand in most files of a lake."""
    return list(_decoded(run))


def _decoded(run: bytes) -> Decoded:
    if _is_hex(run):
        yield from _from_hex(run)
    elif (found := _HEX_AND_MORE.search(run)) and _is_hex(found[1]):
        yield from _from_hex(found[1])
    if _BASE32.fullmatch(text := run.rstrip(b"=")):
        yield from _from_base32(text)
    yield from _from_base64(run)


def _is_hex(run: bytes) -> bool:
    """Whether a run is of hexadecimal digits: eight bytes or more, or six letters of ASCII."""
    if len(run) % 2 or len(run) < 12 or run.translate(None, _HEX_DIGITS):
        return False
    return len(run) >= 16 or all(digit in b"234567" for digit in run[::2])


def _from_base64(run: bytes) -> Decoded:
    text = run.rstrip(b"=")
    # Digits, hexadecimal digits with or without hyphens, and plain words are something else.
    if text.isdigit() or not _NOT_HEX.search(text) or (len(text) < 40 and _NO_BASE64.fullmatch(text)):
        return
    content = _base64(text)
    if content and is_readable(content):
        yield readable(content), True
        return
    if len(text) < LONG and (b"/" in text or b"-" in text or b"_" in text):
        # A word may stand before it, as in a path.
        for part in _PARTS.findall(text):
            if part != text and (other := _base64(part)) and is_readable(other):
                yield readable(other), True
    if content:
        yield content, not (len(text) >= LONG and _looks_random(text))


def _from_wrapped(run: bytes) -> Decoded:
    content = _base64(_LINE_ENDS.sub(b"", run).rstrip(b"="))
    if content and is_readable(content):
        yield readable(content), True


def _from_hex(run: bytes) -> Decoded:
    content = bytes.fromhex(run.decode("ascii"))
    if is_readable(content):
        yield readable(content), True


def _from_base32(text: bytes) -> Decoded:
    try:
        content = base64.b32decode(text + b"=" * (-len(text) % 8))
    except binascii.Error:
        return
    if is_readable(content):
        yield readable(content), True


def _base64(text: bytes) -> bytes | None:
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        return binascii.a2b_base64(text.translate(_STANDARD) + b"=" * (-len(text) % 4))
    except binascii.Error:
        return None


def is_readable(content: bytes) -> bool:
    """Whether decoded bytes are text, or packed in a way that is known, if not read."""
    if len(content) > 512 and len(content[:512].translate(None, _PRINTED)) == 0:
        return True
    return (
        tells_something(content) or packing_of(content[:HEAD_BYTES]) is not None or bool(_inflated(content))
    )


def readable(content: bytes) -> bytes:
    """Decoded bytes, inflated where they are deflated without a header of their own."""
    if tells_something(content) or packing_of(content[:HEAD_BYTES]) is not None:
        return content
    return _inflated(content) or content


def _inflated(content: bytes) -> bytes:
    if len(content) < 8 or is_zlib(content):
        return b""
    try:
        member = zlib.decompressobj(-zlib.MAX_WBITS)
        found = member.decompress(content, LARGEST_INFLATED)
    except zlib.error:
        return b""
    is_whole = member.eof and not member.unused_data
    return found if is_whole and len(found) >= 6 and tells_something(found) else b""


def _looks_random(text: bytes) -> bool:
    """Whether characters are spread as those of base64 are; a path or a name is not."""
    if (b"+" in text or b"/" in text) and (b"-" in text or b"_" in text):
        return False
    size = len(text)
    upper = sum(65 <= byte <= 90 for byte in text[:4096])
    lower = sum(97 <= byte <= 122 for byte in text[:4096])
    digits = sum(48 <= byte <= 57 for byte in text[:4096])
    size = min(size, 4096)
    return upper > 0.2 * size and lower > 0.2 * size and digits > 0.04 * size
