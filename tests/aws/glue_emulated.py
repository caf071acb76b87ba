"""Glue and S3 emulated on the loopback interface, and how Spark's catalog is set to them.

The emulator takes an update of a table whatever version it was made for, so that of concurrent commits
all but one are lost, and all are told to have succeeded. Glue refuses such an update, and so does it here.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

REGION = "eu-central-1"
KEY = "testing"
DATABASE = "stedi"
CREDENTIALS = "software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider"


@dataclass(frozen=True)
class Emulated:
    """Where the emulator listens."""

    endpoint: str

    @property
    def access(self) -> dict[str, str]:
        """What a client of boto3 is made with."""
        return {
            "endpoint_url": self.endpoint, "region_name": REGION,
            "aws_access_key_id": KEY, "aws_secret_access_key": KEY,
        }  # fmt: skip

    def catalog(self, io: str) -> dict[str, str]:
        """The settings of a catalog, below `spark.sql.catalog.<name>`, as a Glue job has them.

        Args:
            io: Iceberg's class that opens files: `aws.s3.S3FileIO`, or `hadoop.HadoopFileIO` for folders.
        """
        return {
            "": "org.apache.iceberg.spark.SparkCatalog",
            ".catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            ".io-impl": f"org.apache.iceberg.{io}",
            ".warehouse": "s3://stedi-trusted/warehouse",
            ".cache-enabled": "false",
            ".glue.skip-archive": "true",
            ".glue.endpoint": self.endpoint,
            ".s3.endpoint": self.endpoint,
            ".s3.path-style-access": "true",
            ".client.region": REGION,
            ".client.credentials-provider": CREDENTIALS,
        }


@contextmanager
def emulated(*buckets: str) -> Iterator[Emulated]:
    """Emulate Glue and S3, with these buckets in place; one emulator a process."""
    import boto3
    from moto.server import ThreadedMotoServer

    # Otherwise a failing test shows every request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with versions_checked():
        server.start()
        host, port = server.get_host_and_port()
        found = Emulated(f"http://{host}:{port}")
        for bucket in buckets:
            boto3.client("s3", **found.access).create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        try:
            yield found
        finally:
            server.stop()


@contextmanager
def versions_checked() -> Iterator[None]:
    """Let the emulator refuse an update of a table that was made for another version of it."""
    from moto.core.exceptions import JsonRESTError
    from moto.glue.responses import GlueResponse

    update = GlueResponse.update_table
    one_at_a_time = threading.Lock()

    def checked(self: Any) -> Any:
        with one_at_a_time:
            asked = self.parameters.get("VersionId")
            names = self.parameters["DatabaseName"], self.parameters["TableInput"]["Name"]
            now = self.glue_backend.get_table(*names).as_dict()["VersionId"]
            if asked is not None and asked != now:
                raise JsonRESTError("ConcurrentModificationException", "Update table failed: other version.")
            return update(self)

    GlueResponse.update_table = checked
    try:
        yield
    finally:
        GlueResponse.update_table = update
