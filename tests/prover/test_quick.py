"""What is quickly told to hold nobody holds nobody: the quick look and the whole one agree."""

import html
import json
import quopri
import random
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import numpy as np
import pytest

from stedi.decoding.escapes import lines_with_escapes, unescaped
from stedi.prover import presence, rows
from stedi.prover.search import Search
from stedi.prover.traces import Kind, Text, Traces

WHO = Traces((
    Text(Kind.EMAIL, "jos\u00e9@b\u00fccher.example", within=("x.jos\u00e9@b\u00fccher.example",)),
    Text(Kind.EMAIL, "ana@x.example", within=("#ana@x.example",)),
    Text(Kind.NAME, "Jos\u00e9 M\u00fcller"),
    Text(Kind.NAME, "Stra\u00dfe"),
    Text(Kind.PHONE, "+1 801 555-1212"),
    Text(Kind.SERIAL, "0c1a9c4e-1111-4222-8333-0123456789ab"),
))  # fmt: skip
TEXTS = [
    "jos\u00e9@b\u00fccher.example", "jos\u00e9@xn--bcher-kva.example", "ana@x.example", "#ana@x.example",
    "Jos\u00e9 M\u00fcller", "M\u00fcller, Jos\u00e9", "STRASSE\u010a", "8015551212", "nobody",
    "0c1a9c4e-1111-4222-8333-0123456789ab", "0C1A9C4E1111422283330123456789AB", "=", "\\", "%", "&", "\r",
    "Stra\u00dfe", "\u00fc\u00e9",
]  # fmt: skip
WRITTEN: list[Callable[[str], bytes]] = [
    str.encode,
    lambda text: text.upper().encode(),
    lambda text: unicodedata.normalize("NFD", text).encode(),
    lambda text: json.dumps(text).encode(),
    lambda text: json.dumps(json.dumps(text)).encode(),
    lambda text: json.dumps(text).encode("utf-16-le"),
    lambda text: text.encode("utf-16-be"),
    lambda text: quote(text, safe="").encode(),
    lambda text: "".join(f"&#{ord(letter)};" for letter in text).encode(),
    lambda text: html.escape(text).encode(),
    lambda text: quopri.encodestring(text.encode()),
    lambda text: b"=\n".join(text[at : at + 3].encode() for at in range(0, len(text), 3)),
    lambda text: b"= \r\n".join(text[at : at + 5].encode() for at in range(0, len(text), 5)),
    lambda text: text.encode("latin-1", "replace"),
    lambda text: "\0".join(text).encode(),
]


@pytest.mark.parametrize("over_lines", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_both_looks_agree(seed: int, over_lines: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(presence, "WORTH_COMPILING", draw.choice((1, 1 << 30)))
    # In UTF-16 the second holds the byte of a line end.
    more = [Text(Kind.NAME, draw.choice(("quoted\nname", "Stra\u00dfe\u010a")))] if over_lines else []
    search = Search([Traces((*WHO.texts, *more))])
    assert search._is_over_lines == over_lines
    for _ in range(20):
        parts = [
            draw.choice(WRITTEN)(draw.choice([*TEXTS, "quoted\nname"])) for _ in range(draw.randint(0, 4))
        ]
        data = b"".join(part + draw.choice((b"\n", b"\n", b" ", b"=\n", b"\xff", b"")) for part in parts)
        asked = {
            "text": draw.random() < 0.5, "fold": draw.random() < 0.7, "weak": draw.random() < 0.5,
            "whole": draw.random() < 0.5, "since": draw.choice((0, 0, 3)),
        }  # fmt: skip
        quick = search.found(data, **asked)
        with monkeypatch.context() as patched:
            patched.setattr(search, "may_hold", lambda *_, **__: True)
            assert search.found(data, **asked) == quick, (data, asked)
        weak = {n for n in search._weak if any(n in view for view in presence.different_views(data))}
        assert set(search.weak_needles(data)) == weak


TIME = re.compile(rb"(?<![0-9.])[0-9]{9,16}(?![0-9.])")


@pytest.mark.parametrize("seed", range(40))
def test_times_are_found_where_a_pattern_finds_them(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(rows, "_AT_ONCE", draw.choice((64, 1 << 20)))
    times = [draw.randrange(10 ** draw.randint(8, 15), 10**16) for _ in range(5)] + [123_456_789, 10**15]
    pieces = [str(time).encode() for time in times] * 2 + [b".", b"0", b"1", b"", b"-", b"\n", b",", b"x"] * 2
    data = b"".join(draw.choice(pieces) + draw.choice((b"", b",", b" ", b"\n")) for _ in range(200))
    known = {str(time).encode() for time in times}
    expected = [match.start() for match in TIME.finditer(data) if match[0] in known]
    assert rows._places_of(np.array(sorted(times), np.int64), data) == expected


def test_a_line_that_goes_on_over_several_is_looked_at_whole() -> None:
    lines = b"x\nana@=\nx.ex= \r\nample\ny\nz=3D\n="
    assert lines_with_escapes(lines) == b"ana@=\nx.ex= \r\nample\nz=3D"
    assert list(unescaped(b"ana@=\nx.ex= \r\nample")) == [b"ana@x.example"]
