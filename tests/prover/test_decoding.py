"""Texts in encodings and packings, one in another, are found; what can be read in no way is named."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import os
import quopri
import sqlite3
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable

import pyarrow as pa
import pytest

from planted_person import EMAIL, NAME, SERIAL, TRACES
from stedi.lake.config import Lake
from stedi.prover.proof import Area, Proof, prove
from stedi.prover.traces import Kind

RECORD = json.dumps({"customerName": NAME, "email": EMAIL, "serialNumber": SERIAL}).encode()


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zipped(data: bytes, name: str = "export/readings.json") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def tarred(data: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        info = tarfile.TarInfo("a.json.gz")
        content = gzip.compress(data)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return sink.getvalue()


def arrow_packed(kind: str) -> Callable[[bytes], bytes]:
    def packed(data: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, kind) as stream:
            stream.write(data)
        return bytes(sink.getvalue().to_pybytes())

    return packed


def wrapped(data: bytes) -> bytes:
    return base64.encodebytes(data * 3).replace(b"\n", b"\r\n")


def url64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def line(data: bytes) -> bytes:
    return b'{"kinesis": {"data": "' + data + b'"}}\n'


ENCODED: dict[str, Callable[[bytes], bytes]] = {
    "base64 in a line": lambda d: line(b64(d)),
    "base64 without padding": lambda d: line(b64(d).rstrip(b"=")),
    "base64url": lambda d: line(url64(d)),
    "base64, its slashes escaped": lambda d: line(b64(b"???>>>" + d).replace(b"/", b"\\/")),
    "base64 with line ends in JSON": lambda d: line(json.dumps(wrapped(d).decode())[1:-1].encode()),
    "base64 as a whole file": lambda d: b64(d * 50),
    "base64 of 76 characters a line": lambda d: b"To: x\r\n\r\n" + wrapped(d),
    "base64 in a path": lambda d: b'"/a/b/' + url64(b"~ " + EMAIL.encode() + b" ~") + b'.json"',
    "base64 in base64": lambda d: line(b64(b64(d))),
    "a data URI": lambda d: b'<a href="data:text/plain;base64,' + b64(d) + b'">',
    "gzip in base64": lambda d: line(b64(gzip.compress(d))),
    "zlib in base64": lambda d: line(b64(zlib.compress(d))),
    "deflate in base64": lambda d: line(b64(deflated(d))),
    "zip in base64": lambda d: line(b64(zipped(d))),
    "hex": lambda d: line(d.hex().encode()),
    "hex of a database": lambda d: b"\\x" + d.hex().upper().encode() + b"\n",
    "gzip in hex": lambda d: line(gzip.compress(d).hex().encode()),
    "base32": lambda d: line(base64.b32encode(d)),
    "UTF-16 in base64": lambda d: line(b64(d.decode().encode("utf-16"))),
    "JSON in JSON in JSON": lambda d: json.dumps(json.dumps(json.dumps(d.decode()))).encode(),
    "percent": lambda d: urllib.parse.quote_from_bytes(d, safe="").encode(),
    "entities of HTML": lambda d: "".join(f"&#{ord(c)};" for c in d.decode()).encode(),
    "named entities": lambda d: html.escape(d.decode()).replace("@", "&commat;").encode(),
    "quoted-printable": lambda d: quopri.encodestring(d).replace(b"@", b"=40"),
    "percent in base64 in zip": lambda d: zipped(b64(urllib.parse.quote_from_bytes(d, safe="").encode())),
    "bzip2, two members": lambda d: bz2.compress(b"x\n") + bz2.compress(d),
    "xz, two members": lambda d: lzma.compress(b"x\n") + lzma.compress(d),
    "lzma": lambda d: lzma.compress(d, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
    "lz4": arrow_packed("lz4"),
    "zstd in zip": lambda d: zipped(arrow_packed("zstd")(d)),
    "gzip in tar": tarred,
    "tar in gzip": lambda d: gzip.compress(tarred(d)),
}  # fmt: skip


def searched(lake: Lake, data: bytes, place: str = "landing/accelerometer/a.json") -> Proof:
    path = lake.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return prove(lake, [TRACES])


@pytest.mark.parametrize("place", ["landing/accelerometer/a.json", "somewhere/a"])
@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
def test_a_record_is_found_in_an_encoding(empty: Lake, encode: Callable[[bytes], bytes], place: str) -> None:
    proof = searched(empty, encode(RECORD), place)
    found = {f.kind for f in proof.findings}
    assert found >= {Kind.EMAIL} if encode is ENCODED["base64 in a path"] else found >= {
        Kind.EMAIL, Kind.SERIAL, Kind.NAME
    }  # fmt: skip
    assert not proof.clean
    assert proof.failures == ()
    # Nobody is found where somebody else stands.
    other = RECORD.replace(EMAIL.encode(), b"bea@example.org").replace(SERIAL[:8].encode(), b"0" * 8)
    if encode is not ENCODED["base64 in a path"]:
        assert searched(
            empty, encode(json.dumps({**json.loads(other), "customerName": "Bea"}).encode()), place
        ).clean


def sqlite_file(data: bytes) -> bytes:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE t (v BLOB)")
    base.execute("INSERT INTO t VALUES (?)", [data])
    base.commit()
    return base.serialize()


def test_packed_bytes_in_a_column_are_opened(empty: Lake) -> None:
    assert searched(empty, sqlite_file(gzip.compress(RECORD))).count(kind=Kind.EMAIL) >= 1


COMPRESSED = (
    "1f9d907b44d49953468e081d0261886021c2cd41187d14041c58f0a0c0180b1b1e8c117122418308ebc8c8e850078d8e"
    "023f5aac3383e4c11c2829821448c3a58e183662aa0c59c3a68c1a3a2b86b46173464e8929850abc6193064ca43257e2b069e3a402"
)
"""What ncompress 5 writes of nine lines such as {"user":"u3","n":9}."""

UNREADABLE: dict[str, Callable[[], bytes]] = {
    "random bytes in base64": lambda: line(b64(os.urandom(120))),
    "an image": lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(500),
    "an image in base64": lambda: line(b64(b"\x89PNG\r\n\x1a\n" + os.urandom(500))),
    "compress": lambda: bytes.fromhex(COMPRESSED),
    "compress in hex": lambda: line(COMPRESSED.encode()),
    "pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\n",
    "random bytes": lambda: os.urandom(2000),
    "random bytes in gzip": lambda: gzip.compress(os.urandom(2000)),
    "random bytes among lines": lambda: b"{}\n" * 500 + os.urandom(300) + b"\n{}\n",
    "bzip2, and rubbish after it": lambda: bz2.compress(b"x") + b"rubbish",
    "gzip cut off, in base64": lambda: line(b64(gzip.compress(os.urandom(90).hex().encode())[:-12])),
    "a zip with a hidden file": lambda: hidden_in_zip(),
    "a bomb": lambda: gzip.compress(bytes(100 << 20)),
}


def hidden_in_zip() -> bytes:
    shown, hidden = zipped(b"x", "a"), zipped(RECORD, "b")
    entry = hidden[: hidden.index(b"PK\x01\x02")]
    at = shown.index(b"PK\x01\x02")
    end = bytearray(shown[at:])
    offset = int.from_bytes(end[-6:-2], "little") + len(entry)
    end[-6:-2] = offset.to_bytes(4, "little")
    return shown[:at] + entry + bytes(end)


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_be_read_in_no_way_is_named(empty: Lake, content: Callable[[], bytes]) -> None:
    proof = searched(empty, content())
    assert [(f.path, f.area, f.counts) for f in proof.failures] == [
        ("landing/accelerometer/a.json", Area.LANDED, True)
    ]
    assert proof.failures[0].why
    assert not proof.clean


READING = {"user": "bea@example.org", "timestamp": 1792742960176, "x": 1.25, "y": 9.81}
READABLE = {
    "lines of base64 that end in a sign of equality": b"\n".join(
        b64(b'{"user": "bea@example.org", "timestamp": 1792742960176, "x": 0.%d}' % 9**n) for n in range(9)
    ),
    "long base64 in base64, twice": line(b64(b64(json.dumps({"readings": [READING] * 60}).encode()))),
    "digests, identities and times": json.dumps(
        {"a": "5f" * 32, "b": SERIAL.replace("1", "2"), "c": "2026-11-01T00:00:00.000Z", "d": "a" * 200,
         "e": "/lake/tables/landing/customer_staged/data/20261130T062808-a92bda_f8ae901fe36c4187.parquet",
         "f": 1740960000123, "g": "SensorReadingTimeDistanceFromObjectAccelerometerCustomer", "h": "x" * 70}
    ).encode() + b"\n",
    "a line with a stray byte": b'{"user": "caf\xe9\x00\x01"}\n',
    "Latin-1": "Müller, Größe, Straße\n".encode("latin-1") * 50,
    "UTF-16": "Müller 你好\n".encode("utf-16") * 50,
    "digests and names of files that begin as packings do": b"\n".join(
        line(name + (begin + bytes(range(32)))[:size].hex().encode() + b".parquet")
        for begin in (b"\x1f\x9d\x90", b"BM", b"\x1f\x8b\x08", b"PK\x03\x04", b"\x78\x9c", b"%PDF-")
        for size in (6, 20, 32)
        for name in (b"", b"/lake/tables/landing/customer_staged/data/20261130T062808-a92bda_00000-0-")
    ),
    "text that begins as a packing does": b"ORCHID, BM, BZhang, PARENT\n" * 3,
}  # fmt: skip


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_ordinary_data_is_searched_to_its_end(empty: Lake, data: bytes) -> None:
    assert searched(empty, data).clean
