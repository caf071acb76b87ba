"""Reading an object by ranges, and writing one whole or not at all; memory is bounded."""

import errno
import io
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stedi.ground.places.client import as_files, client

BLOCK_BYTES = 4 << 20
"""Read at once, and held, where an object is read from its beginning to its end."""

SMALL_BLOCK_BYTES = 1 << 20
"""Read at once at least, where somebody reads here and there; most files are no larger, and come whole."""

PART_BYTES = 8 << 20
PARTS_OF_A_SIZE = 1_000
"""So many parts have one size, before it doubles: an upload has 10,000 parts at most."""

TRIES = 4
ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})


@dataclass(frozen=True, slots=True)
class S3Stat:
    """An object as it is now.

    Attributes:
        st_size: Bytes.
        st_mtime: When it was written, seconds since 1970; S3 tells whole seconds.
        etag: Names its content; another content has another.
        is_archived: Whether it must be restored before anybody can read it.
    """

    st_size: int
    st_mtime: int
    etag: str
    is_archived: bool = False

    @property
    def st_mtime_ns(self) -> int:
        """When it was written, nanoseconds since 1970."""
        return self.st_mtime * 10**9


def stat_of(size: int, modified: datetime, etag: str, storage: str = "STANDARD") -> S3Stat:
    """An object as S3 tells of it."""
    return S3Stat(size, int(modified.timestamp()), etag, storage in ARCHIVED)


def object_between(bucket: str, key: str, begin: int, end: int) -> bytes:
    """The bytes of an object from one place up to another, by one request."""
    with as_files(f"s3://{bucket}/{key}"):
        told = client("s3").get_object(Bucket=bucket, Key=key, Range=f"bytes={begin}-{end - 1}")
        with told["Body"] as body:
            content: bytes = body.read()
    return content


