"""Keyed pseudonyms: without the key nobody can tell whose they are."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from stedi.privacy.buckets import bucket_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

PATTERN = "[0-9a-f]{64}"
"""What every pseudonym looks like: a SHA-256 in hexadecimal."""

SUBJECTS_SCHEMA = "person string, subject_key string, bucket int"
SESSIONS_SCHEMA = "person string, started_at bigint, subject_key string, session string, bucket int"


def subject_key(person: str, key: bytes) -> str:
    """The pseudonym of a person: HMAC-SHA-256 of the person, 64 hexadecimal digits."""
    return hmac.digest(key, f"subject:{person}".encode(), hashlib.sha256).hex()


def session_key(person: str, started_at: int, key: bytes) -> str:
    """The pseudonym of a session: HMAC-SHA-256 of the subject and the time of its first reading."""
    return _session_of(subject_key(person, key), started_at, key)


def _session_of(subject: str, started_at: int, key: bytes) -> str:
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

    return people.select("person").mapInArrow(_batches(keyed, SUBJECTS_SCHEMA), SUBJECTS_SCHEMA)


def sessions(started: "DataFrame", *, key: bytes, buckets: int) -> "DataFrame":
    """Give each session its pseudonym, and its person's.

    Args:
        started: `person`, `started_at` (UTC ms), one row a session.
        key: The pseudonym key.
        buckets: The lake's number of buckets.

    Returns:
        `person`, `started_at`, `subject_key`, `session`, `bucket`.
    """

    def keyed(batch: "pa.RecordBatch") -> "dict[str, list[object]]":
        people = batch.column("person").to_pylist()
        starts = batch.column("started_at").to_pylist()
        subject_of = {person: subject_key(person, key) for person in set(people)}
        subjects = [subject_of[person] for person in people]
        return {
            "person": people,
            "started_at": starts,
            "subject_key": subjects,
            "session": [_session_of(s, at, key) for s, at in zip(subjects, starts, strict=True)],
            "bucket": [bucket_of(subject, buckets) for subject in subjects],
        }

    return started.select("person", "started_at").mapInArrow(
        _batches(keyed, SESSIONS_SCHEMA), SESSIONS_SCHEMA
    )


def _batches(
    keyed: "Callable[[pa.RecordBatch], dict[str, list[object]]]", schema: str
) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    def each(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        types = {"string": pa.string(), "bigint": pa.int64(), "int": pa.int32()}
        fields = pa.schema([(n, types[t]) for n, t in (part.split() for part in schema.split(", "))])
        for batch in batches:
            yield pa.RecordBatch.from_pydict(keyed(batch), schema=fields)

    return each
