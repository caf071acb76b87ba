"""An object or a folder in a bucket, used as `pathlib.Path` is where this project uses one."""

import errno
import io
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import total_ordering
from pathlib import PurePosixPath
from typing import Any, Literal, overload

from stedi.ground.places.client import as_files, client
from stedi.ground.places.streams import S3Reader, S3Stat, S3Writer, stat_of

SCHEME = "s3://"
_BUFFER_BYTES = 256 << 10


@total_ordering
class S3Path:
    """`s3://bucket/key`; what is a folder on a disk is a prefix here.

    As a folder has no object of its own, it is there as long as something lies in it: `mkdir` does
    nothing, and whoever removes the last file removes the folder. A key is kept letter by letter,
    so every object can be named, `a//b` and `a/../b` too. There is no `os.fspath` of it, so what
    works on disks alone refuses it.

    Args:
        bucket: The bucket.
        key: The key; "" is the bucket itself.
    """

    __slots__ = ("bucket", "key")

    def __init__(self, bucket: str, key: str = "") -> None:
        self.bucket = bucket
        self.key = key

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}" if self.key else f"{SCHEME}{self.bucket}"

    def __repr__(self) -> str:
        return f"S3Path({str(self)!r})"

    def __hash__(self) -> int:
        return hash((self.bucket, self.key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, S3Path) and self._order == other._order

    def __lt__(self, other: Any) -> bool:
        return self._order < other._order if isinstance(other, S3Path) else NotImplemented

    @property
    def _order(self) -> tuple[str, list[str]]:
        return self.bucket, self.key.split("/")

    def __truediv__(self, name: str) -> "S3Path":
        if not name:
            return self
        return S3Path(self.bucket, f"{self.key}/{name}" if self.key else name)

    @property
    def _prefix(self) -> str:
        """How the keys of what lies in it begin."""
        return f"{self.key}/" if self.key else ""

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The end of the name from its last dot on."""
        return PurePosixPath(self.name).suffix

    @property
    def parts(self) -> tuple[str, ...]:
        """The bucket's address, and the parts of the key."""
        return (f"{SCHEME}{self.bucket}", *(self.key.split("/") if self.key else ()))

    @property
    def parent(self) -> "S3Path":
        """What it lies in; a bucket lies in itself."""
        return S3Path(self.bucket, self.key.rpartition("/")[0])

    @property
    def parents(self) -> "tuple[S3Path, ...]":
        """All it lies in, the nearest first."""
        found, at = [], self
        while at.key:
            at = at.parent
            found.append(at)
        return tuple(found)

    def with_name(self, name: str) -> "S3Path":
        """Another object beside it."""
        return self.parent / name

    def is_relative_to(self, other: object) -> bool:
        """Whether it is that place, or lies in it."""
        if not isinstance(other, S3Path) or other.bucket != self.bucket:
            return False
        return self == other or self.key.startswith(other._prefix)

    def relative_to(self, other: object) -> PurePosixPath:
        """The way from that place to it; see `places.name_in` for a key that is no clean path.

        Raises:
            ValueError: It does not lie there.
        """
        return PurePosixPath(self.key_in(other))

    def key_in(self, other: object) -> str:
        """The rest of the key, letter by letter, from that place on.

        Raises:
            ValueError: It does not lie there.
        """
        if not isinstance(other, S3Path) or not self.is_relative_to(other):
            raise ValueError(f"{self} does not lie in {other}")
        return self.key[len(other._prefix) :]

    def absolute(self) -> "S3Path":
        """Itself."""
        return self

    def resolve(self) -> "S3Path":
        """Itself: nothing links here."""
        return self

    def stat(self) -> S3Stat:
        """Its size, when it was written, and its ETag.

        Raises:
            FileNotFoundError: There is no such object.
        """
        if not self.key:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))
        with as_files(str(self)):
            told = client("s3").head_object(Bucket=self.bucket, Key=self.key)
        return stat_of(told["ContentLength"], told["LastModified"], told["ETag"])

    def exists(self) -> bool:
        """Whether it is an object or a folder."""
        return self.is_file() or self.is_dir()

    def is_file(self) -> bool:
        """Whether there is an object of that key."""
        try:
            self.stat()
        except FileNotFoundError:
            return False
        return True

    def is_dir(self) -> bool:
        """Whether anything lies in it; a bucket that is there is one."""
        try:
            with as_files(str(self)):
                told = client("s3").list_objects_v2(Bucket=self.bucket, Prefix=self._prefix, MaxKeys=1)
        except FileNotFoundError:
            return False
        return not self.key or bool(told.get("KeyCount"))

    def is_symlink(self) -> bool:
        """Never."""
        return False

    def objects(self) -> "Iterator[tuple[S3Path, S3Stat]]":
        """Every object below it, in the order of the keys' bytes; markers of folders too."""
        for told in self._pages():
            for each in told.get("Contents", ()):
                yield (
                    S3Path(self.bucket, each["Key"]),
                    stat_of(each["Size"], each["LastModified"], each["ETag"], each.get("StorageClass", "")),
                )

    def _pages(self, **more: Any) -> Iterator[dict[str, Any]]:
        pages = client("s3").get_paginator("list_objects_v2")
        found = iter(pages.paginate(Bucket=self.bucket, Prefix=self._prefix, **more))
        while True:
            with as_files(str(self)):
                told = next(found, None)
            if told is None:
                return
            yield told

    def iterdir(self) -> "Iterator[S3Path]":
        """What lies in it.

        Raises:
            FileNotFoundError: Nothing does.
        """
        is_there = not self.key
        for told in self._pages(Delimiter="/"):
            names = [each["Prefix"][:-1] for each in told.get("CommonPrefixes", ())]
            names += [each["Key"] for each in told.get("Contents", ())]
            is_there = is_there or bool(names)
            yield from (S3Path(self.bucket, name) for name in names if name != self._prefix)
        if not is_there:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))

    def glob(self, pattern: str) -> "Iterator[S3Path]":
        """What lies in it and has such a name."""
        try:
            yield from (path for path in self.iterdir() if fnmatchcase(path.name, pattern))
        except FileNotFoundError:
            return

    def rglob(self, pattern: str) -> "Iterator[S3Path]":
        """What lies below it, at any depth, and has such a name; folders too."""
        told: set[S3Path] = set()
        for path, _ in self.objects():
            between = [each for each in path.parents if each.is_relative_to(self) and each != self]
            for each in (*reversed(between), path):
                if each not in told and each.name and fnmatchcase(each.name, pattern):
                    yield each
            told.update(between)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: a folder is there once something lies in it."""

    @overload
    def open(self, mode: Literal["rb"]) -> io.BufferedReader: ...
    @overload
    def open(self, mode: Literal["r"] = ...) -> io.TextIOWrapper: ...
    @overload
    def open(self, mode: Literal["wb", "xb"]) -> S3Writer: ...
    def open(self, mode: str = "r") -> Any:
        """Open it: "rb" and "r" as it is now, by ranges; "wb" and "xb" whole or not at all.

        Raises:
            OSError: It cannot be read. That it is there already ("xb") is told when it is closed.
        """
        if mode in ("rb", "r"):
            if not self.key:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))
            reader = io.BufferedReader(S3Reader(self.bucket, self.key), _BUFFER_BYTES)
            return reader if mode == "rb" else io.TextIOWrapper(reader, "utf-8")
        if mode in ("wb", "xb"):
            return S3Writer(self.bucket, self.key, new=mode == "xb")
        raise ValueError(f"an object cannot be opened with mode {mode!r}")

    def open_instead_of(self, etag: str) -> S3Writer:
        """Open it to be replaced, as long as the object of that ETag is there."""
        return S3Writer(self.bucket, self.key, instead_of=etag)

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.read_with_etag()[0]

    def read_with_etag(self) -> tuple[bytes, str]:
        """All of it, and its ETag."""
        with as_files(str(self)):
            told = client("s3").get_object(Bucket=self.bucket, Key=self.key)
            with told["Body"] as body:
                return body.read(), told["ETag"]

    def read_text(self, encoding: str = "utf-8") -> str:
        """All of it, as text."""
        return self.read_bytes().decode(encoding)

    def write_bytes(self, content: bytes) -> int:
        """Put it in the place of whatever is there."""
        with self.open("wb") as file:
            return file.write(content)

    def write_text(self, content: str, encoding: str = "utf-8") -> int:
        """Put text in the place of whatever is there."""
        return self.write_bytes(content.encode(encoding))

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object; in a bucket that keeps versions, see `places.forget`.

        Raises:
            FileNotFoundError: There is none.
        """
        if not missing_ok:
            self.stat()
        with as_files(str(self)):
            client("s3").delete_object(Bucket=self.bucket, Key=self.key)

    def rename(self, target: "S3Path") -> "S3Path":
        """Copy the object there and remove it here: a kill between leaves both."""
        self.stat()
        with as_files(str(self)):
            source = {"Bucket": self.bucket, "Key": self.key}
            client("s3").copy(source, target.bucket, target.key)
        self.unlink(missing_ok=True)
        return target

    replace = rename
