"""Pseudonyms are keyed: the same for one person, telling nothing without the key."""

import hmac
import re
from typing import Any

import pyarrow as pa
import pytest

from stedi.privacy.buckets import bucket_of
from stedi.privacy.pseudonyms import PATTERN, session_key, subject_key, subjects

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
ANA, BEN = "ana@example.org", "ben@example.org"
START_MS = 1_750_000_000_000


def test_a_subject_key_is_the_hmac_of_the_person() -> None:
    assert subject_key(ANA, KEY) == hmac.new(KEY, b"subject:ana@example.org", "sha256").hexdigest()


def test_a_session_is_the_hmac_of_the_subject_and_its_start() -> None:
    text = f"session:{subject_key(ANA, KEY)}:{START_MS}".encode()
    assert session_key(ANA, START_MS, KEY) == hmac.new(KEY, text, "sha256").hexdigest()


@pytest.mark.parametrize(
    "other",
    {
        "of another person": subject_key(BEN, KEY),
        "under another key": subject_key(ANA, OTHER_KEY),
        "a session of the person": session_key(ANA, START_MS, KEY),
        "a session of another person": session_key(BEN, START_MS, KEY),
        "a session a millisecond later": session_key(ANA, START_MS + 1, KEY),
        "a session under another key": session_key(ANA, START_MS, OTHER_KEY),
    }.items(),
    ids=lambda other: other[0],
)
def test_pseudonyms_differ(other: tuple[str, str]) -> None:
    assert other[1] != subject_key(ANA, KEY)
    assert re.fullmatch(PATTERN, other[1])


def test_sessions_differ_by_person_start_and_key() -> None:
    told = {
        session_key(who, at, key) for who in (ANA, BEN) for at in (START_MS, START_MS + 1)
        for key in (KEY, OTHER_KEY)
    }  # fmt: skip
    assert len(told) == 8


def test_many_people_at_once(spark: Any) -> None:
    names = [f"person{number}@example.org" for number in range(3000)]
    people = spark.createDataFrame(pa.table({"person": names}))
    found = subjects(people, key=KEY, buckets=7).toArrow().to_pylist()
    assert {row["person"]: row["subject_key"] for row in found} == {n: subject_key(n, KEY) for n in names}
    # The bucket follows from the pseudonym, so that it tells nothing of the e-mail.
    assert all(row["bucket"] == bucket_of(row["subject_key"], 7) for row in found)
    assert len(found) == len(names)


def test_a_key_is_no_text_of_a_plan(spark: Any) -> None:
    key = b"a key that would be seen in text"
    people = spark.createDataFrame(pa.table({"person": [ANA]}))
    plan = subjects(people, key=key, buckets=7)._explain_string(extended=True)
    assert "person" in plan
    assert key.decode() not in plan
    assert key.hex() not in plan
