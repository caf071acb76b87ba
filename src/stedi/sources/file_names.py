"""Names of landed files: which can be carried on, how they are stored and shown."""

import os
import re
import unicodedata

LONGEST_PATH_BYTES = 1024
"""The longest key of an S3 object."""

ADDRESS = re.compile(r"[^/\s=,;]+(?:@|%40)[^/\s,;]+", re.IGNORECASE)
SERIAL = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)

TEMPORARY_ENDINGS = (".part", ".tmp")


def is_temporary(name: str) -> bool:
    """Whether a name says that its file is not finished."""
    return name.lower().endswith(TEMPORARY_ENDINGS)


def can_be_carried(name: str) -> bool:
    """Whether every system we write to can hold this path: UTF-8, no control character, not too long.

    Everything else is read: `..` inside a name, `<script>`, spaces, quotes, 255 bytes.
    """
    if len(os.fsencode(name)) > LONGEST_PATH_BYTES:
        return False
    return name.isprintable() or not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)


def stored(name: str) -> str:
    r"""A path as text that any table can hold, and from which its bytes can be told again.

    Bytes that are not UTF-8 become `\xff`, and a backslash two, so that no two paths become one text.

    >>> stored("a\\b"), stored("a\udcff")
    ('a\\\\b', 'a\\xff')
    """
    return os.fsencode(name).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def shown(text: str) -> str:
    r"""A path for a terminal or a log: line ends, escapes and characters that turn text around are spelt out.

    It is not escaped for HTML or for a terminal's markup, which each page does itself.

    >>> shown("a\nb\x1b[2J\u202e.json")
    'a\\nb\\x1b[2J\\u202e.json'
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )


def for_message(path: str) -> str:
    """A path for a log or an error: as `shown`, with whatever may be an e-mail or a serial number hidden.

    >>> for_message("accelerometer/user=a.b@example.org/1.json")
    'accelerometer/user=…@…/1.json'
    """
    return SERIAL.sub("…", ADDRESS.sub("…@…", shown(path)))
