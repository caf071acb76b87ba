"""Files that are whole or as they were before, also after a kill or a loss of power."""

import os
import re
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from stedi.ground.errors import UsageError
from stedi.ground.failpoints import reached
from stedi.ground.places import Place, S3Path

_ASIDE = re.compile(r"\.(.+)\.[0-9a-f]{8}")


def replace(path: Place, content: bytes, *, mode: int = 0o600) -> None:
    """Put content in the place of a file, durably.

    Args:
        path: The file; its folder must be there. On S3 an object, which S3 makes whole and durable.
        content: All of it.
        mode: Who may read it; on S3 the bucket tells.
    """
    if isinstance(path, S3Path):
        path.write_bytes(content)
        return
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        reached("durable.written")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    settle(path.parent)


PRIVATE_UMASK = 0o077
"""Under it files and folders are made for their owner alone."""


@contextmanager
def private_files() -> Iterator[None]:
    """Make files and folders for their owner alone in the block, whatever this process was told."""
    before = os.umask(PRIVATE_UMASK)
    try:
        yield
    finally:
        os.umask(before)


def require_private(folder: Place) -> bool:
    """Take the folder of a lake on this machine, and all in it, away from everybody but its owner.

    Returns:
        Whether others could get in before; if not, nothing below is looked at.

    Raises:
        UsageError: The folder is somebody else's.
    """
    if isinstance(folder, S3Path) or not folder.stat().st_mode & PRIVATE_UMASK:
        return False
    try:
        folder.chmod(0o700)
    except OSError as refused:
        raise UsageError(
            f"Others can read the folder {folder}, and it cannot be changed ({refused.strerror}); "
            f"nothing was written.\nIts owner changes it with: chmod -R go-rwx {shlex.quote(str(folder))}"
        ) from refused
    for path in folder.rglob("*"):
        # What somebody else put there stays as it is; nobody gets in to it any more.
        with suppress(OSError):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & 0o7777 & ~PRIVATE_UMASK)
    return True


def becomes(path: Place) -> str | None:
    """The name of the file whose place a temporary file of `replace` was to take; None of any other file."""
    found = _ASIDE.fullmatch(path.name)
    return found[1] if found else None


def settle(folder: Place) -> None:
    """Make the names in a folder durable; on S3 they are."""
    if isinstance(folder, S3Path):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
