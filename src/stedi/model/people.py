"""By which a model knows whom it learnt from, although it holds nothing of them."""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping

SALT_BYTES = 16


def new_salt() -> str:
    """A salt for one model, in hexadecimal: digests of two models say nothing of each other."""
    return secrets.token_hex(SALT_BYTES)


def digest(subject: str, salt: str, key: bytes) -> str:
    """The salted digest of a subject under the suppression key, 64 hexadecimal digits.

    Args:
        subject: A subject key.
        salt: The model's.
        key: The suppression key: without it nobody can tell whom a digest means.
    """
    return hmac.digest(key, f"model:{salt}:{subject}".encode(), hashlib.sha256).hex()


def digests(readings: Mapping[str, int], salt: str, key: bytes) -> dict[str, int]:
    """The digest of each subject, and how many readings of theirs there were, in no telling order."""
    return dict(sorted((digest(subject, salt, key), count) for subject, count in readings.items()))


def learnt_from(people: Mapping[str, int], subjects: Collection[str], salt: str, key: bytes) -> bool:
    """Whether any of some subjects is among the people of a model."""
    return any(digest(subject, salt, key) in people for subject in subjects)


def lost(people: Mapping[str, int], readings: Mapping[str, int], salt: str, key: bytes) -> int:
    """How many people of a model are gone from a lake, or have fewer readings in it than it learnt from.

    Args:
        people: The model's, by digest.
        readings: Of each subject now.
        salt: The model's.
        key: The suppression key.
    """
    now = digests(readings, salt, key)
    return sum(now.get(person, 0) < count for person, count in people.items())
