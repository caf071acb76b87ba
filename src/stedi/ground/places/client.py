"""The clients of AWS, one a service, and what its answers mean."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from stedi.ground.errors import DependencyError, install_hint

_clients: dict[tuple[str, int, str | None], Any] = {}
_making = Lock()

_NOT_FOUND = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NoSuchVersion", "NoSuchUpload"})
_FORBIDDEN = frozenset({"401", "403", "AccessDenied", "AllAccessDisabled", "InvalidObjectState"})
CHANGED = frozenset({"412", "409", "PreconditionFailed", "ConditionalRequestConflict"})
"""A condition of a request did not hold: somebody else was first."""


def client(service: str) -> Any:
    """The client of a service; AWS_ENDPOINT_URL and the usual AWS settings are honoured.

    Raises:
        DependencyError: boto3 is not installed.
    """
    # A forked process must not share its parent's connections.
    known = (service, os.getpid(), os.environ.get("AWS_ENDPOINT_URL"))
    with _making:
        if known not in _clients:
            _require_boto3()
            import boto3
            from botocore.config import Config

            retries = {"mode": "standard", "total_max_attempts": 6}
            _clients[known] = boto3.client(service, config=Config(retries=retries, max_pool_connections=16))
        return _clients[known]


def _require_boto3() -> None:
    try:
        import boto3  # noqa: F401
    except ImportError as missing:
        raise DependencyError(
            f"S3 cannot be reached: boto3 is not installed; nothing was done.\n{install_hint('aws')}"
        ) from missing


def code_of(error: Any) -> str:
    """The code of an error that AWS answered with."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def as_files(where: str) -> Iterator[None]:
    """Raise what AWS answers about an object as the system's error about a file.

    FileNotFoundError, PermissionError (a wrong right, or an archived object), FileExistsError
    where a condition on writing did not hold, OSError otherwise; a missing credential is a
    DependencyError.

    Args:
        where: The address of the object.
    """
    _require_boto3()
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in _NOT_FOUND:
            number = errno.ENOENT
        elif code in _FORBIDDEN:
            number = errno.EACCES
        elif code in CHANGED:
            number = errno.EEXIST
        else:
            raise OSError(errno.EIO, f"S3 answered {code}", where) from error
        raise OSError(number, os.strerror(number), where) from error
    except NoCredentialsError as error:
        raise DependencyError(
            "AWS cannot be reached: there are no credentials; nothing was done.\n"
            "Set AWS_PROFILE, or another way that the AWS command line knows."
        ) from error
    except BotoCoreError as error:
        raise OSError(errno.EIO, f"S3 cannot be reached ({type(error).__name__})", where) from error
