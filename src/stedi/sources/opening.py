"""The second pass over a landed file: the very content that was examined, and a word if it is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from stedi.errors import StediError
from stedi.sources.content import LandedFile, uncompressed
from stedi.sources.examining import Examined, FileRefusal, changed, refusal
from stedi.sources.listing import ListedFile


class FileChangedError(StediError):
    """What was read is not what was examined; all of it is to be thrown away.

    Attributes:
        refusal: What becomes of the file in this run: it waits, or it vanished.
    """

    def __init__(self, refusal: FileRefusal) -> None:
        self.refusal = refusal
        super().__init__(
            "A landed file changed while it was read; no line of it was kept.\n"
            "Nothing is to be done: the next run reads it."
        )


@contextmanager
def opened(file: ListedFile, examined: Examined) -> Iterator[BinaryIO]:
    """The uncompressed content, from its first byte, straight from the file where that is not packed.

    Every read is full, but for the last. Nothing is hashed again.

    Raises:
        FileChangedError: On entering or leaving: the file is not, or is no longer, the one examined.
            It takes the place of whatever the changed content made go wrong.
    """
    try:
        landed = LandedFile(file.file)
    except OSError as error:
        raise FileChangedError(refusal(error)) from error
    with landed:
        _require_same(landed, examined)
        try:
            yield uncompressed(landed, examined.compression)
        except Exception:
            _require_same(landed, examined)
            raise
        _require_same(landed, examined)


def _require_same(landed: LandedFile, examined: Examined) -> None:
    if found := changed(landed, examined.state):
        raise FileChangedError(found)
