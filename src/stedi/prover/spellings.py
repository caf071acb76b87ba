"""The ways in which one text may be written, and bytes read in more than one way."""

import re
import unicodedata
import uuid
from collections.abc import Iterator

from stedi.privacy.identity import normalised_email, spellings
from stedi.prover.traces import Kind

BETWEEN_NAMES = (" ", "_", "-", ".", "+")


def needles(kind: Kind, text: str) -> set[bytes]:
    """The bytes that tell of a text, ASCII letters in lower case.

    ASCII text in UTF-16 and UTF-32 is found as UTF-8 in the view without NULs.
    """
    found = set()
    for spelling in _spellings(kind, text):
        # A file's name may be no text.
        found.add(spelling.encode("utf-8", "surrogatepass").lower())
        if not spelling.isascii():
            for encoding in ("utf-16-le", "utf-16-be", "latin-1"):
                found.add(spelling.encode(encoding, "ignore").lower())
    if kind is Kind.SERIAL and (number := _as_uuid(text)):
        found |= {number.bytes.lower(), number.bytes_le.lower()}
    if kind in (Kind.SUBJECT_KEY, Kind.SESSION):
        found.add(bytes.fromhex(text).lower())
    return {needle for needle in found if needle}


def _spellings(kind: Kind, text: str) -> set[str]:
    texts = {text.strip()}
    if kind is Kind.NAME and len(parts := text.split()) > 1:
        texts |= {between.join(parts) for between in BETWEEN_NAMES}
        texts.add(f"{parts[-1]}, {' '.join(parts[:-1])}")
    if kind is Kind.EMAIL:
        texts |= set(spellings(normalised_email(text)))
    if kind is Kind.SERIAL:
        texts.add(text.replace("-", ""))
    if kind is Kind.PHONE and sum(map(str.isdigit, text)) >= 7:
        texts.add("".join(filter(str.isdigit, text)))
    cased = {form for t in texts for form in (t, t.lower(), t.upper(), t.casefold(), t.title())}
    composed = {unicodedata.normalize(form, t) for t in cased for form in ("NFC", "NFD")}
    return composed | {folded(t) for t in texts}


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def folded(text: str) -> str:
    """The text in the one form that all its spellings share."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


_ESCAPE = re.compile(rb'\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/"\\bfnrt]))|%([0-9a-fA-F]{2})')
_NAMED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
NESTING = 4
"""JSON in JSON escapes the escapes."""


def _meant(escape: re.Match[bytes]) -> bytes:
    unit, byte, letter, percent = escape.groups()
    if unit:
        return chr(int(unit, 16)).encode("utf-8", "surrogatepass")
    if byte or percent:
        return bytes([int(byte or percent, 16)])
    return _NAMED.get(letter, letter)


def unescaped(data: bytes) -> Iterator[bytes]:
    """What the bytes say when escapes of JSON and of addresses are undone, each layer of them."""
    for _ in range(NESTING):
        if b"\\" not in data and b"%" not in data:
            return
        undone = _ESCAPE.sub(_meant, data)
        if undone == data:
            return
        data = undone
        yield _joined(data)


def _joined(data: bytes) -> bytes:
    """Two escapes that stand for one letter outside the basic plane, as that letter."""
    if b"\xed" not in data:
        return data
    text = data.decode("utf-8", "surrogatepass") if _is_text(data) else None
    return (
        data if text is None else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    )


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def views(data: bytes, *, fold: bool) -> Iterator[bytes]:
    """The bytes in every way in which a text may stand in them, ASCII letters in lower case.

    Args:
        data: The bytes; as they are they come first, so that places in them mean something.
        fold: Whether also in the one form that all spellings of a letter outside ASCII share.
    """
    lowered = data.lower()
    yield lowered
    if b"\0" in data:
        yield lowered.replace(b"\0", b"")
    for layer in unescaped(data):
        yield layer.lower()
        if fold and not layer.isascii():
            yield _folded(layer)
    if fold and not data.isascii():
        yield _folded(data)


def _folded(data: bytes) -> bytes:
    # A letter cut in two at an end, or a stray byte, must not hide the rest.
    return folded(data.decode("utf-8", "replace")).encode()
