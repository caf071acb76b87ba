"""All that a file holds, decoded as far as anybody could; it shares no code with the prover.

Packings in packings, base64, base32, hexadecimal digits, escapes, UTF-16, columns of Parquet, blocks of
Avro, rows of SQLite.
"""

import base64
import binascii
import functools
import html
import io
import json
import quopri
import re
import tarfile
import unicodedata
import urllib.parse
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from second_packings import STREAMS, avro_blocks, sqlite_texts

DEEPEST = 8

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_FOLDED = re.compile(rb"(?<=[A-Za-z0-9+/]{16})[ \t]*(?:\\r|\\n|\r|\n)+[ \t]*(?=[A-Za-z0-9+/]{4})")
_BASE32 = re.compile(rb"[A-Z2-7]{16,}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_CLOSED = {
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"%PDF": "a PDF",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
}  # fmt: skip


LARGEST_DIGEST_BYTES = 64


@dataclass(frozen=True)
class View:
    """Bytes as somebody could read them, and by which ways they were got."""

    how: str
    data: bytes

    @functools.cached_property
    def lowered(self) -> bytes:
        return self.data.lower()

    @functools.cached_property
    def folded(self) -> str:
        """As text in the one form that all spellings share; empty where it is no text outside ASCII."""
        if self.data.isascii():
            return ""
        return fold(self.data.decode("utf-8", "replace")) + "\n" + fold(self.data.decode("latin-1"))

    @functools.cached_property
    def is_text(self) -> bool:
        with suppress(UnicodeDecodeError):
            return not re.search(r"[\x00-\x08\x0e-\x1a]", self.data.decode("utf-8"))
        return False


@dataclass
class Content:
    """All that one file holds."""

    views: list[View] = field(default_factory=list)
    numbers: set[float] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)


