"""Where the parts of a lake on S3 are: a bucket a zone, keys in Secrets Manager, and a private folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stedi.ground.errors import UsageError
from stedi.ground.places import Place, S3Path, place
from stedi.ground.zones import Zone

ROOT = "lake"
"""The folder of a lake in its landing bucket, beside what lands."""

TABLES = "tables"
"""The folder of a zone's tables in the zone's bucket."""

PRIVATE = "private"
"""The folder of what must not lie with the lake, where no other place is named."""


@dataclass(frozen=True)
class OnS3:
    """Where the parts of a lake on S3 are.

    Attributes:
        tables: The folder of each zone's tables, by the zone's name.
        secrets: How the names of its keys in Secrets Manager begin.
        private: The folder of what must not lie with the lake: the head of the audit log, and what an
            erasure remembers until it is complete.
    """

    tables: Mapping[str, str]
    secrets: str
    private: str

    @classmethod
    def of(cls, root: S3Path, trusted: str, curated: str, secrets: str, private: str | None = None) -> "OnS3":
        """The parts of a lake in `s3://BUCKET/lake`, whose bucket is the landing zone's.

        Args:
            root: The lake's folder.
            trusted: The bucket of the trusted zone.
            curated: The bucket of the curated zone.
            secrets: As above.
            private: As above; a folder beside the lake where None.
        """
        buckets = zip(Zone, (root.bucket, trusted, curated), strict=True)
        tables = {zone.value: str(S3Path(bucket, TABLES)) for zone, bucket in buckets}
        return cls(tables, secrets, private or str(root.parent / PRIVATE))

    def own(self, root: Place) -> tuple[Place, ...]:
        """The folders that are the lake's, and no landed file lies in."""
        return (root, *map(place, self.tables.values()), place(self.private))


def require_parts(root: Place, on_s3: OnS3 | None) -> None:
    """Refuse to create a lake of which it is not told where its parts are.

    Raises:
        UsageError: It is not, or it is told of a lake on this machine.
    """
    if isinstance(root, Path):
        if on_s3:
            raise UsageError("A lake on this machine has no bucket and no secret; nothing was created.")
        return
    if on_s3 is None or root != S3Path(root.bucket, ROOT):
        raise UsageError(
            f"A lake on S3 lies in s3://BUCKET/{ROOT}, and is told where its parts are; nothing was "
            f"created.\nName them: stedi --lake s3://BUCKET/{ROOT} init --trusted BUCKET --curated BUCKET "
            "--secrets PREFIX"
        )
    folders = [*on_s3.tables.values(), on_s3.private, str(root)]
    if len(set(folders)) < len(folders) or on_s3.tables[Zone.LANDING.value] != str(root.parent / TABLES):
        raise UsageError("Each zone of a lake on S3 has a bucket of its own; nothing was created.")
