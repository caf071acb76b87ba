"""Customer records that landed and that no run has read: the person's, or of people who have the same."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stedi.erasure.person import Person, person_of, request_rows
from stedi.lake.config import Lake
from stedi.landing import customer, requests
from stedi.prover.traces import Kind, Traces
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import read_blocks
from stedi.sources.listing import listed
from stedi.sources.opening import FileChangedError, open_content
from stedi.staging.ledger import Ledger
from stedi.store.rows import append_rows, rows_of
from stedi.store.store import Store
from stedi.suppression.erased_records import Row, new_rows
from stedi.suppression.suppressing import Suppressor
from stedi.tables import SOURCES

if TYPE_CHECKING:
    import pyarrow as pa

_TOLD_AS = {
    Kind.NAME: "customername",
    Kind.PHONE: "phone",
    Kind.BIRTHDAY: "birthday",
    Kind.SERIAL: "serialnumber",
}
"""What several people may have, and the column of it."""


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
    unread = list(unread_records(lake, ledger, now_ms=now_ms))
    told: Sequence[Mapping[str, Any]] = ()
    while unread:
        rows = request_rows(person, request="", kind=requests.ERASE, requested_at=now_ms, key=key)
        found = _theirs(unread, Suppressor(rows, key))
        if len(found) == len(told):
            break
        told = found
        person = person_of(store, email, key, unread=told)
    return person


def told_by_unread(lake: Lake, store: Store, told: Sequence[Row], *, now_ms: int) -> list[Row]:
    """What records of erased people tell that no run has read, before their lines are emptied.

    They may have landed since the request: while a procedure goes on, or waits to be resumed.

    Args:
        lake: The lake.
        store: Its tables, in which the request is logged.
        told: What was told before, as rows of `requests`.
        now_ms: When a file counts as landed that was never read, UTC ms.

    Returns:
        Those rows and new ones; keyed hashes.
    """
    unread = list(unread_records(lake, Ledger.of(store), now_ms=now_ms))
    suppressor = Suppressor.of(store, lake.key("suppression")).knowing(told)
    found = list(told)
    while new := new_rows(suppressor.records.told(_theirs(unread, suppressor)), found):
        found += new
        suppressor = suppressor.knowing(new)
    return found


def tell(store: Store, told: Sequence[Row], request: str) -> None:
    """Add what was told to `requests`, once; the next run decides by it."""
    append_rows(store, requests.TABLE, new_rows(told, rows_of(store, requests.TABLE)), request)


def shared_with_unread(lake: Lake, store: Store, person: Person, traces: Traces, *, now_ms: int) -> Traces:
    """The traces of somebody, knowing what others have too whom no run has read yet.

    Args:
        lake: The lake.
        store: Its tables.
        person: Whose.
        traces: What tells of them.
        now_ms: When a file counts as landed that was never read, UTC ms.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    others: dict[Kind, set[str]] = {kind: set() for kind in _TOLD_AS}
    theirs = pa.array(person.participants, pa.string())
    for records in unread_records(lake, Ledger.of(store), now_ms=now_ms):
        records = records.filter(pc.invert(pc.is_in(records.column("participant"), value_set=theirs)))
        for kind, column in _TOLD_AS.items():
            others[kind] |= {_folded(text) for text in records.column(column).unique().to_pylist() if text}
    texts = (
        replace(each, shared=each.shared or _folded(each.text) in others.get(each.kind, ()))
        for each in traces.texts
    )
    return replace(traces, texts=tuple(texts))


def unread_records(lake: Lake, ledger: Ledger, *, now_ms: int) -> "Iterator[pa.RecordBatch]":
    """The records of landed files that no run has read, as a run would accept them."""
    for file in listed(lake.landing.resolve(), SOURCES, settle_s=0):
        if file.source.name != customer.SOURCE.name:
            continue
        # What cannot be read is told by the search of all landed files.
        with contextlib.suppress(OSError, FileChangedError):
            found = examined(file, SOURCES)
            if not isinstance(found, Examined) or ledger.holds(file.source.name, found.sha256):
                continue
            with open_content(file, found) as stream:
                for block in read_blocks(stream, file.source, landed_at=now_ms, buckets=lake.buckets):
                    yield block.accepted


def _theirs(unread: "Sequence[pa.RecordBatch]", suppressor: Suppressor) -> list[Mapping[str, Any]]:
    import pyarrow as pa

    masks = ((each, suppressor.accepted(customer.SOURCE.name, each)) for each in unread)
    return [row for each, theirs in masks for row in each.filter(pa.array(theirs)).to_pylist()]


def _folded(text: str) -> str:
    return text.strip().casefold()
