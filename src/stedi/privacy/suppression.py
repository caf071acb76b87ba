"""By which a person who withdrew or was erased is known again, although nothing of them is kept.

Only keyed hashes stand in requests and in the suppression list; without the suppression key
nobody can tell, not even from a list of addresses, whom they mean.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from enum import StrEnum

from stedi.privacy.identity import normalised_name, spellings

CLOCK_TOLERANCE_MS = 5 * 60 * 1000
"""How far a clock may run ahead of the landing."""


def covered_until(requested_at: int) -> int:
    """Up to when, not including, an erasure covers readings, UTC ms.

    A device's clock may run ahead by as much as the reader lets pass, so a reading that landed
    before the request may tell a later time.
    """
    return requested_at + CLOCK_TOLERANCE_MS + 1


class About(StrEnum):
    """What a keyed hash stands for."""

    EMAIL = "email"
    RECORD = "record"
    DEVICE = "device"
    CLAIM = "claim"
    CLAIM_BESIDE = "claim_beside"
    LINE = "line"
    SEEN = "seen"
    WITHDREW = "withdrew"
    UNREADABLE = "unreadable"
    STALE = "stale"
    SCHEDULED = "scheduled"


OF_A_PERSON = (About.EMAIL, About.RECORD)
"""What tells who somebody is: requests that share such a hash are about one person."""

OF_CONSENT = (About.WITHDREW, About.UNREADABLE, About.STALE)
"""What a customer record of an erased person told of consent that counts beside staged records."""

OF_A_RECORD = (*OF_CONSENT, About.SEEN, About.SCHEDULED)
"""What a whole customer record of an erased person told: by its hash it is known when it lands again."""


def email_hash(participant: str, key: bytes) -> str:
    """The keyed hash of a normalised e-mail, 64 hexadecimal digits."""
    return _hash(About.EMAIL, participant, key)


def email_hashes(participant: str, key: bytes) -> tuple[str, ...]:
    """Every hash under which a request may know a normalised e-mail: earlier versions hashed punycode."""
    return tuple(email_hash(spelling, key) for spelling in spellings(participant))


def record_hash(registered_at: int, birthday: str, name: str, key: bytes) -> str:
    """The keyed hash of what links a person's records when the e-mail changes, 64 hexadecimal digits.

    It is that of all spellings of the name: see `normalised_name`.
    """
    return _record_hash(registered_at, normalised_name(birthday), normalised_name(name), key)


def record_hashes(registered_at: int, birthday: str, name: str, key: bytes) -> tuple[str, ...]:
    """Every hash under which a request may know a record: versions before hashed the name as it was sent."""
    as_sent = _record_hash(registered_at, birthday, name, key)
    return record_hash(registered_at, birthday, name, key), as_sent


def _record_hash(registered_at: int, birthday: str, name: str, key: bytes) -> str:
    return _hash(About.RECORD, f"{registered_at}\n{birthday}\n{name}", key)


def device_hash(serialnumber: str, key: bytes) -> str:
    """The keyed hash of a device's serial number, a UUID in lower case, 64 hexadecimal digits."""
    return _hash(About.DEVICE, serialnumber, key)


def line_hash(raw: bytes, key: bytes) -> str:
    """The keyed hash of a refused line that holds none of these, 64 hexadecimal digits."""
    return hmac.digest(key, f"{About.LINE.value}:".encode() + raw.strip(), hashlib.sha256).hex()


def told_hash(told: Iterable[str | int | None], key: bytes) -> str:
    """The keyed hash of all that a customer record told, field by field, 64 hexadecimal digits."""
    return hmac.digest(key, b"told:" + json.dumps(list(told)).encode(), hashlib.sha256).hex()


def content_hash(sha256: str, key: bytes) -> str:
    """The keyed hash of what a landed file held, from its SHA-256; 64 hexadecimal digits.

    Whoever guesses a file of one reading could confirm the guess by an unkeyed one.
    """
    return hmac.digest(key, f"content:{sha256}".encode(), hashlib.sha256).hex()


def content_name(sha256: str, key: bytes) -> str:
    """The digits that tell the file of one content from others of its name, from its SHA-256."""
    return hmac.digest(key, f"name:{sha256}".encode(), hashlib.sha256).hex()[:_NAME_DIGITS]


_NAME_DIGITS = 16

KEYED = "keyed:"


def keyed_content(sha256: str, key: bytes) -> str:
    """How the ledger knows what a file held once no row tells of it: by `content_hash`, marked as keyed."""
    return sha256 if sha256.startswith(KEYED) else KEYED + content_hash(sha256, key)


def _hash(about: About, text: str, key: bytes) -> str:
    return hmac.digest(key, f"{about.value}:{text}".encode(), hashlib.sha256).hex()
