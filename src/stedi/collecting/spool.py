"""Lines of a stream, kept durably as they come, and landed as whole files."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from stedi.durable import settle
from stedi.errors import UsageError
from stedi.sources.listing import COLLECTING_FOLDER
from stedi.sources.source import Source

BYTES_A_FILE = 64 * 1024**2
SECONDS_A_FILE = 60.0


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
        self._begun_at = 0.0
        self._size = 0
        self.landed = 0

    @property
    def _room(self) -> Path:
        return self._landing / COLLECTING_FOLDER

    def recover(self) -> int:
        """Land what a collector left that was killed; return how many files.

        A last line without its end is cut: it was not made durable, so nobody was told that it came.
        """
        found = sorted(self._room.glob("*.part"))
        for part in found:
            content = part.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                os.truncate(part, len(whole))
            self._land(part, part.stat().st_mtime, len(whole))
        return len(found)

    def keep(self, lines: Iterable[bytes]) -> None:
        """Write lines and make them durable; only when it returns may the sender forget them."""
        joined = b"".join(line + b"\n" for line in lines)
        if not joined:
            return
        if self._file is None:
            self._begun_at, self._size = self._clock(), 0
            self._file = (self._room / f"{secrets.token_hex(8)}.part").open("xb", buffering=0)
            settle(self._room)
        written = 0
        while written < len(joined):
            written += self._file.write(joined[written:])
        os.fdatasync(self._file.fileno())
        self._size += len(joined)

    def land_if_due(self) -> None:
        """Land the file if it is big or old enough."""
        is_old = self._clock() - self._begun_at >= self._seconds_a_file
        if self._file and (is_old or self._size >= self._bytes_a_file):
            self.land()

    def land(self) -> None:
        """Land the file, if any."""
        if self._file is None:
            return
        part = Path(self._file.name)
        self._file.close()
        self._file = None
        self._land(part, self._begun_at, self._size)

    def _land(self, part: Path, begun_at: float, size: int) -> None:
        if not size:
            part.unlink()
            return
        begun = datetime.fromtimestamp(begun_at, UTC)
        folder = self._landing / self._source.name / f"dt={begun:%Y-%m-%d}" / f"hh={begun:%H}"
        for parent in reversed((folder, *folder.parents)):
            if parent.is_relative_to(self._landing) and not parent.is_dir():
                parent.mkdir(exist_ok=True)
                settle(parent.parent)
        part.rename(folder / f"{self._source.name}-{begun:%Y%m%dT%H%M%SZ}-{part.stem}.json")
        settle(folder)
        self.landed += 1


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
    room.mkdir(parents=True, exist_ok=True)
    lock = os.open(room, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise UsageError(
                f"Another collector writes into {landing}; nothing was collected.\n"
                "Stop it, or collect into another lake."
            ) from held
        spool = Spool(landing, source, clock, bytes_a_file=bytes_a_file, seconds_a_file=seconds_a_file)
        spool.recover()
        yield spool
        spool.land()
    finally:
        os.close(lock)
