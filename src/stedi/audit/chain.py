"""What an entry of the audit log is: a line of canonical JSON under a seal that covers its every byte."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from stedi.sources.file_names import for_message

SCHEMA = "stedi.audit/1"

ENTRY = b"entry"
HEAD = b"head"
"""What a seal is for, so that no head passes for an entry."""

BROKEN = "broken"
"""The key in an entry that went on although the log was not as the head tells: why it was not."""

OWN = frozenset({"schema", "sequence", "previous", "at_ms", "actor", "event", "hmac", BROKEN})
"""The keys of an entry that no fact may take."""

DIGEST = re.compile("sha256:[0-9a-f]{64}")
"""How a fact tells of the bytes of a file."""

SEALED = re.compile(rb'(\{.+),"hmac":"([0-9a-f]{64})"\}\n', re.DOTALL)


def sealed(content: Mapping[str, Any], purpose: bytes, key: bytes) -> bytes:
    """Content as one line, its HMAC under the audit key at the end."""
    body = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    return body[:-1] + b',"hmac":"' + _seal(body, purpose, key) + b'"}\n'


def unsealed(line: bytes, purpose: bytes, key: bytes) -> dict[str, Any] | None:
    """The content of a line; None unless every byte of it is as it was sealed."""
    found = SEALED.fullmatch(line)
    if not found:
        return None
    body = found[1] + b"}"
    if not hmac.compare_digest(found[2], _seal(body, purpose, key)):
        return None
    content: dict[str, Any] = json.loads(body)
    return content


def _seal(body: bytes, purpose: bytes, key: bytes) -> bytes:
    return hmac.digest(key, purpose + b"\n" + body, hashlib.sha256).hex().encode()


def digest(line: bytes) -> str:
    """By which the next entry names this one: SHA-256 of the whole line, 64 hexadecimal digits."""
    return hashlib.sha256(line).hexdigest()


def before_the_first(lake_id: str) -> str:
    """What the first entry of a lake names as the one before it."""
    return digest(f"audit log of {lake_id}".encode())


def without_identity(fact: Any) -> Any:
    """A fact with whatever may be an e-mail or a serial number hidden."""
    if isinstance(fact, str):
        # What names itself a digest is one, however much like a serial number its digits look.
        return fact if DIGEST.fullmatch(fact) else for_message(str(fact))
    if isinstance(fact, Mapping):
        return {without_identity(str(key)): without_identity(value) for key, value in fact.items()}
    if isinstance(fact, list | tuple):
        return [without_identity(each) for each in fact]
    return fact
