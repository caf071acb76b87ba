"""The certificate of a withdrawal or erasure: what left, and the proof; no identity in it."""

import json
import re
from typing import Any

from stedi import durable
from stedi.config import Lake
from stedi.errors import UsageError
from stedi.pipeline.procedures import Procedure

SCHEMA = "stedi.certificate/1"
_REQUEST = re.compile(r"[0-9A-Za-z-]+")


def certify(lake: Lake, procedure: Procedure, now_ms: int) -> dict[str, Any]:
    """Write the certificate of a procedure whose steps are all done.

    Returns:
        The certificate, as JSON's types.
    """
    told = {
        "schema": SCHEMA,
        "lake": lake.lake_id,
        "request": procedure.request,
        "kind": procedure.kind,
        "requested_at": procedure.requested_at,
        "completed_at": now_ms,
        # Sums over other people's rows served to compare, and say nothing to a reader.
        **{name: value for name, value in procedure.told.items() if name not in ("others", "next_change_at")},
    }
    folder = lake.root / "certificates"
    folder.mkdir(exist_ok=True, mode=0o700)
    durable.replace(folder / f"{procedure.request}.json", (json.dumps(told, sort_keys=True) + "\n").encode())
    return told


def certificates(lake: Lake) -> list[dict[str, Any]]:
    """All certificates of a lake, the oldest request first."""
    found = [json.loads(path.read_text()) for path in (lake.root / "certificates").glob("*.json")]
    return sorted(found, key=lambda told: (told["requested_at"], told["request"]))


def certificate(lake: Lake, request: str) -> dict[str, Any]:
    """The certificate of one request.

    Raises:
        UsageError: There is none.
    """
    path = lake.root / "certificates" / f"{request}.json"
    if not _REQUEST.fullmatch(request) or not path.is_file():
        raise UsageError(
            "There is no certificate of that request; nothing was shown.\n"
            "See which there are: stedi privacy status"
        )
    found: dict[str, Any] = json.loads(path.read_text())
    return found
