"""Keyed pseudonyms: without the key nobody can tell whose they are."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from stedi.privacy.buckets import bucket_of
from stedi.privacy.python_rows import arrow_columns, mapped

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

PATTERN = "[0-9a-f]{64}"
"""What every pseudonym looks like: a SHA-256 in hexadecimal."""

SUBJECTS_SCHEMA = "person string, subject_key string, bucket int"


def subject_key(person: str, key: bytes) -> str:
    """The pseudonym of a person: HMAC-SHA-256 of the person, 64 hexadecimal digits."""
    return hmac.digest(key, f"subject:{person}".encode(), hashlib.sha256).hex()


def session_key(person: str, started_at: int, key: bytes) -> str:
    """The pseudonym of a session: HMAC-SHA-256 of the subject and the time of its first reading, UTC ms."""
    subject = subject_key(person, key)
    return hmac.digest(key, f"session:{subject}:{started_at}".encode(), hashlib.sha256).hex()


def subjects(people: "DataFrame", *, key: bytes, buckets: int) -> "DataFrame":
    """Give each person a subject key and the bucket that follows from it.

    Args:
        people: `person`, one row a person.
        key: The pseudonym key; it travels inside a function, never as text of a plan.
        buckets: The lake's number of buckets.

    Returns:
        `person`, `subject_key`, `bucket`.
    """

    def keyed(batch: "pa.RecordBatch") -> "dict[str, list[object]]":
        names = batch.column("person").to_pylist()
        keys = [subject_key(name, key) for name in names]
        return {
            "person": names,
            "subject_key": keys,
            "bucket": [bucket_of(text, buckets) for text in keys],
        }

    return mapped(people, "person string", _batches(keyed, SUBJECTS_SCHEMA), SUBJECTS_SCHEMA)


def _batches(
    keyed: "Callable[[pa.RecordBatch], dict[str, list[object]]]", schema: str
) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        fields = arrow_columns(schema)
        for batch in batches:
            yield pa.RecordBatch.from_pydict(keyed(batch), schema=fields)

    return each
