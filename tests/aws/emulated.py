"""S3 and Secrets Manager, emulated on the loopback interface, and what the emulator lacks."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

REGION = "eu-central-1"
_one_at_a_time = RLock()


def _atomic(method: Callable[..., Any]) -> Callable[..., Any]:
    """S3 decides upon a condition and writes in one step; the emulator in two."""

    def locked(*given: Any, **named: Any) -> Any:
        with _one_at_a_time:
            return method(*given, **named)

    return locked


def _with_conditions(post: Callable[..., Any]) -> Callable[..., Any]:
    """S3 completes an upload in parts on a condition; the emulator knows but `If-None-Match`."""

    def posted(
        self: Any, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str
    ) -> Any:
        from moto.s3.exceptions import PreconditionFailed

        wanted = self.headers.get("If-Match")
        if wanted and query.get("uploadId"):
            there = self.backend.get_object(bucket_name, key_name)
            if there is None or there.etag.strip('"') != wanted.strip('"'):
                raise PreconditionFailed("If-Match")
        return post(self, request, body, bucket_name, query, key_name)

    return posted


@contextmanager
def conditions_kept() -> Iterator[None]:
    """Let the emulator keep the conditions on which something is written."""
    from moto.s3.responses import S3Response

    before = {
        name: getattr(S3Response, name) for name in ("put_object", "delete_object", "_key_response_post")
    }
    for name, method in before.items():
        known = _with_conditions(method) if name == "_key_response_post" else method
        setattr(S3Response, name, _atomic(known))
    yield
    for name, method in before.items():
        setattr(S3Response, name, method)


@contextmanager
def served() -> Iterator[str]:
    """The address of an emulator that lives as long as the block; the environment leads to it."""
    from moto.server import ThreadedMotoServer

    # Otherwise a failing test shows every request.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    settings = {
        "AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
        "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    with conditions_kept():
        yield endpoint
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
    server.stop()
