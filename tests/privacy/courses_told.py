"""Forms in which exporters and people write what is one value, or none."""

import random
import unicodedata

UNREADABLE = (
    '"2023-11-20"', '"2023-11-20T10:00:00Z"', '"yes"', '""', '"0"', '"1700000000000"', '"\\u0007"',
    '"\\ud800"', "true", "1", "1700000000", "1700000000000000", "1700000000000000000", "1700000000000.5",
    "1700000000000.0000001", "-1700000000000", "1234567890123", "[1700000000000]", "[]",
    '{"at": 1700000000000}', "{}", "1e999", "NaN", "1e15",
)  # fmt: skip
"""Consent times, as JSON, that are there and nobody can read."""

NOTHING: tuple[dict[str, str], ...] = (
    {}, {}, *({"shareWithResearchAsOfDate": none} for none in ("null", "0", "false", "0.0", "-0"))
)  # fmt: skip
"""How a record says that nothing was agreed to."""

ADDRESSES = {
    "test.com": ("test.com", "TEST.com", "Test.Com", "test\uff0ecom", "\uff54est.com", "test\u3002com"),
    "b\u00fccher.example": (
        "b\u00fccher.example", "bu\u0308cher.example", "B\u00dcCHER.example", "xn--bcher-kva.example",
        "XN--BCHER-KVA.Example", "b\u00fccher\u3002\uff45xample", "xn--bcher-kva\uff0eexample",
    ),
}  # fmt: skip
"""By domain, its forms: cases, compositions, wide letters and full stops, punycode."""

NO_ADDRESSES = (
    "mailto:{}", "<{}>", "{}.", '"{}"', "Ana <{}>", "{0},{0}", "({})", "{}\u200b", "{}@", "@{}", "\\{}",
    "{};", "\t{}", "{}\n",
)  # fmt: skip
"""What is written around an address, so that it is none."""


def spelled_name(draw: random.Random, name: str) -> str:
    """A name in one of its forms."""
    wide = name.replace(" ", " \u2003")
    return draw.choice(
        (name, name, name.upper(), unicodedata.normalize("NFD", name), f" {name}", f"{name}\u00a0", wide)
    )
