"""The certificate of a withdrawal or erasure: what was there, what is there now, and why; no identity."""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from stedi.erasure.reasons import limits, why_it_stays
from stedi.erasure.zones import LANDED_LINES, Part, rows_of_part
from stedi.ground import durable
from stedi.ground.errors import UsageError
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.run.procedures import Procedure
from stedi.tables import TABLES

SCHEMA = "stedi.certificate/2"
FIRST_SCHEMA = "stedi.certificate/1"
"""Of certificates that tell nothing of zones, of who asked, and of what cannot be reached."""

_REQUEST = re.compile(r"[0-9A-Za-z-]+")
_COPIED = (
    "landed_files", "snapshots_expired", "files_removed", "other_files_removed", "snapshots", "stale_models",
    "models_retrained", "models_deleted", "models_waiting", "traces_before", "still_told_by", "proof",
    "nobody_found", "nothing_left", "later",
)  # fmt: skip
"""What the steps found out, as it is."""


def certificate_of(lake: Lake, procedure: Procedure) -> dict[str, Any]:
    """The certificate of a procedure whose steps are all done, as JSON's types; each time the same."""
    told = procedure.told
    completed_at = told["completed_at"]
    rows_before, rows_after = told.get("rows_before", {}), told.get("rows_after", {})
    found = told.get("person", {})
    return {
        "schema": SCHEMA,
        "lake": lake.lake_id,
        "request": procedure.request,
        "kind": procedure.kind,
        "case": told.get("case"),
        "actor": told.get("actor"),
        "requested_at": procedure.requested_at,
        "requested": utc(procedure.requested_at),
        "completed_at": completed_at,
        "completed": utc(completed_at),
        "person": {"found": bool(found.get("known")), "addresses": found.get("addresses"),
                   "devices": found.get("devices")},
        "zones": [_zone(procedure.kind, part, told, rows_before, rows_after) for part in Part],
        "tables": [
            {"table": name, "rows_before": rows_before[name], "rows_after": rows_after.get(name)}
            for name in (LANDED_LINES, *(table.name for table in TABLES))
            if name in rows_before
        ],
        "emptied_undecodable": bool(told.get("empty_undecodable")),
        **{name: told[name] for name in _COPIED if name in told},
        "limits": limits(procedure.kind, on_s3=lake.on_s3 is not None),
    }  # fmt: skip


def _zone(
    kind: str,
    part: Part,
    told: Mapping[str, Any],
    rows_before: Mapping[str, int | None],
    rows_after: Mapping[str, int | None],
) -> dict[str, Any]:
    # A procedure that an earlier version began did not count by zone.
    after = told.get("traces_after_by_zone", {}).get(part.value)
    rows = rows_of_part(part, rows_after)
    return {
        "zone": part.value,
        "traces_before": told.get("traces_before_by_zone", {}).get(part.value),
        "traces_after": after,
        "rows_before": rows_of_part(part, rows_before),
        "rows_after": rows,
        "stays": why_it_stays(kind, part, later=bool(told.get("later", {}).get("lines")))
        if after or rows
        else None,
    }


def write_certificate(lake: Lake, procedure: Procedure) -> tuple[dict[str, Any], str]:
    """Write the certificate of a procedure; return it and the digest of its bytes.

    Written again after a kill, it has the same bytes.
    """
    told = certificate_of(lake, procedure)
    content = (json.dumps(told, sort_keys=True) + "\n").encode()
    folder = folder_of(lake)
    folder.mkdir(exist_ok=True, mode=0o700)
    durable.replace(path_of(lake, procedure.request), content)
    return told, digest_of(content)


def digest_of(content: bytes) -> str:
    """The digest of the bytes of a certificate, as the audit log holds it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def folder_of(lake: Lake) -> Place:
    """Where a lake keeps its certificates."""
    return lake.root / "certificates"


def path_of(lake: Lake, request: str) -> Place:
    """The file of a request's certificate.

    Raises:
        UsageError: It is the name of no request.
    """
    if not _REQUEST.fullmatch(request):
        raise UsageError(_none(request))
    return folder_of(lake) / f"{request}.json"


def content_of(lake: Lake, request: str) -> bytes | None:
    """The bytes of a request's certificate; None where there is none.

    Raises:
        UsageError: It is the name of no request.
    """
    try:
        return path_of(lake, request).read_bytes()
    except FileNotFoundError:
        return None


def require_there(content: bytes | None, request: str) -> bytes:
    """The bytes of a certificate.

    Raises:
        UsageError: There is none.
    """
    if content is None:
        raise UsageError(_none(request))
    return content


def _none(_request: str) -> str:
    return (
        "There is no certificate of that request; nothing was shown.\n"
        "See which there are: stedi privacy status"
    )


def utc(at_ms: int) -> str:
    """A time in UTC, to the second, as ISO 8601 spells it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_ms / 1000))
