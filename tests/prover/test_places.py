"""A trace is found wherever it hides, and nothing is proven of what cannot be read."""

import gzip
import io
import os
import socket
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from planted_person import EMAIL, NAME, PLACES, SERIAL, TRACES, Place
from stedi.decoding import limits
from stedi.lake.config import Lake
from stedi.prover.proof import Area, prove
from stedi.prover.traces import Kind, Text, Traces


@pytest.mark.parametrize(("place", "kind", "where"), PLACES.values(), ids=PLACES)
def test_a_trace_is_found(empty: Lake, place: Place, kind: Kind, where: str) -> None:
    before = prove(empty, [TRACES])
    assert before.clean
    assert before.findings == ()
    folder = empty.root / "somewhere"
    folder.mkdir()
    place(folder)
    proof = prove(empty, [TRACES])
    assert {(f.kind, f.where, f.area) for f in proof.findings} >= {(kind, where, Area.OTHER)}
    assert {f.kind for f in proof.findings} == {kind}
    assert not proof.clean
    shown = repr(proof).casefold()
    assert not any(part in shown for part in ("marsh", "lindstr", SERIAL, "5e5e"))


def test_all_places_at_once_of_several_people(empty: Lake) -> None:
    other = Traces((Text(Kind.EMAIL, "somebody.else@example.org"),))
    for number, (place, _, _) in enumerate(PLACES.values()):
        folder = empty.root / f"place{number}"
        folder.mkdir()
        place(folder)
    proof = prove(empty, [other, TRACES])
    assert proof.count(person=0) == 0
    found = {f.path.split("/")[0] for f in proof.findings}
    assert found == {f"place{number}" for number in range(len(PLACES))}


def test_folders_beside_the_lake_are_searched_when_named(empty: Lake, tmp_path: Path) -> None:
    exported = tmp_path / "exports"
    exported.mkdir()
    (exported / "a.csv").write_text(EMAIL)
    assert prove(empty, [TRACES]).clean
    [finding] = prove(empty, [TRACES], extra=[exported]).findings
    assert (finding.area, finding.counts) == (Area.EXTRA, True)


def truncated() -> bytes:
    return gzip.compress(os.urandom(5000).hex().encode())[:-30]


def encrypted() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a", "x")
    data = bytearray(sink.getvalue())
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def cut_parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": ["x"] * 1000}), sink)
    return sink.getvalue()[:-20]


def nested() -> bytes:
    data = b"x"
    for _ in range(limits.DEEPEST + 1):
        data = gzip.compress(data)
    return data


UNREADABLE: dict[str, Callable[[], bytes]] = {
    "gzip cut off": truncated,
    "gzip, and rubbish after it": lambda: gzip.compress(b"x") + b"rubbish",
    "zip with a password": encrypted,
    "Parquet cut off": cut_parquet,
    "Avro cut off": lambda: b"Obj\x01\x02",
    "SQLite cut off": lambda: b"SQLite format 3\0" + bytes(50),
    "7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50),
    "tar": lambda: bytes(257) + b"ustar" + bytes(300),
    "packed too deep": nested,
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_decoded_is_told(empty: Lake, content: Callable[[], bytes]) -> None:
    (empty.root / "file").write_bytes(content())
    proof = prove(empty, [TRACES])
    assert [(f.path, f.counts) for f in proof.failures] == [("file", True)]
    assert not proof.clean


def test_what_stands_before_the_break_is_found(empty: Lake) -> None:
    (empty.root / "file").write_bytes(
        gzip.compress(EMAIL.encode() + b"\n" + os.urandom(90_000).hex().encode())[:-30]
    )
    proof = prove(empty, [TRACES])
    assert proof.count(kind=Kind.EMAIL) >= 1
    assert len(proof.failures) == 1


def test_what_is_no_file_is_told(empty: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(empty.root)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
        os.mkfifo(empty.root / "pipe")
        assert [f.path for f in prove(empty, [TRACES]).failures] == ["door", "pipe"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(empty: Lake) -> None:
    (empty.root / "closed").mkdir(mode=0)
    (empty.root / "file").touch(mode=0)
    assert [f.path for f in prove(empty, [TRACES]).failures] == ["closed", "file"]
    (empty.root / "closed").chmod(0o700)


def counted(empty: Lake, data: bytes, traces: Traces = TRACES) -> Counter[Kind]:
    (empty.root / "file").write_bytes(data)
    proof = prove(empty, [traces])
    return Counter({kind: n for kind in Kind if (n := proof.count(kind=kind))})


@pytest.mark.parametrize("size", [17, 64, 1000])
def test_no_chunk_hides_or_doubles_a_trace(empty: Lake, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(limits, "CHUNK_BYTES", size)
    data = b"".join(EMAIL.encode() + b" " * (n % 40) + b"\n" * (n % 3 == 0) + b";" for n in range(60))
    assert counted(empty, data) == {Kind.EMAIL: 60}
    assert counted(empty, EMAIL.encode("utf-16-le") * 5)[Kind.EMAIL] >= 5
    other = Traces((Text(Kind.EMAIL, EMAIL, within=("diana.marsh@example.org",)),))
    assert counted(empty, b"\0Diana.Marsh@Example.org" * 60, other) == {}


@pytest.mark.parametrize("size", [17, 64])
@pytest.mark.parametrize("filling", [b"\0", b" ", b"A", b"\n"])
def test_what_fills_a_file_up_hides_nobody(
    empty: Lake, monkeypatch: pytest.MonkeyPatch, filling: bytes, size: int
) -> None:
    monkeypatch.setattr(limits, "CHUNK_BYTES", size)
    email = b";" + EMAIL.encode() + b";"
    for before in (*range(size - 3, size + 3), *range(1000 - len(email), 1030, 7), 40 * size):
        data = filling * before + email + filling * 3000 + email + filling * 10
        assert counted(empty, data)[Kind.EMAIL] >= 2, before


OTHERS = {
    "another word": b"Juana.Marsh@Example.org",
    "another's, known, as a word": b"Diana.Marsh@Example.org",
    "another word in binary": b"\0\xffDiana.Marsh@Example.org\0",
    "another's, known": b"x.ana.marsh@example.org",
    "another's, known, in UTF-16": "x.ana.marsh@example.org".encode("utf-16-le"),
    "another number": SERIAL.replace("1", "2").encode(),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_somebody_else_is_not_found(empty: Lake, data: bytes) -> None:
    others = ("x.ana.marsh@example.org", "diana.marsh@example.org")
    traces = Traces(
        (Text(Kind.EMAIL, EMAIL, within=others), Text(Kind.NAME, NAME), Text(Kind.SERIAL, SERIAL))
    )
    assert counted(empty, data, traces) == {}
    assert counted(empty, data + b"\n" + EMAIL.encode(), traces) == {Kind.EMAIL: 1}


def test_what_others_share_is_told_and_held_against_nobody(empty: Lake) -> None:
    (empty.root / "file").write_text("+1 555 010 0000")
    proof = prove(empty, [Traces((Text(Kind.PHONE, "+1 555 010 0000", shared=True),))])
    assert [(f.shared, f.counts) for f in proof.findings] == [(True, False)]
    assert proof.clean
