"""What a withdrawal or erasure would do, before it does it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from stedi.erasure.addresses import require_address
from stedi.erasure.finding import derived_rows, in_use
from stedi.erasure.landed import found_lines, require_own_files
from stedi.erasure.person import Person, person_of, request_rows, rows
from stedi.erasure.person_finder import PersonFinder
from stedi.erasure.staged import Loss, buckets_of, erased_rows
from stedi.erasure.undecodable import places_of, shown, unsearchable
from stedi.erasure.unread import person_with_unread
from stedi.ground.errors import UsageError
from stedi.ground.places import Place
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.prover.people import OwnedDevice, SoughtPerson, traces_of
from stedi.prover.proof import Failure
from stedi.prover.traces import Kind, Traces
from stedi.run.respelling import require_spelt_as_today
from stedi.staging.ledger import Ledger
from stedi.store.opening import store_of
from stedi.store.rows import rows_of
from stedi.store.store import Store
from stedi.suppression.suppressing import Suppressor
from stedi.tables import table


@dataclass(frozen=True)
class Plan:
    """What a request would remove; no value of the person.

    Attributes:
        kind: withdraw or erase.
        known: Whether a customer record names the person.
        addresses: How many e-mails the person has.
        devices: How many stretches of devices.
        tables: Rows and data files that hold them, by table.
        landed_files: Landed files with lines of the person.
        landed_lines: Those lines; lines that landed twice count twice.
        undecodable: Landed files that nobody can search to their end.
        not_searchable: What cannot be searched: paths, what tells of people masked, and why.
        asked_before: Whether a request of this kind about this e-mail is on record.
        is_unknown: Whether no record, no reading, no refused line and no request names the e-mail.
        consent: The person's state of consent; None: nobody knows the person.
    """

    kind: str
    known: bool
    addresses: int
    devices: int
    tables: dict[str, Loss]
    landed_files: int
    landed_lines: int
    undecodable: int
    not_searchable: tuple[str, ...]
    asked_before: bool
    is_unknown: bool = False
    consent: str | None = None

    @property
    def removes_nothing(self) -> bool:
        """Whether nothing of the person is there to be removed."""
        return not self.landed_files and not any(loss.rows for loss in self.tables.values())


@contextmanager
def opened_store(lake: Lake) -> Iterator[Store]:
    """The tables of a lake.

    Raises:
        UsageError: The lake was never run.
    """
    if not lake.has_tables:
        raise UsageError("This lake holds no table yet; nothing was done.\nFill it first: stedi run")
    store = store_of(lake)
    try:
        yield store
    finally:
        store.close()


def traces_of_person(lake: Lake, person: Person) -> Traces:
    """What tells of a person in any file of the lake, looked up while they are there."""
    devices = tuple(OwnedDevice(s.serialnumber, s.begins, s.ends) for s in person.devices)
    (traces,) = traces_of(lake, [SoughtPerson(frozenset(person.participants), devices)])
    return traces


def suppressor_of(
    lake: Lake, person: Person, traces: Traces, requested_at: int, finder: PersonFinder | None = None
) -> Suppressor:
    """By which the rows of one person are known, those of others erased before left aside.

    A refused line is theirs when the search that proves that they are gone would find them in it.
    """
    key = lake.key("suppression")
    rows = request_rows(person, request="", kind=requests.ERASE, requested_at=requested_at, key=key)
    others = {longer for text in traces.texts if text.kind is Kind.EMAIL for longer in text.within}
    recognises = (finder or PersonFinder(traces)).which_alone
    return Suppressor(rows, key, recognises=recognises, customers=lambda: others)


def plan_of(
    lake: Lake,
    store: Store,
    kind: str,
    email: str,
    *,
    now_ms: int,
    only_look: bool = False,
    empty_undecodable: bool = False,
) -> tuple[Plan, Person, Traces | None]:
    """Look up a person and count what a request would remove; nothing is changed.

    Returns:
        The plan, the person, and what tells of them, which is looked up for an erasure only.

    Raises:
        UsageError: It would erase from a lake that reads somebody else's folder; or the text is no address.
    """
    require_address(email)
    require_spelt_as_today(lake, store)
    ledger = Ledger.of(store)
    erases = kind == requests.ERASE
    if erases and not only_look:
        require_own_files(lake, ledger)
    person = (
        person_with_unread(lake, store, ledger, email, now_ms=now_ms)
        if erases
        else person_of(store, email, lake.key("suppression"))
    )
    tables = derived_rows(lake, store, person, in_use(erased=erases))
    files = lines = 0
    broken: list[Failure] = []
    traces = None
    if erases:
        traces = traces_of_person(lake, person)
        finder = PersonFinder(traces, unreadable=empty_undecodable, requested_at=now_ms)
        suppressor = suppressor_of(lake, person, traces, now_ms, finder)
        serials = tuple(stretch.serialnumber for stretch in person.devices)
        tables |= erased_rows(store, suppressor, buckets_of(lake, person.participants, serials))
        broken = unsearchable(lake, traces)
        whole = places_of(broken) if empty_undecodable else frozenset[Place]()
        for found, _, _ in found_lines(lake, ledger, suppressor, now_ms=now_ms, finder=finder, whole=whole):
            files += 1
            lines += len(found.lines)
    key = lake.key("suppression")
    hashes = {
        row["hash"] for row in request_rows(person, request="", kind=kind, requested_at=now_ms, key=key)
    }
    before = {row["kind"] for row in rows_of(store, requests.TABLE) if row["hash"] in hashes}
    addresses, devices = len(person.participants), len(person.devices)
    planned = Plan(
        kind, person.known, addresses, devices, tables, files, lines, len(places_of(broken)),
        tuple(shown(broken)), kind in before,
    )  # fmt: skip
    is_unknown = not person.known and not before and planned.removes_nothing
    if empty_undecodable and not person.known:
        # What nobody can search goes, and tells of nobody.
        is_unknown = plan_of(lake, store, kind, email, now_ms=now_ms, only_look=only_look)[0].is_unknown
    elif is_unknown and not erases:
        # A withdrawal looks no further than what is in use: readings or refused lines may name the person.
        suppressor = suppressor_of(lake, person, traces_of_person(lake, person), now_ms)
        staged = erased_rows(store, suppressor, buckets_of(lake, person.participants, ()))
        is_unknown = not any(loss.rows for loss in staged.values())
    states = rows(store, table("consent"), ("participant", "state"))
    consent = next((row["state"] for row in states if row["participant"] in person.participants), None)
    return replace(planned, is_unknown=is_unknown, consent=consent), person, traces


def find(lake: Lake, email: str) -> Plan:
    """Where a person stands, in a lake that reads somebody else's folder too.

    Raises:
        UsageError: The lake was never run.
    """
    with opened_store(lake) as store:
        return plan_of(
            lake, store, requests.ERASE, email, now_ms=time.time_ns() // 1_000_000, only_look=True
        )[0]
