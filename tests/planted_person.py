"""A person who lives in no lake, and every place in which a trace of them may hide."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.avro.file import AvroOutputFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import BinaryType, NestedField

from stedi.prover.traces import Kind, Rows, Text, Traces, row_hashes

EMAIL = "Ana.Marsh@Example.org"
NAME = "Ána Lindström"
SERIAL = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
SUBJECT = "5e" * 32
AT_MS = 1_740_960_000_123
READING = (AT_MS, 0.25, -1.5, 9.75)

_ROW = row_hashes([np.array([value]) for value in READING])
TRACES = Traces(
    (
        Text(Kind.EMAIL, EMAIL),
        Text(Kind.NAME, NAME),
        Text(Kind.SERIAL, SERIAL),
        Text(Kind.SUBJECT_KEY, SUBJECT),
    ),
    {Kind.PHONE_READING: Rows(_ROW, np.array([AT_MS]))},
)

Place = Callable[[Path], None]


def _bytes(name: str, data: bytes) -> Place:
    return lambda folder: _discard((folder / name).write_bytes(data))


def _discard(_: object) -> None:
    return None


def _parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def _unused_dictionary() -> bytes:
    sink = io.BytesIO()
    values = pa.DictionaryArray.from_arrays(pa.array([1, 1], pa.int8()), pa.array([EMAIL, "nobody"]))
    # Arrow would drop what no row uses, unless it is told to keep the dictionary as it is.
    pq.write_table(pa.table({"user": values}), sink, compression="zstd")
    return sink.getvalue()


def _footer() -> bytes:
    sink = io.BytesIO()
    table = pa.table({"x": [1.0]})
    with pq.ParquetWriter(sink, table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"exported for": EMAIL})
    return sink.getvalue()


def _manifest_bound(folder: Path) -> None:
    schema = Schema(NestedField(1, "lower_bound", BinaryType(), required=True))
    output = PyArrowFileIO().new_output(str(folder / "m0.avro"))
    with AvroOutputFile[Record](output, schema, "manifest", metadata={"avro.codec": "deflate"}) as file:
        file.write_block([Record(EMAIL.lower().encode())])


def _deleted_row(folder: Path) -> None:
    with sqlite3.connect(folder / "catalog.db") as base:
        base.execute("PRAGMA secure_delete = OFF")
        base.execute("CREATE TABLE t (v TEXT)")
        base.executemany("INSERT INTO t VALUES (?)", [[f"{EMAIL} {n}" * 20] for n in range(50)])
        base.commit()
        base.execute("DELETE FROM t")
    base.close()


def _write_ahead_log(folder: Path) -> None:
    base = sqlite3.connect(folder / "catalog.db")
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("CREATE TABLE t (v TEXT)")
    base.execute("INSERT INTO t VALUES (?)", [EMAIL])
    base.commit()
    log = (folder / "catalog.db-wal").read_bytes()
    base.close()
    (folder / "catalog.db").unlink()
    (folder / "catalog.db-wal").write_bytes(log)


def _linked(folder: Path) -> None:
    (folder / "link").symlink_to(f"/nowhere/{EMAIL}")


def _zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.json.gz", gzip.compress(EMAIL.encode()))
    return sink.getvalue()


def _zip_member_name() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(f"{EMAIL}.txt", "")
    return sink.getvalue()


def _zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def _gap() -> bytes:
    """A Parquet file in which bytes lie that its footer does not lead to."""
    whole = _parquet(x=[1.0])
    (length,) = struct.unpack("<I", whole[-8:-4])
    footer = len(whole) - 8 - length
    return whole[:footer] + EMAIL.encode() + whole[footer:]


_LINE = json.dumps({"user": None, **dict(zip(("timestamp", "x", "y", "z"), READING, strict=True))}).encode()
_ESCAPED = "".join(f"\\u{ord(letter):04x}" for letter in EMAIL)
_COLUMNS = {name: [value] for name, value in zip(("timestamp", "x", "y", "z"), READING, strict=True)}
_E = EMAIL.encode()
_UTF_16 = "x ".encode("utf-16") + EMAIL.encode("utf-16-le")
_LINK = b"https://x.org/?u=ana.marsh%40example.org&v=1"
_METADATA = json.dumps({"properties": [EMAIL]}).encode()
_RAW_KEY = b"\xff\0" + bytes.fromhex(SUBJECT)
_LINES = b"\n" + _LINE + b"\n{}\n"
_ENVELOPE = b'{"user": null, "readings": [null, {}, ' + _LINE + b"]}\n"

PLACES: dict[str, tuple[Place, Kind, str]] = {
    "plain text, in another case": (_bytes("log", b"x\n to ANA.MARSH@EXAMPLE.ORG.\n"), Kind.EMAIL, "data"),
    "a temporary file": (_bytes("report.md.tmp", _E), Kind.EMAIL, "data"),
    "a certificate": (_bytes("certificate.json", json.dumps({"of": EMAIL}).encode()), Kind.EMAIL, "data"),
    "gzip": (_bytes("a", gzip.compress(_E)), Kind.EMAIL, "data"),
    "a second member of gzip": (_bytes("a", gzip.compress(b"\n") + gzip.compress(_E)), Kind.EMAIL, "data"),
    "gzip in gzip": (_bytes("a.gz", gzip.compress(gzip.compress(_E))), Kind.EMAIL, "data"),
    "bzip2": (_bytes("a", bz2.compress(_E)), Kind.EMAIL, "data"),
    "xz": (_bytes("a", lzma.compress(_E)), Kind.EMAIL, "data"),
    "zstd": (_bytes("a", _zstd(_E)), Kind.EMAIL, "data"),
    "gzip in zip": (_bytes("a", _zipped()), Kind.EMAIL, "data"),
    "the name of a member of zip": (_bytes("a", _zip_member_name()), Kind.EMAIL, "name"),
    "UTF-16, little end first": (_bytes("a", _UTF_16), Kind.EMAIL, "data"),
    "UTF-16, big end first": (_bytes("a", EMAIL.encode("utf-16-be")), Kind.EMAIL, "data"),
    "UTF-16, a name outside ASCII": (_bytes("a", b"\0\1" + NAME.encode("utf-16-le")), Kind.NAME, "data"),
    "Latin-1": (_bytes("a", NAME.encode("latin-1")), Kind.NAME, "data"),
    "a name decomposed, in capitals": (_bytes("a", "ÁNA LINDSTRO\u0308M".encode()), Kind.NAME, "data"),
    "a name turned round": (_bytes("a", "Lindström, Ána".encode()), Kind.NAME, "data"),
    "escapes of JSON": (_bytes("a", f'{{"user": "{_ESCAPED}"}}'.encode()), Kind.EMAIL, "data"),
    "JSON in JSON": (_bytes("a", json.dumps(json.dumps({"n": NAME})).encode()), Kind.NAME, "data"),
    "an address of the web": (_bytes("a", _LINK), Kind.EMAIL, "data"),
    "a column of Parquet": (_bytes("orphan.parquet", _parquet(user=[EMAIL])), Kind.EMAIL, "data"),
    "Parquet in gzip": (_bytes("a", gzip.compress(_parquet(user=[EMAIL]))), Kind.EMAIL, "data"),
    "a list in Parquet": (_bytes("a", _parquet(users=[["x", EMAIL]])), Kind.EMAIL, "data"),
    "raw bytes in Parquet": (_bytes("a", _parquet(raw=[b"\xff{" + _E])), Kind.EMAIL, "data"),
    "a dictionary of Parquet, unused": (_bytes("a", _unused_dictionary()), Kind.EMAIL, "dictionary"),
    "the footer of Parquet": (_bytes("a", _footer()), Kind.EMAIL, "footer"),
    "between the pages of Parquet": (_bytes("a", _gap()), Kind.EMAIL, "unreferenced"),
    "a manifest's bound": (_manifest_bound, Kind.EMAIL, "data"),
    "an old metadata.json": (_bytes("0.metadata.json", _METADATA), Kind.EMAIL, "data"),
    "a deleted row of SQLite": (_deleted_row, Kind.EMAIL, "data"),
    "a log written ahead": (_write_ahead_log, Kind.EMAIL, "data"),
    "a file's name": (_bytes(f"report-{EMAIL}.csv", b""), Kind.EMAIL, "name"),
    "a folder's name": (lambda folder: (folder / "user=ana.marsh%40example.org").mkdir(), Kind.EMAIL, "name"),
    "where a link leads": (_linked, Kind.EMAIL, "link"),
    "a model": (_bytes("model.onnx", b"\x08\x0a\x12" + bytes(200) + _E + b"\x1a"), Kind.EMAIL, "data"),
    "a serial number in capitals": (_bytes("a", SERIAL.upper().encode()), Kind.SERIAL, "data"),
    "a serial number without dashes": (_bytes("a", SERIAL.replace("-", "").encode()), Kind.SERIAL, "data"),
    "a serial number as bytes": (_bytes("a", b"\0" + uuid.UUID(SERIAL).bytes), Kind.SERIAL, "data"),
    "a subject key": (_bytes("a", _parquet(subject_key=[SUBJECT, "0" * 64])), Kind.SUBJECT_KEY, "data"),
    "a subject key as bytes": (_bytes("a", _RAW_KEY), Kind.SUBJECT_KEY, "data"),
    "a row without its user": (_bytes("a", _parquet(**_COLUMNS)), Kind.PHONE_READING, "data"),
    "a landed line without its user": (_bytes("a.json", _LINES), Kind.PHONE_READING, "data"),
    "a landed envelope without its user": (_bytes("a.json", _ENVELOPE), Kind.PHONE_READING, "data"),
    "a quarantined line without its user": (_bytes("a", _parquet(raw=[_LINE])), Kind.PHONE_READING, "data"),
}  # fmt: skip
