"""The files in which people land: plain, packed, encoded, broken, closed to everybody."""

import base64
import bz2
import gzip
import io
import json
import lzma
import random
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import zstandard

from fuzzed_people import Drawn, Record


def lines(rows: Sequence[Record], *, escaped: bool = False) -> bytes:
    """JSON, one a line."""
    return b"".join(
        json.dumps(row, ensure_ascii=escaped).encode("utf-8", "surrogatepass") + b"\n" for row in rows
    )


def _zip(data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.writestr("export/readings.json", data)
    return sink.getvalue()


def _encrypted_zip(data: bytes) -> bytes:
    """A zip whose member says that it is encrypted; its bytes are those of nobody's key."""
    scrambled = bytes(byte ^ (91 + 7 * n) % 256 for n, byte in enumerate(zlib.compress(data)))
    packed = bytearray(_zip(scrambled, zipfile.ZIP_STORED))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.find(magic) + at] |= 1
    return bytes(packed)


def _tar(data: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        member = tarfile.TarInfo("readings.json")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


def _image(data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    packed = b"Comment\0\0" + zlib.compress(data)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"zTXt", packed) + chunk(b"IEND", b"")


def _kinesis(data: bytes) -> bytes:
    return b"".join(
        json.dumps({"kinesis": {"data": base64.b64encode(line).decode()}}).encode() + b"\n"
        for line in data.splitlines()
    )


def _in_field(data: bytes) -> bytes:
    return lines([{"data": base64.b64encode(data).decode()}])


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip, truncated": lambda data: gzip.compress(data)[: -min(12, len(data) // 4)],
    "gzip, cut in the middle": lambda data: gzip.compress(data * 9)[: len(gzip.compress(data * 9)) // 2],
    "gzip in gzip": lambda data: gzip.compress(gzip.compress(data)),
    "gzip of two members": lambda data: gzip.compress(b"\n") + gzip.compress(data),
    "zip": _zip,
    "zip, stored": lambda data: _zip(data, zipfile.ZIP_STORED),
    "zip, encrypted": _encrypted_zip,
    "zip, broken": lambda data: _zip(data)[:-30],
    "gzip in zip": lambda data: _zip(gzip.compress(data)),
    "tar": _tar,
    "tar.gz": lambda data: gzip.compress(_tar(data)),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "zlib": zlib.compress,
    "image": _image,
    "base64, whole": lambda data: base64.b64encode(data) + b"\n",
    "base64, folded": base64.encodebytes,
    "base64 in a field": _kinesis,
    "gzip in base64 in a field": lambda data: _in_field(gzip.compress(data)),
    "base64 twice": lambda data: _kinesis(base64.b64encode(data)),
    "hex in a field": lambda data: lines([{"payload": data.hex()}]),
    "JSON in JSON": lambda data: lines([{"message": line.decode()} for line in data.splitlines()]),
    "escapes": lambda data: lines([json.loads(line) for line in data.splitlines()], escaped=True),
    "UTF-16": lambda data: data.decode("utf-8", "replace").encode("utf-16"),
    "array": lambda data: b"[" + b",\n".join(data.splitlines()) + b"]",
    "byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "CSV": lambda data: b"\n".join(map(_csv, data.splitlines())),
}  # fmt: skip
CLOSED = ("gzip, truncated", "gzip, cut in the middle", "zip, encrypted", "zip, broken", "image")
"""What nobody, or not everybody, can read to its end."""


def _csv(line: bytes) -> bytes:
    return ";".join(map(str, json.loads(line).values())).encode("utf-8", "surrogatepass")


def broken(rng: random.Random, drawn: Drawn) -> bytes:
    """Lines about a person that no table takes."""
    (record, *_), reading = drawn.records(), drawn.readings[0]
    whole = lines([rng.choice([record, reading])]).strip()
    told = [
        whole[: len(whole) * 2 // 3],
        whole.replace(b'"', b"'"),
        whole[:-1] + b',"email":"twice@example.org","email":"twice@example.org"}',
        whole + whole,
        b"\xff" + whole,
        f"ERROR user {drawn.email} not found ({drawn.name})".encode("utf-8", "surrogatepass"),
        lines([{"name": drawn.name}]).strip(),
        lines([{"user": drawn.name, "timestamp": reading["timestamp"]}]).strip(),
        lines([reading | {"user": None}]).strip(),
        lines([reading | {"timestamp": "soon"}]).strip(),
        lines([{"readings": [reading, reading | {"x": "far"}, {"user": drawn.email}]}]).strip(),
        base64.b64encode(whole),
        unicodedata.normalize("NFD", whole.decode("utf-8", "replace")).encode("utf-8", "replace"),
    ]
    return rng.choice(told) + b"\n"


def land(
    rng: random.Random, folder: Path, people: Sequence[Drawn], packings: Sequence[str], name: str
) -> list[str]:
    """Write a delivery: all records and readings as they should be, and some of them in other packings.

    Returns:
        The packings that nobody can read to their end, of those that were used.
    """
    sources = {
        "customer": [row for drawn in people for row in drawn.records()],
        "accelerometer": [row for drawn in people for row in drawn.readings],
        "step_trainer": [row for drawn in people for row in drawn.steps],
    }
    for source, rows in sources.items():
        write(folder / source / f"{name}.json", lines(rows))
    write(folder / "accelerometer" / f"{name}-broken.json", b"".join(broken(rng, drawn) for drawn in people))
    if rng.random() < 0.3:
        told_of = rng.choice(people).email.replace("/", "_").replace("\0", "")[:60]
        write(folder / "accelerometer" / f"{told_of} {name}.json", lines(people[0].readings))
    for number, packing in enumerate(packings):
        some = rng.sample(people, min(len(people), 2))
        rows = [row for drawn in some for row in (*drawn.records(), *drawn.readings, *drawn.steps)]
        source = rng.choice(list(sources))
        write(
            folder / source / f"{name}-{number}.{rng.choice(['json', 'bin', 'gz'])}",
            PACKINGS[packing](lines(rows)),
        )
    return [packing for packing in packings if packing in CLOSED]


def write(path: Path, content: bytes) -> None:
    """A file, and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
