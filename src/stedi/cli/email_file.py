"""The e-mail that a request is about, given in a file or on stdin."""

import sys
from pathlib import Path

from stedi.ground.errors import UsageError

_READ_BYTES = 1 << 16
"""No address is nearly as long; the rest of a longer file is not read."""


def read_email(named: str) -> str:
    """The e-mail in a file or on stdin.

    Raises:
        UsageError: There is none, or more than one line.
    """
    try:
        text = _content(named).decode("utf-8-sig")
    except (OSError, UnicodeError) as refused:
        raise UsageError(
            "The file with the e-mail cannot be read; nothing was done.\n"
            "Name a file of text in UTF-8 that you may read, or - and give the e-mail on stdin: "
            "--email-file FILE|-"
        ) from refused
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != 1 or "@" not in lines[0]:
        raise UsageError(
            "Nothing was done: one e-mail is expected, alone on a line.\n"
            "Give it in a file or on stdin: --email-file FILE|-"
        )
    return lines[0]


def _content(named: str) -> bytes:
    if named != "-":
        with Path(named).open("rb") as file:
            return file.read(_READ_BYTES)
    if hasattr(sys.stdin, "buffer"):
        return sys.stdin.buffer.read(_READ_BYTES)
    return sys.stdin.read(_READ_BYTES).encode()
