"""Which bucket a person's rows are stored in."""

from hashlib import sha256


def bucket_of(identity: str, buckets: int) -> int:
    """The bucket of a normalised identity, from 0 to `buckets` - 1.

    It is the first 4 bytes of the identity's SHA-256, big-endian, modulo `buckets`.

    >>> bucket_of("ana@test.com", 16)
    8
    """
    return int.from_bytes(sha256(identity.encode()).digest()[:4], "big") % buckets
