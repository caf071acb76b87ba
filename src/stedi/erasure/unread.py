"""Records of a person in landed files that no run has read yet."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from stedi.config import Lake
from stedi.erasure.person import Person, person_of, request_rows
from stedi.landing import customer, requests
from stedi.pipeline.ledger import Ledger
from stedi.pipeline.reading import without_erased
from stedi.pipeline.suppressing import Suppressor
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import read_blocks
from stedi.sources.listing import listed
from stedi.sources.opening import FileChangedError, opened
from stedi.store.store import Store
from stedi.tables import SOURCES


def person_with_unread(lake: Lake, store: Store, ledger: Ledger, email: str, *, now_ms: int) -> Person:
    """Look a person up, also by records that an erasure would empty before any run has read them.

    Such a record may link the address to others, which nobody would learn of any more.

    Args:
        lake: The lake.
        store: Its tables.
        ledger: What it read.
        email: Any e-mail of the person.
        now_ms: When a file counts as landed that was never read, UTC ms.
    """
    key = lake.key("suppression")
    person = person_of(store, email, key)
    told: list[Mapping[str, Any]] = []
    while True:
        rows = request_rows(person, request="", kind=requests.ERASE, requested_at=now_ms, key=key)
        found = list(_unread(lake, ledger, Suppressor(rows, key), now_ms=now_ms))
        if len(found) == len(told):
            return person
        told = found
        person = person_of(store, email, key, unread=told)


def _unread(
    lake: Lake, ledger: Ledger, suppressor: Suppressor, *, now_ms: int
) -> Iterator[Mapping[str, Any]]:
    landing = lake.landing.resolve()
    for file in listed(landing, SOURCES, settle_s=0):
        if file.source.name != customer.SOURCE.name:
            continue
        # What cannot be read is told by the search of all landed files.
        with contextlib.suppress(OSError, FileChangedError):
            found = examined(file, SOURCES)
            if not isinstance(found, Examined) or ledger.holds(file.source.name, found.sha256):
                continue
            with opened(file, found) as stream:
                for block in read_blocks(stream, file.source, landed_at=now_ms, buckets=lake.buckets):
                    yield from without_erased(block, file.source, suppressor)[2]