def fold(text: str) -> str:
    """The form that all spellings of a text share."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


@functools.lru_cache(maxsize=4096)
def content_of(path: Path, *_state: int) -> Content:
    content = Content()
    into(content, path.read_bytes(), "raw", 0)
    return content


def into(content: Content, data: bytes, how: str, depth: int) -> None:
    """Everything in some bytes, whatever they are; the same bytes once."""
    if data in content.seen:
        return
    content.seen.add(data)
    content.views.append(View(how, data))
    if depth > DEEPEST:
        _close(content, how, "packed too deep", len(data))
        return
    for magic, why in _CLOSED.items():
        if data.startswith(magic):
            _close(content, how, why, len(data))
    _unpack(content, data, how, depth)
    spread(content, data, how, depth)


def _close(content: Content, how: str, why: str, size: int) -> None:
    # What was read in another way only looks packed, and so do some digests.
    if "no NULs" not in how and "UTF-16" not in how and size > LARGEST_DIGEST_BYTES:
        content.closed.append(why)


def _tar(content: Content, data: bytes, how: str, depth: int) -> None:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            content.views.append(View(f"{how} > tar name", member.name.encode("utf-8", "surrogateescape")))
            if member.isfile() and (file := archive.extractfile(member)):
                into(content, file.read(), f"{how} > tar", depth + 1)


def _unpack(content: Content, data: bytes, how: str, depth: int) -> None:
    for magic, kind, unpacked in STREAMS:
        if data.startswith(magic):
            whole, is_whole = unpacked(data)
            if not is_whole:
                _close(content, how, f"{kind} that breaks off", len(data))
            if whole:
                into(content, whole, f"{how} > {kind}", depth + 1)
    with suppress(Exception):
        if data.startswith(b"PAR1"):
            _parquet(content, data, how, depth)
        elif data.startswith(b"Obj\x01"):
            for block in avro_blocks(data):
                content.views.append(View(f"{how} > avro", block))
        elif data.startswith(b"SQLite format 3\0"):
            for text in sqlite_texts(data):
                into(content, text, f"{how} > sqlite", depth + 1)
    if data[257:262] == b"ustar":
        try:
            _tar(content, data, how, depth)
        except tarfile.TarError:
            _close(content, how, "tar that breaks off", len(data))
    if b"PK\x03\x04" in data[:4096]:
        _zip(content, data, how, depth)


def _zip(content: Content, data: bytes, how: str, depth: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                content.views.append(
                    View(f"{how} > zip name", member.filename.encode("utf-8", "surrogateescape"))
                )
                try:
                    into(content, archive.read(member), f"{how} > zip", depth + 1)
                except Exception:
                    _close(content, how, "a member of zip that is encrypted or broken", len(data))
    except zipfile.BadZipFile:
        _close(content, how, "zip that is broken", len(data))


def _parquet(content: Content, data: bytes, how: str, depth: int) -> None:
    file = pq.ParquetFile(io.BytesIO(data))
    content.views.append(View(f"{how} > footer", str(file.metadata.metadata).encode()))
    for name, column in zip(file.schema_arrow.names, file.read().columns, strict=True):
        if pa.types.is_floating(column.type):
            content.numbers |= set(column.unique().drop_null().to_pylist())
            continue
        texts = [
            value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, default=str).encode()
            for value in column.unique().to_pylist()
            if value is not None
        ]
        into(content, b"\n".join(texts), f"{how} > column {name}", depth + 1)
        for text in texts:
            if not View("", text).is_text:
                into(content, text, f"{how} > cell of {name}", depth + 1)


def spread(content: Content, data: bytes, how: str, depth: int) -> None:
    """What stands encoded in bytes."""
    if depth > DEEPEST or len(data) > 1 << 22:
        return
    for name, other in _rewritten(data):
        if other:
            into(content, other, f"{how} > {name}", depth + 1)
    for name, pattern, decoded in _ENCODED:
        for run in set(pattern.findall(data)):
            with suppress(ValueError, binascii.Error):
                other = decoded(run)
                if other and (_starts_packed(other) or View("", other).is_text):
                    into(content, other, f"{how} > {name}", depth + 1)


def _starts_packed(data: bytes) -> bool:
    magics = [magic for magic, _, _ in STREAMS] + [b"PK\x03\x04", b"PAR1", b"Obj\x01", *_CLOSED]
    return any(data.startswith(magic) for magic in magics) or data[257:262] == b"ustar"


def _rewritten(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[1::2].count(b"\0") > len(data) / 4:
        yield "UTF-16", data.decode("utf-16", "replace").encode("utf-8", "replace")
        yield "UTF-16", data.decode("utf-16-be", "replace").encode("utf-8", "replace")
    if b"\0" in data and len(data) < 1 << 16:
        yield "no NULs", data.replace(b"\0", b"")
    if not View("", data).is_text:
        return
    if b"\\" in data:
        yield "JSON", _without_escapes(data)
    if b"%" in data:
        yield "percent", urllib.parse.unquote_to_bytes(data)
    if b"&#" in data or b"&commat;" in data:
        yield "HTML", html.unescape(data.decode("utf-8", "replace")).encode("utf-8", "replace")
    if re.search(rb"=[0-9A-F]{2}", data):
        yield "quoted-printable", quopri.decodestring(data)
    if _FOLDED.search(data):
        yield "unfolded", _FOLDED.sub(b"", data)


def _without_escapes(data: bytes) -> bytes:
    def meant(escape: re.Match[str]) -> str:
        return str(json.loads(f'"{escape[0]}"'))

    text = data.decode("utf-8", "replace")
    undone = re.sub(r'(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]', meant, text)
    return undone.encode("utf-8", "replace")


def _from_base64(run: bytes) -> bytes:
    text = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"==")


_ENCODED = (
    ("base64", _BASE64, _from_base64),
    ("base32", _BASE32, lambda run: base64.b32decode(run + b"=" * (-len(run) % 8))),
    ("hex", _HEX, lambda run: bytes.fromhex(run.decode())),
)