class S3Reader(io.RawIOBase):
    """An object as it was when it was opened, to be read from any place.

    Every read is full, but for the last. One that was replaced or removed meanwhile cannot be
    read on: OSError with ESTALE, so that no reader meets two contents.

    Args:
        bucket: Its bucket.
        key: Its key.
        block_bytes: Read at once at least.
        begin: Whether to read the first block at once, which saves a request.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, bucket: str, key: str, *, block_bytes: int = BLOCK_BYTES, begin: bool = False) -> None:
        super().__init__()
        self._where = {"Bucket": bucket, "Key": key}
        self._uri = f"s3://{bucket}/{key}"
        self._block_bytes = block_bytes
        self._block, self._block_at, self._at = b"", 0, 0
        self._stat: S3Stat | None = None
        if begin:
            self._begin()
        else:
            with as_files(self._uri):
                told = client("s3").head_object(**self._where)
            self._stat = stat_of(told["ContentLength"], told["LastModified"], told["ETag"])

    @property
    def stat(self) -> S3Stat:
        """The object as it was when it was opened."""
        assert self._stat is not None
        return self._stat

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Read on from another place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.stat.st_size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), self._uri)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer from here on; tell how many bytes there were."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and self._at < self.stat.st_size:
            skip = self._at - self._block_at
            if not 0 <= skip < len(self._block):
                self._fetch(len(view) - filled)
                skip = 0
            some = self._block[skip : skip + len(view) - filled]
            view[filled : filled + len(some)] = some
            filled += len(some)
            self._at += len(some)
        return filled

    def _begin(self) -> None:
        from botocore.exceptions import ClientError

        def first() -> tuple[bytes, S3Stat]:
            try:
                told = client("s3").get_object(**self._where, Range=f"bytes=0-{self._block_bytes - 1}")
            except ClientError as error:
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 416:
                    raise
                told = client("s3").get_object(**self._where)  # It is empty: it has no range.
            with told["Body"] as body:
                content = body.read()
            size = int(told.get("ContentRange", f"/{told['ContentLength']}").rpartition("/")[2])
            return content, stat_of(size, told["LastModified"], told["ETag"])

        self._block, self._stat = self._tried(first)

    def _fetch(self, wanted: int) -> None:
        last = min(self._at + max(min(wanted, BLOCK_BYTES), self._block_bytes), self.stat.st_size) - 1

        def some() -> bytes:
            told = client("s3").get_object(
                **self._where, Range=f"bytes={self._at}-{last}", IfMatch=self.stat.etag
            )
            with told["Body"] as body:
                content: bytes = body.read()
            return content

        try:
            self._block = self._tried(some)
        except FileExistsError as replaced:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), self._uri) from replaced
        if len(self._block) != last - self._at + 1:
            raise OSError(errno.EIO, "S3 answered with too few bytes", self._uri)
        self._block_at = self._at

    def _tried(self, ask: Any) -> Any:
        """An answer and its body; a body that breaks off is asked for again."""
        from botocore.exceptions import HTTPClientError, IncompleteReadError, ResponseStreamingError

        for left in reversed(range(TRIES)):
            with as_files(self._uri):
                try:
                    return ask()
                except (HTTPClientError, IncompleteReadError, ResponseStreamingError):
                    if not left:
                        raise
        raise AssertionError


class S3Writer(io.RawIOBase):
    """An object that appears whole when it is closed, and not at all when its block ends in an error.

    What does not fit into one part is uploaded in parts, which are abandoned with it.

    Args:
        bucket: Its bucket.
        key: Its key.
        new: Whether it must not be there yet.
        instead_of: The ETag of the object that it replaces, which must still be there.
    """

    def __init__(self, bucket: str, key: str, *, new: bool = False, instead_of: str | None = None) -> None:
        super().__init__()
        self._where = {"Bucket": bucket, "Key": key}
        self._uri = f"s3://{bucket}/{key}"
        self._condition = {"IfNoneMatch": "*"} if new else {"IfMatch": instead_of} if instead_of else {}
        self._held = bytearray()
        self._upload: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._is_over = False
        self._written = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """How many bytes were written."""
        return self._written

    def write(self, content: Any, /) -> int:
        """Add bytes at the end."""
        if self._is_over:
            raise ValueError("the object is closed")
        view = memoryview(content).cast("B")
        self._held += view
        self._written += len(view)
        while len(self._held) >= self._part_bytes:
            self._add_part(self._part_bytes)
        return len(view)

    @property
    def _part_bytes(self) -> int:
        return PART_BYTES << (len(self._parts) // PARTS_OF_A_SIZE)

    def _add_part(self, size: int) -> None:
        with as_files(self._uri):
            if self._upload is None:
                self._upload = client("s3").create_multipart_upload(**self._where)["UploadId"]
            number = len(self._parts) + 1
            body = bytes(memoryview(self._held)[:size])
            told = client("s3").upload_part(
                **self._where, UploadId=self._upload, PartNumber=number, Body=body
            )
        self._parts.append({"PartNumber": number, "ETag": told["ETag"]})
        del self._held[:size]

    def close(self) -> None:
        """Let the object appear.

        Raises:
            FileExistsError: It is there already, or is no longer the one it was to replace.
        """
        if self._is_over:
            return
        self._is_over = True
        try:
            with as_files(self._uri):
                if self._upload is None:
                    client("s3").put_object(**self._where, Body=bytes(self._held), **self._condition)
                else:
                    if self._held:
                        self._add_part(len(self._held))
                    client("s3").complete_multipart_upload(
                        **self._where,
                        UploadId=self._upload,
                        MultipartUpload={"Parts": self._parts},
                        **self._condition,
                    )
        except BaseException:
            self._abandon()
            raise
        finally:
            super().close()

    def discard(self) -> None:
        """Let nothing appear; what was there before stays."""
        if not self._is_over:
            self._is_over = True
            self._abandon()
            super().close()

    def _abandon(self) -> None:
        if self._upload is not None:
            with as_files(self._uri):
                client("s3").abort_multipart_upload(**self._where, UploadId=self._upload)

    def __enter__(self) -> "S3Writer":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        # Whoever forgot to close it did not finish it: no half of it may appear.
        self._is_over = True
