"""Copying files into the lake's own landing zone, where each appears whole or not at all."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from stedi.ground import durable
from stedi.ground.errors import UsageError
from stedi.ground.places import Place, S3Path, is_taken, lies_in, name_in
from stedi.privacy.suppression import content_name
from stedi.sources.content import Landed, NotAFileError, landed_content
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
        there: The files of the landing zone because of which others were skipped.
    """

    copied: int = 0
    renamed: int = 0
    skipped: int = 0
    waiting: int = 0
    refused: list[tuple[str, Reason]] = field(default_factory=list)
    there: list[Place] = field(default_factory=list, compare=False)


@durable.private_files()
def place(
    folder: Place,
    landing: Place,
    sources: Sequence[Source],
    *,
    key: bytes,
    settle_s: float = SETTLE_S,
    clock: Callable[[], int] = time.time_ns,
) -> Placed:
    """Copy `<folder>/<source>/**` to `<landing>/<source>/**`, each here or on S3.

    Nothing that lies in the landing zone is overwritten: it is kept as it arrived, and the ledger has
    counted its lines. A file that differs from the one of its name is another version, and gets a name
    with digits that follow from its content and the key. A second call changes nothing. What a killed call
    left is swept by the next; calls wait for one another.

    Args:
        folder: Holds a folder for each of some sources.
        landing: The lake's landing zone; made when it is not there.
        sources: What may be copied.
        key: The lake's suppression key: without it nobody can confirm a guess of what a version holds.
        settle_s: As for `listed`: a file that may still be written waits.
        clock: As for `listed`.

    Raises:
        UsageError: No such folder, none of a source in it, or one of the two lies inside the other.
        OSError: The landing zone cannot be written.
    """
    _require_apart(folder, landing, sources)
    placed, folders = Placed(), {landing}
    with nullcontext(None) if isinstance(landing, S3Path) else _room(landing) as room:
        for file in listed(folder, sources, settle_s=settle_s, clock=clock):
            if file.verdict is not FileVerdict.READ:
                _set_aside(placed, file, file.reason)
                continue
            try:
                target, is_new = _put(file, landing, room, key)
            except FileChangedError as error:
                _set_aside(placed, file, error.refusal.reason)
            except _NoPlaceError:
                _set_aside(placed, file, Reason.BAD_NAME)
            else:
                placed.copied += is_new
                placed.skipped += not is_new
                if not is_new:
                    placed.there.append(target)
                else:
                    placed.renamed += target.name != file.file.name
                    folders.update(parent for parent in target.parents if lies_in(parent, landing))
        for written in folders:
            durable.settle(written)
    return placed


class _NoPlaceError(Exception):
    """Where the file would go stands something else."""


def _set_aside(placed: Placed, file: ListedFile, reason: Reason | None) -> None:
    if reason:
        placed.refused.append((file.path, reason))
    else:
        placed.waiting += 1


def _put(file: ListedFile, landing: Place, room: Path | None, key: bytes) -> tuple[Place, bool]:
    """Copy one file, unless the landing zone holds it already; where it is, and whether it was copied."""
    if room is None or isinstance(landing, S3Path):
        return _uploaded(file, landing, key)
    whole = room / "file"
    with unchanged(file, file.state) as content:
        target, is_new = _target(file, content, landing, key)
        if is_new:
            with whole.open("wb") as copy:
                content.seek(0)
                shutil.copyfileobj(content, copy, _BLOCK_BYTES)
                copy.flush()
                os.fsync(copy.fileno())
    # Only now, when the file is known not to have changed while it was copied.
    if is_new:
        whole.rename(str(target))
    return target, is_new


def _uploaded(file: ListedFile, landing: Place, key: bytes) -> tuple[Place, bool]:
    """Copy one file to S3, where an object appears whole, and only where none is."""
    with unchanged(file, file.state) as content:
        target, is_new = _target(file, content, landing, key)
    if not is_new:
        return target, False
    try:
        # The file is looked at again before the object appears.
        with target.open("xb") as copy, unchanged(file, file.state) as content:
            shutil.copyfileobj(content, copy, _BLOCK_BYTES)
    except FileExistsError:
        return _uploaded(file, landing, key)  # Somebody else was first.
    return target, True


