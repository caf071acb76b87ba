"""What decoders raise at broken content, and how it is told without a word of that content."""

import lzma
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from stedi.decoding.packings import UndecodableError

BROKEN = (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, ArithmeticError, RuntimeError,
          struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, sqlite3.Error,
          NotImplementedError)  # fmt: skip
"""What decoders raise at what is no such content, or a broken one."""


class ReportBroken:
    """Names what broke, and goes on.

    Args:
        fail: Hears what broke.
        kind: What is being decoded.
    """

    def __init__(self, fail: Callable[[str], None], kind: str) -> None:
        self._fail = fail
        self._kind = kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, BROKEN):
            return False
        # Only our own words: those of others may quote what they read.
        cut = (
            "it breaks off"
            if isinstance(error, EOFError)
            else "it is damaged, encrypted or of a kind unknown"
        )
        self._fail(f"{self._kind}: {error if isinstance(error, UndecodableError) else cut}")
        return True
