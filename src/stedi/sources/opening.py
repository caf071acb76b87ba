"""The second pass over a landed file: the very content that was examined, and a word if it is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from stedi.ground.errors import StediError
from stedi.sources.content import (
    BadCompressionError,
    BombError,
    Landed,
    LandedReadError,
    landed_content,
    uncompressed,
)
from stedi.sources.examining import Examined, FileRefusal, changed, refusal
from stedi.sources.listing import FileState, ListedFile


class FileChangedError(StediError):
    """What was read is not what was examined; all of it is to be thrown away.

    Attributes:
        refusal: What becomes of the file in this run: it waits, vanished, or cannot be read any more.
    """

    def __init__(self, refusal: FileRefusal) -> None:
        self.refusal = refusal
        super().__init__(
            "A landed file changed while it was read, or could not be read to its end.\n"
            "Nothing of it was kept; the next run tries again."
        )


@contextmanager
def unchanged(file: ListedFile, state: FileState) -> Iterator[Landed]:
    """The bytes of a file as they lie there, for as long as it stays in `state`.

    Raises:
        FileChangedError: On entering or leaving: the file is not, or is no longer, in that state, or
            cannot be read. It takes the place of whatever the changed content made go wrong.
    """
    try:
        landed = landed_content(file.file)
    except OSError as error:
        raise FileChangedError(refusal(error)) from error
    with landed:
        _require(landed, state)
        try:
            yield landed
        except LandedReadError as error:
            raise FileChangedError(refusal(error)) from error
        except Exception:
            _require(landed, state)
            raise
        _require(landed, state)


@contextmanager
def open_content(file: ListedFile, examined: Examined) -> Iterator[BinaryIO]:
    """The uncompressed content, from its first byte, straight from the file where that is not packed.

    Every read is full, but for the last. Nothing is hashed again.

    Raises:
        FileChangedError: As for `unchanged`, and when what was examined unpacks no more.
    """
    with unchanged(file, examined.state) as landed:
        try:
            yield uncompressed(landed, examined.compression)
        except (BadCompressionError, BombError) as error:
            raise FileChangedError(FileRefusal(None)) from error


def _require(landed: Landed, state: FileState) -> None:
    if found := changed(landed, state):
        raise FileChangedError(found)
