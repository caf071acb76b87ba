"""What a bucket keeps of objects that were replaced or removed, and of uploads that never ended."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from stedi.ground.places.client import as_files, client, code_of
from stedi.ground.places.s3path import S3Path

AT_ONCE = 1_000
"""So many objects one request removes at most."""


@dataclass(frozen=True)
class Kept:
    """Something that no listing of a folder shows, and that may still be read.

    Attributes:
        path: The object.
        version: Its version; None of an upload.
        upload: The upload; None of a version.
        is_marker: Whether it only tells that the object was removed.
        is_current: Whether it is the object as it is now.
        began_at: When the upload began, UTC ms.
    """

    path: S3Path
    version: str | None = None
    upload: str | None = None
    is_marker: bool = False
    is_current: bool = False
    began_at: int = 0


def versions(folder: S3Path) -> Iterator[Kept]:
    """Every version of every object whose key begins as the folder's: it, and what lies in it."""
    pages = client("s3").get_paginator("list_object_versions")
    with as_files(str(folder)):
        for told in pages.paginate(Bucket=folder.bucket, Prefix=folder.key):
            for kind in ("Versions", "DeleteMarkers"):
                for each in told.get(kind, ()):
                    path = S3Path(folder.bucket, each["Key"])
                    if path.is_relative_to(folder):
                        marker = kind == "DeleteMarkers"
                        current = each["IsLatest"] and not marker
                        yield Kept(path, each["VersionId"], None, marker, current)


def uploads(folder: S3Path, *, begun_before: int | None = None) -> Iterator[Kept]:
    """Every upload in parts to the folder, or below it, that did not end; of those begun before, UTC ms."""
    pages = client("s3").get_paginator("list_multipart_uploads")
    with as_files(str(folder)):
        for told in pages.paginate(Bucket=folder.bucket, Prefix=folder.key):
            for each in told.get("Uploads", ()):
                path = S3Path(folder.bucket, each["Key"])
                began_at = int(each["Initiated"].timestamp() * 1000)
                if path.is_relative_to(folder) and (begun_before is None or began_at < begun_before):
                    yield Kept(path, upload=each["UploadId"], began_at=began_at)


def left_over(folder: S3Path, *, begun_before: int | None = None) -> list[Kept]:
    """Versions below a folder that are not current, markers of removed objects, uploads without an end.

    Args:
        folder: The folder, or an object.
        begun_before: Only uploads that began before, UTC ms; all when None.
    """
    older = (each for each in versions(folder) if not each.is_current)
    return [*older, *uploads(folder, begun_before=begun_before)]


def sweep(folder: S3Path, *, below: bool = True, begun_before: int | None = None) -> int:
    """Remove all that `left_over` tells of, for good; return how much. Not `below`: of the object alone.

    An upload under way is abandoned, unless it began later.
    """
    found = left_over(folder, begun_before=begun_before)
    return _remove(folder, [each for each in found if below or each.path == folder])


def remove_for_good(folder: S3Path, *, below: bool = True) -> int:
    """Remove an object, `below` too what lies in it, in every version; return how many were there."""
    found = [*versions(folder), *uploads(folder)]
    if not below:
        found = [each for each in found if each.path == folder]
    _remove(folder, found)
    return sum(each.is_current for each in found)


def _remove(folder: S3Path, found: list[Kept]) -> int:
    from botocore.exceptions import ClientError

    for each in found:
        if each.upload:
            with as_files(str(each.path)):
                try:
                    client("s3").abort_multipart_upload(
                        Bucket=folder.bucket, Key=each.path.key, UploadId=each.upload
                    )
                except ClientError as error:
                    if code_of(error) != "NoSuchUpload":
                        raise
    _delete(
        folder.bucket, [{"Key": each.path.key, "VersionId": each.version} for each in found if each.version]
    )
    return len(found)


def remove_objects(paths: Iterable[S3Path]) -> None:
    """Remove objects as they are now, whether they are there or not; older versions of them stay."""
    by_bucket: dict[str, list[dict[str, str]]] = {}
    for path in paths:
        by_bucket.setdefault(path.bucket, []).append({"Key": path.key})
    for bucket, named in by_bucket.items():
        _delete(bucket, named)


def _delete(bucket: str, named: list[dict[str, Any]]) -> None:
    for at in range(0, len(named), AT_ONCE):
        with as_files(f"s3://{bucket}"):
            told = client("s3").delete_objects(
                Bucket=bucket, Delete={"Objects": named[at : at + AT_ONCE], "Quiet": True}
            )
        if failed := told.get("Errors"):
            raise PermissionError(f"{len(failed):,} objects in {bucket} could not be removed")
