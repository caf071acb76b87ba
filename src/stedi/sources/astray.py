"""Whether bytes look like customer records, wherever they landed and however they are written or packed.

A withdrawal of consent that lands in another place than `customer/` is refused there. It is recognised by two
of the customer's own keys, in whatever case, so that somebody looks; it is never read as a record.
"""

import base64
import binascii
import bz2
import contextlib
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import islice

from stedi.ground.places import Place
from stedi.sources.content import landed_content
from stedi.sources.records import ACCELEROMETER, CUSTOMER, SHAPES, STEP_TRAINER

LOOKS_LIKE_CUSTOMERS = "looks_like_customers"
"""The note of how many refused lines of a file look like customer records; 1 of a file refused whole."""

MOST_BYTES = 16 * 1024**2
"""Of a file that was refused whole, and of what it unpacks to, no more is searched; the end of it is, too."""
MOST_ARCHIVED = 100
MOST_FILES = 200
"""Of a folder that belongs to no source no more files are searched."""
_END_BYTES = 256 * 1024
_NESTED = 3

_OTHERS = {*SHAPES[ACCELEROMETER].keys, *SHAPES[STEP_TRAINER].keys}
OWN_KEYS = tuple(key for key in SHAPES[CUSTOMER].keys if key not in _OTHERS)
"""Keys that no reading has."""
_WEAK = frozenset({"email", "phone"})
"""Words that stand in many texts: they tell nothing without another key."""


def _pattern(key: str) -> bytes:
    words = re.findall("[A-Z]?[a-z]+", key)
    return rb"[\W_]{0,2}".join(word.encode() for word in words).replace(b"email", rb"e[-_ ]?mail")


_KEY = re.compile(
    rb"(?<![a-z])(?:" + b"|".join(b"(" + _pattern(key) + b")" for key in OWN_KEYS) + rb")(?![a-z])",
    re.IGNORECASE,
)
_PARTS = (b"date", b"mail", b"phone", b"birth", b"customer")
"""One of them stands in each of the keys."""
_READING = re.compile(
    rb'"(?:x|y|z|time[_-]?stamp|sensor[_-]?reading[_-]?time|distance[_-]?from[_-]?object)"', re.IGNORECASE
)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")
_NAME = re.compile(r"customer|consent|withdraw", re.IGNORECASE)


def customer_keys(text: bytes) -> frozenset[str]:
    """Which of the customer's own keys stand in some bytes, in UTF-8 or UTF-16, or in base64 inside them."""
    text = text.replace(b"\0", b"")
    found = _plain_keys(text)
    if not are_customers(found):
        for run in islice(_BASE64.finditer(text), MOST_ARCHIVED):
            with contextlib.suppress(binascii.Error):
                sent = run[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
                found |= _plain_keys(base64.b64decode(sent + b"=" * (-len(sent) % 4)))
    return found


def are_customers(keys: frozenset[str] | set[str]) -> bool:
    """Whether keys that stand together are a customer's: two, one of which is in no other text."""
    return len(keys) > 1 and not keys <= _WEAK


def is_customer_line(line: bytes, keys: frozenset[str]) -> bool:
    """Whether a refused line that holds these keys looks like a customer record by itself."""
    return are_customers(keys) or (keys == _WEAK and not _READING.search(line))


def is_customer_name(name: str) -> bool:
    """Whether a file or folder is called as if it held customer records."""
    return bool(_NAME.search(name))


class CustomerSearch:
    """Looks for the customer's own keys in a file's content, block by block."""

    def __init__(self) -> None:
        self._keys: frozenset[str] = frozenset()
        self._end = b""

    def add(self, block: bytes) -> None:
        """Take the next bytes."""
        if not self.found:
            self._keys |= _plain_keys((self._end + block).translate(None, b"\0"))
            self._end = block[-64:]

    @property
    def found(self) -> bool:
        """Whether they look like customer records."""
        return are_customers(self._keys)


def holds_customers(path: Place) -> bool:
    """Whether a landed file that was refused whole looks like customer records, by its name or content.

    It is unpacked as far as it goes, and nothing is raised for a file that cannot be read.
    """
    if is_customer_name(path.name):
        return True
    try:
        with landed_content(path) as file:
            head = file.read(MOST_BYTES)
            if len(head) == MOST_BYTES:
                file.seek(max(MOST_BYTES, file.state().size - _END_BYTES))
                head += b"\n" + file.read(_END_BYTES)
    except OSError:
        return False
    return any(are_customers(customer_keys(text)) for text in _unpacked(head, 0))


def folder_holds_customers(folder: Place) -> bool:
    """Whether a folder or file that belongs to no source looks like customer records."""
    if is_customer_name(folder.name):
        return True
    with contextlib.suppress(OSError):
        if not folder.is_dir():
            return holds_customers(folder)
        files = (path for path in folder.rglob("*") if path.is_file())
        return any(holds_customers(path) for path in islice(files, MOST_FILES))
    return False


def _plain_keys(text: bytes) -> frozenset[str]:
    found: set[str] = set()
    folded = text.lower()
    if not any(part in folded for part in _PARTS):  # Quick, for most refused lines are readings.
        return frozenset()
    for match in _KEY.finditer(text):
        found.add(OWN_KEYS[(match.lastindex or 1) - 1])
        if len(found) == len(OWN_KEYS):
            break
    return frozenset(found)


def _unpacked(packed: bytes, depth: int) -> Iterator[bytes]:
    yield packed
    if depth == _NESTED:
        return
    for magic, unpack in _PACKINGS:
        if packed.startswith(magic):
            # A broken or cut file counts as far as it goes.
            for inner in unpack(packed):
                yield from _unpacked(inner, depth + 1)


def _zipped(packed: bytes) -> Iterator[bytes]:
    with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(packed)) as archive:
        for name in archive.namelist()[:MOST_ARCHIVED]:
            yield name.encode()
            with contextlib.suppress(Exception), archive.open(name) as member:
                yield member.read(MOST_BYTES)


def _streamed(begin: Callable[[], Callable[[bytes, int], bytes]]) -> Callable[[bytes], Iterator[bytes]]:
    def unpack(packed: bytes) -> Iterator[bytes]:
        decompress, pieces, size = begin(), [], 0
        for at in range(0, len(packed), 1 << 14):
            try:
                pieces.append(decompress(packed[at : at + (1 << 14)], MOST_BYTES))
            except Exception:
                break
            size += len(pieces[-1])
            if size >= MOST_BYTES:
                break
        yield b"".join(pieces)

    return unpack


def _zstd(packed: bytes) -> Iterator[bytes]:
    import pyarrow as pa

    pieces = []
    with contextlib.suppress(Exception), pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        for _ in range(MOST_BYTES >> 16):
            pieces.append(stream.read(1 << 16))
    yield b"".join(pieces)


_PACKINGS: tuple[tuple[bytes, Callable[[bytes], Iterator[bytes]]], ...] = (
    (b"\x1f\x8b", _streamed(lambda: zlib.decompressobj(wbits=31).decompress)),
    (b"PK\x03\x04", _zipped),
    (b"BZh", _streamed(lambda: bz2.BZ2Decompressor().decompress)),
    (b"\xfd7zXZ\0", _streamed(lambda: lzma.LZMADecompressor().decompress)),
    (b"\x28\xb5\x2f\xfd", _zstd),
)
