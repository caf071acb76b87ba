"""When two spellings are one person, what is an address at all, and which bucket holds the rows."""

import unicodedata
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stedi.privacy.buckets import bucket_of
from stedi.privacy.identity import is_address, normalised_email, normalised_name, spellings
from stedi.privacy.suppression import email_hash, email_hashes, record_hash, record_hashes

BUECHER = "ana@b\u00fccher.example"
SAME = {
    "case": ("Ana@Test.com", "ana@test.com"),
    "spaces": (" ana@test.com\t", "ana@test.com"),
    "composed and decomposed": ("jos\u00e9@test.com", "jose\u0301@test.com"),
    "sharp s": ("STRASSE@test.com", "stra\u00dfe@test.com"),
    "case that undoes composition": ("\u0390@test.com", "\u0399\u0308\u0301@test.com"),
    "Kelvin sign": ("\u212aim@test.com", "kim@test.com"),
    "punycode": (BUECHER, "ana@xn--bcher-kva.example"),
    "punycode in capitals": (BUECHER, "Ana@XN--BCHER-KVA.Example"),
    "a domain decomposed, in capitals": (BUECHER, "ana@BU\u0308CHER.example"),
    "an ideographic full stop": (BUECHER, "ana@b\u00fccher\u3002example"),
    "a wide full stop": (BUECHER, "ana@b\u00fccher\uff0eexample"),
    "a half-wide full stop": (BUECHER, "ana@b\u00fccher\uff61example"),
    "wide letters": (BUECHER, "ana@\uff42\u00fccher.\uff45xample"),
    "punycode in wide letters": (BUECHER, "ana@\uff58\uff4e\uff0d\uff0dbcher-kva.example"),
    "two labels in punycode": ("a@\u4f8b\u5b50.\u5e7f\u544a", "a@xn--fsqu00a.xn--4rr70v"),
    "sharp s in punycode": ("a@stra\u00dfe.de", "a@xn--strae-oqa.de"),
    "sharp s in punycode and two s": ("a@strasse.de", "a@xn--strae-oqa.de"),
    "final sigma": ("a@\u03b2\u03cc\u03bb\u03bf\u03c2.gr", "a@xn--nxasmm1c.gr"),
    "a mathematical letter": ("a@\U0001d41a.de", "a@a.de"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_one_person(one: str, other: str) -> None:
    assert normalised_email(one) == normalised_email(other)
    assert is_address(one)
    assert is_address(other)


def test_different_people() -> None:
    assert len({normalised_email(e) for e in ("a@b.c", "a.@b.c", "a+x@b.c", "\u0430@b.c", "a@\u0431.c")}) == 5


ADDRESSES = (
    "o'brien@test.com", "ana+news@test.com", "ana_lee@test.com", "r&d@test.com", "a@b", "a@1.2.3.4",
    "abc..d.@docomo.ne.jp", "\u7528\u6237@test.com", "jos\u00e9@test.com", "a@\u2603.net", "a@xn--n3h.net",
    "ana@my_company.com", "!#$%&*+/=?^_{|}~-@test.com", " ana@test.com\u00a0", "l\u00b7l@test.cat",
)  # fmt: skip
NONE = (
    "", "ana", "@test.com", "ana@", "a@b@c", "a b@test.com", "ana@te st.com", '"ana"@test.com',
    '"ana@test.com"', "'ana@test.com'", "`ana@test.com`", "<ana@test.com>", "Ana <ana@test.com>",
    "mailto:ana@test.com", "ana@test.com.", "ana@.test.com", "ana@test..com", "ana@test.com,",
    "ana@test.com;b@test.com", ",ana@test.com", "ana@test.com>", "(x)ana@test.com", "ana@test.com(x)",
    "ana\\@test.com", "ana@test.com\\", "ana@[127.0.0.1]", "ana@test.com:25", "ana@-test.com",
    "ana@test-.com", "ana@test_", "ana@test.com\u3002", "ana@test.com/", "\u201cana@test.com\u201d",
    "\u00abana@test.com\u00bb", "\uff02ana\uff02@test.com", "\uff1cana@test.com\uff1e",
    "ana\uff0cb@test.com", "ana\u3001b@test.com", "ana\uff20test.com", "ana@x\uff20test.com",
    "ana@xn--zz.com", "ana@xn--abc-.com", "ana@xn--.com", "ana@xn--BCHER\u00fc.com",
    "ana@xn--99999999999.com", "a" * 310 + "@test.com.org", "a@xn--" + "a" * 200 + "-kva",
    # A label that says what no domain is written as: capitals, a full stop, another label in punycode.
    *(f"ana@xn--{label.encode('punycode').decode()}.com"
      for label in ("B\u00dccher", "b\u00dccher", "a\u3002b", "xn--\u00e9", "a\u200db", "\u00fc b")),
)  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_addresses_of_real_people_are_taken(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", NONE, ids=ascii)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


LETTERS = st.text(
    st.sampled_from("xn-abB\u00fc\u00df\u03c2\u3002\uff0e.\uff58\uff4e\uff0d\u00b4\u0345\u0301@ \u1e9e")
)
LABELS = st.builds("xn--{}".format, st.text(st.sampled_from("abchernkv0123456789-A"), max_size=12))


@given(st.one_of(st.text(), st.builds("a@{}.{}".format, st.one_of(LETTERS, LABELS, st.text()), LABELS)))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalised_email(text)
    assert normalised_email(once) == once
    assert normalised_email(unicodedata.normalize("NFD", text)) == once
    if is_address(text):
        assert is_address(once)
        assert all(is_address(spelling) for spelling in spellings(once))
        assert {normalised_email(spelling) for spelling in spellings(once)} == {once}


@given(st.text())
def test_normalising_a_name_twice_changes_nothing(text: str) -> None:
    once = normalised_name(text)
    assert normalised_name(once) == once
    assert normalised_name(unicodedata.normalize("NFD", f"  {text}\u00a0")) == once


def test_names_of_one_spelling() -> None:
    assert {
        normalised_name(name)
        for name in (
            "Jos\u00e9 P\u00e9rez", "Jose\u0301 Pe\u0301rez", "JOS\u00c9 P\u00c9REZ ",
            "\u00a0jos\u00e9\u2003 p\u00e9rez\t", "Jos\u00e9\u200b P\u00e9rez", "\uff2aos\u00e9 P\u00e9rez",
        )
    } == {"jos\u00e9 p\u00e9rez"}  # fmt: skip
    assert normalised_name("Jose Perez") != normalised_name("Jos\u00e9 P\u00e9rez")


def test_requests_of_earlier_versions_are_found() -> None:
    key = b"k" * 32
    # What they hashed of an address in Unicode is what is hashed now; of one in punycode it was as it stood.
    assert email_hashes(BUECHER, key) == (
        email_hash(BUECHER, key),
        email_hash("ana@xn--bcher-kva.example", key),
    )
    assert email_hashes("ana@test.com", key) == (email_hash("ana@test.com", key),)
    now, before = record_hashes(1, "1960-01-01 ", "Jose\u0301", key)
    assert now == record_hash(1, "1960-01-01", "JOS\u00c9 ", key) != before


def test_bucket_is_fixed_by_the_hash() -> None:
    first_bytes = sha256(b"ana@test.com").digest()[:4]
    assert bucket_of("ana@test.com", 256) == first_bytes[3]
    assert bucket_of("ana@test.com", 16) == first_bytes[3] % 16
    assert bucket_of("ana@test.com", 1) == 0
