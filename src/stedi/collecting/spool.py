"""Lines of a stream, kept durably as they come, and landed as whole files."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from stedi.ground.durable import settle
from stedi.ground.errors import UsageError
from stedi.ground.places import Place, S3Path
from stedi.sources.listing import COLLECTING_FOLDER
from stedi.sources.source import Source

BYTES_A_FILE = 64 * 1024**2
SECONDS_A_FILE = 60.0
_BLOCK_BYTES = 1 << 20


class Spool:
    """One file at a time that grows, is made durable on demand, and lands whole by an atomic rename.

    It lands in `<landing>/<source>/dt=YYYY-MM-DD/hh=HH/`, by the time (UTC) at which it was begun.
    """

    def __init__(
        self,
        landing: Path,
        source: Source,
        clock: Callable[[], float],
        *,
        bytes_a_file: int = BYTES_A_FILE,
        seconds_a_file: float = SECONDS_A_FILE,
    ) -> None:
        """Begin; use `spooling`, which holds the lock.

        Args:
            landing: The landing zone.
            source: Whose lines.
            clock: Seconds since 1970.
            bytes_a_file: A file lands when it is at least so big,
            seconds_a_file: or was begun so long ago.
        """
        self._landing, self._source, self._clock = landing, source, clock
        self._bytes_a_file, self._seconds_a_file = bytes_a_file, seconds_a_file
        self._file: BinaryIO | None = None
        self._path = landing
        self._begun_at = 0.0
        self._size = 0
        self.landed = 0

    @property
    def _room(self) -> Path:
        return self._landing / COLLECTING_FOLDER

    def recover(self) -> int:
        """Land what a killed collector left; return how many files. While an erasure works, it does that."""
        with _writing(self._landing, self._source) as may_write:
            before = self.landed
            for part in _open_files(self._landing) if may_write else ():
                self.landed += _land_open_file(part, self._landing, self._source, part.stat().st_mtime)
            return self.landed - before

    def keep(self, lines: Iterable[bytes]) -> bool:
        """Write lines and make them durable; only when it returns true may the sender forget them.

        Returns:
            False while an erasure works on what landed: nothing was written, try again.

        Raises:
            OSError: They could not be written; what was kept before stays whole.
        """
        joined = b"".join(line + b"\n" for line in lines)
        if not joined:
            return True
        with _writing(self._landing, self._source) as may_write:
            if may_write:
                self._write(joined)
            return may_write

    def _write(self, joined: bytes) -> None:
        self._leave_landed_file()
        if self._file is None:
            self._begun_at, self._size = self._clock(), 0
            path = self._room / f"{secrets.token_hex(8)}.part"
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", 0)
            self._path = path
            settle(self._room)
        try:
            written = 0
            while written < len(joined):
                written += self._file.write(joined[written:])
            os.fdatasync(self._file.fileno())
        except OSError:
            # Nobody was told that these lines are kept, so they come again.
            with contextlib.suppress(OSError):
                os.ftruncate(self._file.fileno(), self._size)
                os.lseek(self._file.fileno(), self._size, os.SEEK_SET)
            raise
        self._size += len(joined)

    def _leave_landed_file(self) -> None:
        """Close the open file where an erasure landed it."""
        if self._file is not None and not self._path.exists():
            self._file.close()
            self._file = None
            self.landed += 1

    def land_if_due(self) -> None:
        """Land the file if it is big or old enough."""
        is_old = self._clock() - self._begun_at >= self._seconds_a_file
        if self._file and (is_old or self._size >= self._bytes_a_file):
            self.land()

    def land(self) -> None:
        """Land the file, if any; while an erasure works, the erasure has landed it."""
        if self._file is None:
            return
        with _writing(self._landing, self._source) as may_write:
            if not may_write:
                return
            self._leave_landed_file()
            if self._file is None:
                return
            self._file.close()
            self._file = None
            self.landed += _land_open_file(self._path, self._landing, self._source, self._begun_at)


@contextmanager
def paused(landing: Place, source: Source) -> Iterator[None]:
    """Land the readings that a collector has kept so far, and let it keep none meanwhile.

    The collector acknowledges nothing until this ends, so the broker sends it then. What a killed
    collector left lands too. On S3, and where nothing was ever collected, there is nothing to do.
    """
    if isinstance(landing, S3Path) or not (landing / COLLECTING_FOLDER).is_dir():
        yield
        return
    with _writing(landing, source, wait=True):
        for part in _open_files(landing):
            _land_open_file(part, landing, source, part.stat().st_mtime)
        yield


@contextmanager
def _writing(landing: Path, source: Source, *, wait: bool = False) -> Iterator[bool]:
    """Whether we alone may write into the spool; false where somebody else does and we do not wait."""
    folder = landing / source.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def _open_files(landing: Path) -> list[Path]:
    return sorted((landing / COLLECTING_FOLDER).glob("*.part"))


def _land_open_file(part: Path, landing: Path, source: Source, begun_at: float) -> bool:
    """Land a file of the spool by an atomic rename; return whether it held anything.

    A last line without its end is cut: it was not made durable, so nobody was told that it came.
    """
    size = _whole_bytes(part)
    if size < part.stat().st_size:
        os.truncate(part, size)
    if not size:
        part.unlink()
        return False
    begun = datetime.fromtimestamp(begun_at, UTC)
    folder = landing / source.name / f"dt={begun:%Y-%m-%d}" / f"hh={begun:%H}"
    for parent in reversed((folder, *folder.parents)):
        if parent.is_relative_to(landing) and not parent.is_dir():
            parent.mkdir(mode=0o700, exist_ok=True)
            settle(parent.parent)
    part.chmod(0o600)
    part.rename(folder / f"{source.name}-{begun:%Y%m%dT%H%M%SZ}-{part.stem}.json")
    settle(folder)
    return True


def _whole_bytes(part: Path) -> int:
    """How many bytes of a file are whole lines."""
    with part.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - _BLOCK_BYTES)
            file.seek(begin)
            if (found := file.read(end - begin).rfind(b"\n")) >= 0:
                return begin + found + 1
            end = begin
    return 0


@contextmanager
def spooling(
    landing: Path,
    source: Source,
    clock: Callable[[], float],
    *,
    bytes_a_file: int = BYTES_A_FILE,
    seconds_a_file: float = SECONDS_A_FILE,
) -> Iterator[Spool]:
    """A spool, alone in its landing zone; what a killed one left lands first, and all of it at the end.

    Raises:
        UsageError: Another collector writes into this landing zone.
    """
    room = landing / COLLECTING_FOLDER
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise UsageError(
                f"Another collector writes into {landing}; nothing was collected.\n"
                "One collector fills a lake. Stop the other one (Ctrl-C or SIGTERM), or collect into another "
                "lake: stedi --lake ANOTHER collect mqtt --client-id ANOTHER --broker HOST"
            ) from held
        spool = Spool(landing, source, clock, bytes_a_file=bytes_a_file, seconds_a_file=seconds_a_file)
        spool.recover()
        try:
            yield spool
        finally:
            spool.land()
    finally:
        os.close(lock)
