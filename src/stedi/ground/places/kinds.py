"""What is done in the same way to a path of this machine and to one on S3."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stedi.ground.errors import UsageError
from stedi.ground.places.s3path import SCHEME, S3Path
from stedi.ground.places.streams import SMALL_BLOCK_BYTES, S3Reader, object_between
from stedi.ground.places.versions import remove_for_good, remove_objects

Place = Path | S3Path
"""A file or folder, here or on S3."""

BEGUN = ".begun"
"""What makes a folder on S3 be there before anything else lies in it."""


def place(text: "str | Path | S3Path") -> Place:
    """The place of an address: `s3://bucket/key`, or a path of this machine.

    Raises:
        UsageError: It names no bucket, or is an address of another kind.
    """
    if isinstance(text, S3Path):
        return text
    # What came through `Path` has one slash left of two.
    told = str(text)
    if not told.startswith("s3:"):
        return Path(text)
    bucket, _, key = told.removeprefix("s3:").lstrip("/").partition("/")
    if not bucket or not told.startswith((SCHEME, "s3:/")):
        raise UsageError(f"{told} names no bucket; nothing was done.\nWrite it as s3://BUCKET/FOLDER")
    return S3Path(bucket, key.rstrip("/"))


def require_local(path: Place, what: str) -> Path:
    """The path, where something works on this machine alone.

    Args:
        path: Any place.
        what: What does, as the beginning of a sentence: "Models are kept".

    Raises:
        UsageError: It is on S3.
    """
    if isinstance(path, Path):
        return path
    raise UsageError(
        f"{what} on this machine alone, and {path} is on S3; nothing was done.\n"
        "Name a folder of this machine."
    )


def name_in(path: Place, folder: Place) -> str:
    """The way from a folder to a path in it, letter by letter.

    Raises:
        ValueError: It does not lie there.
    """
    return path.key_in(folder) if isinstance(path, S3Path) else str(path.relative_to(str(folder)))


def lies_in(path: Place, folder: Place) -> bool:
    """Whether a path is that folder, or lies in it; no path of one kind lies in one of the other."""
    if isinstance(path, S3Path):
        return path.is_relative_to(folder)
    return isinstance(folder, Path) and path.is_relative_to(folder)


def is_taken(path: Place) -> bool:
    """Whether anything stands at a path, be it a link that leads nowhere."""
    return path.is_file() if isinstance(path, S3Path) else os.path.lexists(path)


def moved(path: Place, target: Place) -> Place:
    """Give a file another path of the same kind; an object on S3 is copied, and the old one removed."""
    if isinstance(path, S3Path):
        assert isinstance(target, S3Path)
        return path.rename(target)
    return path.rename(str(target))


def files_below(folder: Place) -> Iterator[Place]:
    """Every file below a folder, at any depth; on S3 from the listing alone, without markers of folders."""
    if isinstance(folder, S3Path):
        yield from (path for path, _ in folder.objects() if not path.key.endswith("/"))
    else:
        yield from (path for path in folder.rglob("*") if path.is_file())


def sizes_below(folder: Place) -> Iterator[int]:
    """The size of every file below a folder, in bytes."""
    if isinstance(folder, S3Path):
        yield from (status.st_size for _, status in folder.objects())
    else:
        yield from (path.stat().st_size for path in folder.rglob("*") if path.is_file())


def all_there(paths: Iterable[Place]) -> bool:
    """Whether every one of some files is there; on S3 by a listing of each folder that they lie in."""
    folders: dict[S3Path, set[S3Path]] = {}
    for path in paths:
        if isinstance(path, S3Path):
            folders.setdefault(path.parent, set()).add(path)
        elif not path.exists():
            return False
    return all(_all_in(folder, wanted) for folder, wanted in folders.items())


def _all_in(folder: S3Path, wanted: set[S3Path]) -> bool:
    if len(wanted) == 1:
        return all(path.is_file() for path in wanted)
    for path, _ in folder.objects():
        wanted.discard(path)
        if not wanted:
            return True
    return False


def remove_files(paths: Iterable[Place]) -> None:
    """Remove files of a run, of which some may be gone; on S3 by a request for a thousand."""
    objects: list[S3Path] = []
    for path in paths:
        if isinstance(path, S3Path):
            objects.append(path)
        else:
            path.unlink(missing_ok=True)
    remove_objects(objects)


def begin_folder(folder: Place) -> None:
    """Make a folder that was not there, so that from here on it is.

    Raises:
        FileExistsError: It was; on S3 only where this made it.
    """
    if isinstance(folder, S3Path):
        with (folder / BEGUN).open("xb"):
            pass
    else:
        folder.mkdir()


def remove_tree(folder: Place, *, ignore_missing: bool = False) -> None:
    """Remove a folder and all below it; on S3 for good, in a bucket that keeps versions too.

    Raises:
        FileNotFoundError: It is not there, and that matters.
    """
    if isinstance(folder, S3Path):
        if not remove_for_good(folder) and not ignore_missing:
            raise FileNotFoundError(str(folder))
    else:
        shutil.rmtree(folder, ignore_errors=ignore_missing)


def forget(path: Place) -> None:
    """Remove a file for good, if it is there: no older version of it stays either."""
    if isinstance(path, S3Path):
        remove_for_good(path, below=False)
    else:
        path.unlink(missing_ok=True)


def parquet_source(path: Place) -> Any:
    """What pyarrow reads a Parquet file from; of an object on S3 only the ranges that it asks for."""
    if isinstance(path, S3Path):
        # Most files are small: one request brings all of them.
        return S3Reader(path.bucket, path.key, block_bytes=SMALL_BLOCK_BYTES, begin=True)
    return path


def read_between(path: Place, begin: int, end: int) -> bytes:
    """Some bytes of a file; of an object on S3 by one request."""
    if isinstance(path, S3Path):
        return object_between(path.bucket, path.key, begin, end)
    with path.open("rb") as file:
        file.seek(begin)
        return file.read(end - begin)


@contextmanager
def parquet_sink(path: Place) -> Iterator[Any]:
    """What pyarrow writes a Parquet file to; an object on S3 appears when the block ends well."""
    if isinstance(path, S3Path):
        with path.open("wb") as file:
            yield file
    else:
        yield os.fspath(path)
