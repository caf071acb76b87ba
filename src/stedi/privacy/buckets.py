"""Which bucket a row belongs to."""

import hashlib


def bucket_of(identity: str, buckets: int) -> int:
    """Bucket of an identity, in [0, buckets): 4 bytes of its SHA-256, big-endian, modulo `buckets`."""
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4], "big") % buckets
