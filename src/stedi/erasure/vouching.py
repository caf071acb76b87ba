"""Whether certificates are the ones that were written: the audit log holds the digest of each."""

import json
from dataclasses import dataclass
from typing import Any

from stedi import audit
from stedi.erasure.certificate import content_of, digest_of, folder_of
from stedi.ground.errors import PrivacyGateError
from stedi.lake.config import Lake
from stedi.run.procedures import pending

COMPLETED = "privacy_complete"
DIGEST = "certificate"


class CertificateBrokenError(PrivacyGateError):
    """A certificate is not the one that was written."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            "Certificates are not as they were written; what they say cannot be relied upon. "
            "Put them back from your backup, and find out who changed them.",
            faults,
        )


@dataclass(frozen=True)
class Vouched:
    """Certificates that were compared with the audit log.

    Attributes:
        certificates: How many are as they were written.
        without_digest: Requests whose certificates an earlier version wrote: nothing vouches for them.
        not_complete: Requests whose certificates are not final, because a kill came before the end.
    """

    certificates: int
    without_digest: tuple[str, ...]
    not_complete: tuple[str, ...]


def recorded_digests(lake: Lake) -> dict[str, str | None]:
    """The digest of every certificate that the audit log knows, by request; None of an earlier version's."""
    return {entry["request"]: entry.get(DIGEST) for entry in audit.entries_of(lake, COMPLETED)}


def vouch_for_all(lake: Lake) -> Vouched:
    """Compare every certificate with the audit log.

    Raises:
        CertificateBrokenError: One was changed, exchanged, deleted or added; all faults are told.
    """
    found, faults = _compared(lake)
    if faults:
        # A procedure may have ended between two looks.
        found, faults = _compared(lake)
    if faults:
        raise CertificateBrokenError(faults)
    return found


def vouch_for(lake: Lake, request: str) -> bool:
    """Compare the certificate of one request with the audit log.

    Returns:
        Whether the log vouches for it; not for one of an earlier version.

    Raises:
        CertificateBrokenError: It was changed, exchanged, deleted or added.
    """
    known = recorded_digests(lake)
    if fault := _fault(lake, request, known):
        raise CertificateBrokenError([fault])
    return known.get(request) is not None


def _compared(lake: Lake) -> tuple[Vouched, list[str]]:
    folder = folder_of(lake)
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    there = {name.removesuffix(".json") for name in names if name.endswith(".json")}
    known = recorded_digests(lake)
    waiting = {procedure.request for procedure in pending(lake)}
    faults = [fault for each in sorted(there | known.keys()) if (fault := _fault(lake, each, known, waiting))]
    others = sum(not name.endswith(".json") and not name.startswith(".") for name in names)
    if others:
        faults.append(
            "1 file among the certificates is none"
            if others == 1
            else f"{others:,} files among the certificates are none"
        )
    without = tuple(sorted(each for each in there if each in known and known[each] is None))
    begun = tuple(sorted((there & waiting) - known.keys()))
    return Vouched(len(there) - len(without) - len(begun), without, begun), faults


def _fault(
    lake: Lake, request: str, known: dict[str, str | None], waiting: set[str] | frozenset[str] = frozenset()
) -> str | None:
    content = content_of(lake, request)
    if content is None:
        return f"request {request}: its certificate was deleted" if request in known else None
    if request not in known:
        if request in waiting:
            return None
        return f"request {request}: no entry of the audit log knows its certificate"
    digest = digest_of(content)
    if known[request] == digest:
        return None
    other = next((name for name, each in known.items() if each == digest), None) or _named(content)
    if other and other != request:
        return f"request {request}: in place of its certificate stands the one of request {other}"
    if known[request] is None:
        return None if other == request else f"request {request}: its certificate was changed"
    return f"request {request}: its certificate was changed"


def _named(content: bytes) -> str | None:
    """The request that a certificate names itself; None where it is none."""
    try:
        told: Any = json.loads(content)
    except ValueError:
        return None
    named = told.get("request") if isinstance(told, dict) else None
    # Shown in a message, so that nothing but the name of a request may stand there.
    return named if isinstance(named, str) and named.replace("-", "").isalnum() and len(named) < 40 else None
