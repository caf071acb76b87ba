"""The ways in which one text may be written, and bytes read in more than one way."""

import unicodedata
import uuid
from collections.abc import Iterator

from stedi.decoding.escapes import unescaped
from stedi.privacy.identity import normalised_email, spellings
from stedi.prover.traces import Kind

BETWEEN_NAMES = (" ", "_", "-", ".", "+")


def needles(kind: Kind, text: str) -> set[bytes]:
    """The bytes that tell of a text, ASCII letters in lower case.

    ASCII text in UTF-16 and UTF-32 is found as UTF-8 in the view without NULs.
    """
    found = set()
    for spelling in spelled(kind, text):
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


def spelled(kind: Kind, text: str) -> set[str]:
    """The ways in which a text may be written."""
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


def canonical(text: str) -> str:
    """The one form that all spellings of a value share, blanks around and within it left aside."""
    return folded(" ".join(text.split()))


def views(data: bytes, *, fold: bool) -> Iterator[bytes]:
    """The bytes in every way in which a text may stand in them, ASCII letters in lower case.

    Args:
        data: The bytes; as they are they come first, so that places in them mean something.
        fold: Whether also in the one form that all spellings of a letter outside ASCII share.
    """
    lowered = data.lower()
    yield lowered
    if b"\0" in data:
        # Quicker than to replace them: half the bytes may be such.
        yield lowered.translate(None, b"\0")
        yield from (layer.lower() for layer in unescaped(data.translate(None, b"\0")))
    for layer in unescaped(data):
        yield layer.lower()
        if fold and not layer.isascii():
            yield _folded(layer)
    if fold and not data.isascii():
        yield _folded(data)


def _folded(data: bytes) -> bytes:
    # A letter cut in two at an end, or a stray byte, must not hide the rest.
    return folded(data.decode("utf-8", "replace")).encode()
