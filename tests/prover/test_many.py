"""Very many texts in one pass: each place of each, as looking for them one by one finds them."""

import random
import uuid

import pytest

from stedi.prover import many as module
from stedi.prover import search as searching
from stedi.prover.many import Many
from stedi.prover.search import Search
from stedi.prover.traces import Kind, Text, Traces


def one_by_one(texts: list[bytes], data: bytes) -> dict[int, list[int]]:
    found = {n: [at for at in range(len(data)) if data.startswith(text, at)] for n, text in enumerate(texts)}
    return {n: places for n, places in found.items() if places}


@pytest.mark.parametrize("seed", range(30))
def test_every_place_of_every_text(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(module, "AT_ONCE", draw.choice((16, 64, 1 << 22)))
    letters = draw.choice((b"ab", b"abcdef", bytes(range(256))))
    texts = list(
        {bytes(draw.choices(letters, k=draw.randint(1, 20))) for _ in range(draw.choice((1, 5, 60)))}
    )
    parts = [
        draw.choice(texts) if draw.random() < 0.6 else bytes(draw.choices(letters, k=3)) for _ in range(60)
    ]
    data = draw.choice((b"", b"", texts[0][:-1])) + b"".join(parts)
    assert Many(texts).places(data) == one_by_one(texts, data)


def test_texts_that_are_alike_but_for_a_little() -> None:
    texts = [f"Person {n} of the same long name".encode() for n in range(300)]
    data = b"\n".join(reversed(texts))
    assert Many(texts).places(data) == {n: [data.index(text)] for n, text in enumerate(texts)}


def test_no_text_and_no_bytes() -> None:
    assert Many([]).places(b"abc") == {}
    assert Many([b"abcdefghi", b"abcd", b"a"]).places(b"") == {}
    assert Many([b"abcdefghi", b"abcd", b"a"]).places(b"abcdefghi") == {0: [0], 1: [0], 2: [0]}


@pytest.mark.parametrize("text", [True, False])
def test_a_search_of_many_finds_what_a_search_of_few_does(
    text: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(3)
    serials = [str(uuid.UUID(int=draw.getrandbits(128))) for _ in range(40)]
    names = [f"J\u00f6rg {n} Ana" for n in range(30)] + ["Al", "Bo X", "Ana"]
    people = [Traces((
        *(Text(Kind.SERIAL, serial) for serial in serials),
        *(Text(Kind.NAME, name, within=(f"{name.casefold()} b",)) for name in names),
        Text(Kind.EMAIL, "ana@b\u00fccher.example"),
    ))]  # fmt: skip
    said = [*serials[:20], *names[::2], *(name.upper() + " B" for name in names[::3]), "Alana"]
    said += ["xana@b\u00fccher.example", "ana@xn--bcher-kva.example", serials[21].upper()]
    said.append(uuid.UUID(serials[22]).hex)
    draw.shuffle(said)
    data = "|".join(said).encode() + uuid.UUID(serials[23]).bytes + names[1].encode("utf-16-le")
    few = Search(people).found(data, text=text, since=5, until=len(data) - 30)
    monkeypatch.setattr(searching, "FEW", 0)
    assert Search(people).found(data, text=text, since=5, until=len(data) - 30) == few
    assert sum(few.values()) > 40