def _target(file: ListedFile, content: Landed, landing: Place, key: bytes) -> tuple[Place, bool]:
    """A path for the file, and whether it is free: if not, it holds the very file."""
    if {"", ".", ".."} & set(file.name.split("/")):
        raise _NoPlaceError  # A key on S3 may be so; a path would lead elsewhere.
    wanted = landing / file.name
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise _NoPlaceError from error
    if not is_taken(wanted):
        return wanted, True
    if _same(content, wanted):
        return wanted, False
    content.seek(0)
    sha256 = hashlib.file_digest(cast(Any, content), "sha256").hexdigest()
    # Earlier versions named it without a key.
    before = _versioned(wanted, sha256[:_DIGEST_LETTERS])
    if is_taken(before) and _same(content, before):
        return before, False
    version = _versioned(wanted, content_name(sha256, key))
    if not is_taken(version) and can_be_carried(name_in(version, landing)):
        return version, True
    if _same(content, version):
        return version, False
    raise _NoPlaceError


def _versioned(wanted: Place, digest: str) -> Place:
    """The name of another version: `a.json` becomes `a.0123456789abcdef.json`."""
    ending = wanted.suffix if len(os.fsencode(wanted.suffix)) <= _LONGEST_ENDING_BYTES else ""
    tail = os.fsencode(f".{digest}{ending}")
    stem = os.fsencode(wanted.name.removesuffix(ending))[: _LONGEST_NAME_BYTES - len(tail)]
    return wanted.with_name(stem.decode("utf-8", "ignore") + tail.decode())


def _same(content: Landed, target: Place) -> bool:
    """Whether a file of the landing zone holds the same bytes."""
    try:
        with landed_content(target) as held:
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
def placing_paused(landing: Place) -> Iterator[int]:
    """Let nobody place files meanwhile, after waiting for whoever does; what a killed call left goes.

    Gives how many files that were. On S3 there is nothing to do: objects appear whole, and uploads that
    began before are abandoned.
    """
    if isinstance(landing, S3Path) or not landing.is_dir():
        yield 0
        return
    room = landing / PLACING_FOLDER
    with _alone(landing):
        left = sum(1 for path in room.rglob("*") if path.is_file())
        if room.exists():
            shutil.rmtree(room)
        yield left


@contextmanager
def _alone(landing: Path) -> Iterator[None]:
    """Hold the lock of a landing zone, after waiting for it."""
    lock = os.open(landing, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


@contextmanager
def _room(landing: Path) -> Iterator[Path]:
    """An empty folder to write in, ours alone while we hold the landing zone's lock."""
    landing.mkdir(parents=True, exist_ok=True)
    room = landing / PLACING_FOLDER
    with _alone(landing):
        if room.exists():
            shutil.rmtree(room)
        room.mkdir()
        yield room
        shutil.rmtree(room)


def _require_apart(folder: Place, landing: Place, sources: Sequence[Source]) -> None:
    """Refuse what would copy nothing, or a folder into itself."""
    require_folder(folder)
    found = [folder / source.name for source in sources if (folder / source.name).is_dir()]
    if not found:
        names = ", ".join(source.name for source in sources)
        raise UsageError(
            f"{shown(stored(str(folder)))} holds no folder of a source; nothing was copied.\n"
            f"Name a folder that holds at least one of {names}: stedi land FOLDER"
        )
    target = landing.resolve()
    if lies_in(folder.resolve(), target) or any(lies_in(target, each.resolve()) for each in found):
        raise UsageError(
            f"{shown(stored(str(folder)))} and the landing zone lie inside one another; nothing was copied.\n"
            "Name a folder outside the lake: stedi land FOLDER"
        )
