"""What a text says once its escapes are undone: of JSON, of web addresses, of HTML and of e-mails."""

import html
import re
from collections.abc import Iterator

_ESCAPE = re.compile(rb'\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([/"\\bfnrt]))|%([0-9a-fA-F]{2})')
_NAMED = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n)")
ESCAPES = (b"\\", b"%", b"&", b"=")
"""What escapes begin with."""
NESTING = 6
"""JSON in JSON escapes the escapes."""


def unescaped(data: bytes) -> Iterator[bytes]:
    """What the bytes say when escapes are undone, each layer of them."""
    return (view for view, _ in unescaped_views(data))


def unescaped_views(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """The same, and of each layer whether every line in it is one that was written.

    Of quoted-printable a line that ends in a sign of equality goes on in the next; most often it is
    something else, such as base64.
    """
    for _ in range(NESTING):
        undone = _undone(data)
        if undone == data:
            break
        data = undone
        yield data, True
    if b"=" in data and _QUOTED.search(data):
        yield _joined(_QUOTED.sub(_quoted, data)), False


def lines_with_escapes(data: bytes, since: int = 0) -> bytes:
    """The lines, of those that begin or go on after a place, that hold anything that may be an escape."""
    found: list[bytes] = []
    end = since
    for at in sorted(_signs(data, since)):
        if at < end:
            continue
        begin = max(data.rfind(b"\n", 0, at) + 1, end if found else 0)
        end = data.find(b"\n", at)
        # A line that ends so goes on in the next, and that may do so too.
        line = begin
        while end > 0 and data[line:end].rstrip(b" \t\r").endswith(b"="):
            line, end = end + 1, data.find(b"\n", end + 1)
        end = len(data) if end < 0 else end
        found.append(data[begin:end])
    return b"\n".join(found)


def _signs(data: bytes, since: int) -> Iterator[int]:
    """Where an escape may begin, one a line of each kind."""
    for sign in ESCAPES:
        at = data.find(sign, since)
        while at >= 0:
            is_escape = sign != b"=" or _QUOTED.match(data, at)
            if is_escape:
                yield at
            at = data.find(sign, (data.find(b"\n", at) + 1 or len(data)) if is_escape else at + 1)


def _undone(data: bytes) -> bytes:
    if b"\\" in data or b"%" in data:
        data = _joined(_ESCAPE.sub(_meant, data))
    if b"&" in data:
        data = _ENTITY.sub(_entity, data)
    return data


def _meant(escape: re.Match[bytes]) -> bytes:
    unit, byte, letter, percent = escape.groups()
    if unit:
        return chr(int(unit, 16)).encode("utf-8", "surrogatepass")
    if byte or percent:
        return bytes([int(byte or percent, 16)])
    return _NAMED.get(letter, letter)


def _entity(entity: re.Match[bytes]) -> bytes:
    return html.unescape(entity[0].decode("ascii")).encode("utf-8", "surrogatepass")


def _quoted(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16)]) if escape[1] else b""


def _joined(data: bytes) -> bytes:
    """Two escapes that stand for one letter outside the basic plane, as that letter."""
    if b"\xed" not in data:
        return data
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        # A letter may be cut in two where a chunk ends.
        if error.start < len(data) - 4:
            return data
        return _joined(data[: error.start]) + data[error.start :]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
