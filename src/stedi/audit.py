"""The audit log: who looked at what is hidden; no identity in it."""

import getpass
import json
import os
import time

from stedi.config import Lake

SCHEMA = "stedi.audit/1"


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # In a container a user may have no name.


def record(lake: Lake, event: str, **facts: object) -> None:
    """Append an event to the lake's audit log, durably.

    Args:
        lake: The lake.
        event: What happened, such as "reveal".
        facts: Counts, names of tables, a stated reason; never a personal value.
    """
    entry = {
        "schema": SCHEMA,
        "at_ms": time.time_ns() // 1_000_000,
        "actor": _actor(),
        "event": event,
        **facts,
    }
    line = json.dumps(entry, sort_keys=True, ensure_ascii=True) + "\n"
    descriptor = os.open(lake.root / "audit.ndjson", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
