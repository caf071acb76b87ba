"""The values of a line: texts of JSON that are no keys, or what stands between separators."""

import json
import re
from collections.abc import Collection, Iterator

from stedi.decoding.escapes import unescaped

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)(\s*:)?', re.DOTALL)
_BARE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*([^\s"{}\[\],][^"{}\[\],]*)')
_SEPARATORS = re.compile(r"[,;\t|&<>{}\[\]\r\n]")
_SAYS = re.compile(r"[:=]")
_QUOTES = " \t\r\n\"'"
DEEPEST = 4


def text_of(data: bytes) -> str:
    """Bytes as text, whatever they are; a letter that is no UTF-8 as Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if b"\0" in data:
        return data.translate(None, b"\0").decode("latin-1")
    return data.decode("latin-1")


def cells_of(text: str, bare: Collection[str] = (), depth: int = 0) -> Iterator[str]:
    """The values of a line.

    Args:
        text: The line.
        bare: Keys in lower case whose values count without quotes too.
        depth: How many texts it stands in.
    """
    strict = _is_json(text)
    for match in _STRING.finditer(text):
        if match[2]:
            continue
        value = _unquoted(match[1])
        yield value
        if depth < DEEPEST and '"' in value:
            yield from cells_of(value, bare, depth + 1)
    for match in _BARE.finditer(text) if bare else ():
        if match[1].lower() in bare:
            yield match[2].strip()
    if not strict:
        yield text.strip(_QUOTES)
        yield from _separated(text)


def _separated(text: str) -> Iterator[str]:
    for field in _SEPARATORS.split(text):
        # A name before a value is a key.
        yield _SAYS.split(field, maxsplit=1)[-1].strip(_QUOTES)
        if "=" in field or ":" in field:
            yield _SAYS.split(field)[-1].strip(_QUOTES)


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _unquoted(inner: str) -> str:
    if "\\" not in inner:
        return inner
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:
        data = inner.encode("utf-8", "surrogatepass")
        return next(unescaped(data), data).decode("utf-8", "replace")
