"""Copying files into the lake's own landing zone, where each appears whole or not at all."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stedi.errors import UsageError
from stedi.sources.content import LandedFile, NotAFileError
from stedi.sources.file_names import can_be_carried, shown, stored
from stedi.sources.listing import PLACING_FOLDER, SETTLE_S, ListedFile, listed, require_folder
from stedi.sources.opening import FileChangedError, unchanged
from stedi.sources.reasons import Reason
from stedi.sources.source import Source
from stedi.sources.verdicts import FileVerdict

_BLOCK_BYTES = 1024 * 1024
_LONGEST_NAME_BYTES = 255
_LONGEST_ENDING_BYTES = 16
_DIGEST_LETTERS = 16


@dataclass
class Placed:
    """What became of the files of a folder; `listed = copied + skipped + waiting + refused`.

    Attributes:
        copied: Files that are in the landing zone now and were not before.
        renamed: How many of those got a name with a digest, for the landing zone holds another file
            of their name.
        skipped: Files that the landing zone held already, byte for byte.
        waiting: Files that may still be written; to be placed another time.
        refused: Path, as text that can be stored, and reason of every file that was not copied.
    """

    copied: int = 0
    renamed: int = 0
    skipped: int = 0
    waiting: int = 0
    refused: list[tuple[str, Reason]] = field(default_factory=list)


def place(
    folder: Path,
    landing: Path,
    sources: Sequence[Source],
    *,
    settle_s: float = SETTLE_S,
    clock: Callable[[], int] = time.time_ns,
) -> Placed:
    """Copy `<folder>/<source>/**` to `<landing>/<source>/**`.

    Nothing that lies in the landing zone is overwritten: it is kept as it arrived, and the ledger has
    counted its lines. A file that differs from the one of its name is another version, and gets a name
    with the first digits of its SHA-256. A second call changes nothing. What a killed call left is
    swept by the next; calls wait for one another.

    Args:
        folder: Holds a folder for each of some sources.
        landing: The lake's landing zone; made when it is not there.
        sources: What may be copied.
        settle_s: As for `listed`: a file that may still be written waits.
        clock: As for `listed`.

    Raises:
        UsageError: No such folder, none of a source in it, or one of the two lies inside the other.
        OSError: The landing zone cannot be written.
    """
    _require_apart(folder, landing, sources)
    placed, folders = Placed(), {landing}
    with _room(landing) as room:
        for file in listed(folder, sources, settle_s=settle_s, clock=clock):
            if file.verdict is not FileVerdict.READ:
                _set_aside(placed, file, file.reason)
                continue
            try:
                target = _put(file, landing, room)
            except FileChangedError as error:
                _set_aside(placed, file, error.refusal.reason)
            except _NoPlaceError:
                _set_aside(placed, file, Reason.BAD_NAME)
            else:
                placed.copied += target is not None
                placed.skipped += target is None
                if target:
                    placed.renamed += target.name != file.file.name
                    folders.update(parent for parent in target.parents if parent.is_relative_to(landing))
        for written in folders:
            _sync(written)
    return placed


class _NoPlaceError(Exception):
    """Where the file would go stands something else."""


def _set_aside(placed: Placed, file: ListedFile, reason: Reason | None) -> None:
    if reason:
        placed.refused.append((file.path, reason))
    else:
        placed.waiting += 1


def _put(file: ListedFile, landing: Path, room: Path) -> Path | None:
    """Copy one file; None when the landing zone holds it already."""
    whole = room / "file"
    with unchanged(file, file.state) as content:
        target = _target(file, content, landing)
        if target:
            with whole.open("wb") as copy:
                content.seek(0)
                shutil.copyfileobj(content, copy, _BLOCK_BYTES)
                copy.flush()
                os.fsync(copy.fileno())
    # Only now, when the file is known not to have changed while it was copied.
    if target:
        whole.rename(target)
    return target


def _target(file: ListedFile, content: LandedFile, landing: Path) -> Path | None:
    """A free path for the file; None when the landing zone holds it already."""
    wanted = landing / file.name
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise _NoPlaceError from error
    if not os.path.lexists(wanted):
        return wanted
    if _same(content, wanted):
        return None
    version = _versioned(wanted, content)
    if not os.path.lexists(version) and can_be_carried(str(version.relative_to(landing))):
        return version
    if _same(content, version):
        return None
    raise _NoPlaceError


def _versioned(wanted: Path, content: LandedFile) -> Path:
    """The name of another version: `a.json` becomes `a.0123456789abcdef.json`."""
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256").hexdigest()[:_DIGEST_LETTERS]
    ending = wanted.suffix if len(os.fsencode(wanted.suffix)) <= _LONGEST_ENDING_BYTES else ""
    tail = os.fsencode(f".{digest}{ending}")
    stem = os.fsencode(wanted.name.removesuffix(ending))[: _LONGEST_NAME_BYTES - len(tail)]
    return wanted.with_name(stem.decode("utf-8", "ignore") + tail.decode())


def _same(content: LandedFile, target: Path) -> bool:
    """Whether a file of the landing zone holds the same bytes."""
    try:
        with LandedFile(target) as held:
            if held.state().size != content.state().size:
                return False
            content.seek(0)
            while block := content.read(_BLOCK_BYTES):
                if block != held.read(len(block)):
                    return False
            return True
    except (NotAFileError, IsADirectoryError, FileNotFoundError):
        return False


@contextmanager
def _room(landing: Path) -> Iterator[Path]:
    """An empty folder to write in, ours alone while we hold the landing zone's lock."""
    landing.mkdir(parents=True, exist_ok=True)
    room = landing / PLACING_FOLDER
    lock = os.open(landing, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if room.exists():
            shutil.rmtree(room)
        room.mkdir()
        yield room
        shutil.rmtree(room)
    finally:
        os.close(lock)


def _sync(folder: Path) -> None:
    """Make the names in a folder outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_apart(folder: Path, landing: Path, sources: Sequence[Source]) -> None:
    """Refuse what would copy nothing, or a folder into itself."""
    require_folder(folder)
    found = [folder / source.name for source in sources if (folder / source.name).is_dir()]
    if not found:
        names = ", ".join(source.name for source in sources)
        raise UsageError(
            f"{shown(stored(str(folder)))} holds no folder of a source; nothing was copied.\n"
            f"Name a folder that holds at least one of: {names}"
        )
    target = landing.resolve()
    if folder.resolve().is_relative_to(target) or any(
        target.is_relative_to(each.resolve()) for each in found
    ):
        raise UsageError(
            f"{shown(stored(str(folder)))} and the landing zone lie inside one another; nothing was copied.\n"
            "Name a folder outside the lake."
        )
