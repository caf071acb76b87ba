"""When two spellings are one person, and which bucket holds the rows."""

import unicodedata
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stedi.privacy.buckets import bucket_of
from stedi.privacy.identity import normalised_email

SAME = {
    "case": ("Ana@Test.com", "ana@test.com"),
    "spaces": (" ana@test.com\t", "ana@test.com"),
    "composed and decomposed": ("jos\u00e9@test.com", "jose\u0301@test.com"),
    "sharp s": ("STRASSE@test.com", "stra\u00dfe@test.com"),
    "case that undoes composition": ("\u0390@test.com", "\u0399\u0308\u0301@test.com"),
    "Kelvin sign": ("\u212aim@test.com", "kim@test.com"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_one_person(one: str, other: str) -> None:
    assert normalised_email(one) == normalised_email(other)


def test_different_people() -> None:
    assert len({normalised_email(e) for e in ("a@b.c", "a.@b.c", "a+x@b.c", "\u0430@b.c")}) == 4


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalised_email(text)
    assert normalised_email(once) == once
    assert normalised_email(unicodedata.normalize("NFD", text)) == once


def test_bucket_is_fixed_by_the_hash() -> None:
    first_bytes = sha256(b"ana@test.com").digest()[:4]
    assert bucket_of("ana@test.com", 256) == first_bytes[3]
    assert bucket_of("ana@test.com", 16) == first_bytes[3] % 16
    assert bucket_of("ana@test.com", 1) == 0
