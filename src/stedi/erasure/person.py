"""Whom a request is about: every address, record and device of the person, from one e-mail."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from stedi.engine.parquet import read_parquet
from stedi.erasure.requested import Requested
from stedi.landing import customer, requests, step_trainer
from stedi.privacy.identity import normalised_email, normalised_name
from stedi.privacy.linking import linked
from stedi.privacy.names import IDENTITY
from stedi.privacy.suppression import About, covered_until, device_hash, email_hash, line_hash, record_hash
from stedi.schema.table import Table
from stedi.store.rows import rows_of
from stedi.store.store import Store
from stedi.suppression.erased_records import Remembered
from stedi.tables import table


@dataclass(frozen=True)
class SoleOwnership:
    """A time in which no other person owned a device of this one.

    Attributes:
        serialnumber: The device.
        begins: From here on, UTC ms; 0: since ever.
        ends: Up to, not including, this time, UTC ms; None: for good.
        is_ambiguous: Whether at its end several people claim the device.
    """

    serialnumber: str = field(repr=False)
    begins: int = 0
    ends: int | None = None
    is_ambiguous: bool = False


@dataclass(frozen=True)
class Claim:
    """That records of the person named a device at an instant.

    Attributes:
        serialnumber: The device.
        at: The instant, UTC ms.
        until: When they named another, UTC ms; None: never since.
        beside: Whether they named others at the same instant.
    """

    serialnumber: str = field(repr=False)
    at: int
    until: int | None
    beside: bool


@dataclass(frozen=True)
class Person:
    """A person as the lake knows them: personal data, never shown.

    Attributes:
        participants: All their normalised e-mails.
        records: Registration date, birthday and name of each of their records that has all three.
        devices: When which device was theirs.
        known: Whether a customer record names them.
        claims: Each time that their records named a device.
    """

    participants: tuple[str, ...] = field(repr=False)
    records: tuple[tuple[int, str, str], ...] = field(repr=False)
    devices: tuple[SoleOwnership, ...] = field(repr=False)
    known: bool = True
    claims: tuple[Claim, ...] = field(default=(), repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(sorted({name for _, _, name in self.records}))


NAMED = ("participant", *IDENTITY, "serialnumber", "effective_at")
"""What a customer record tells of whose it is and which device is theirs."""


def person_of(store: Store, email: str, key: bytes, *, unread: Iterable[Mapping[str, Any]] = ()) -> Person:
    """Look a person up in the staged records, the trusted tables and the requests, by any of their e-mails.

    An e-mail that no record knows is a person too: there may be phone readings, or records that were kept out
    and tell which other addresses are theirs.

    Args:
        store: The tables.
        email: The e-mail.
        key: The suppression key, by whose hashes requests know people.
        unread: Records that landed and were not staged yet, with the columns `NAMED`.
    """
    asked = normalised_email(email)
    of_consent = [
        (r["participant"], r["person"]) for r in rows(store, table("consent"), ("participant", "person"))
    ]
    told = [*rows(store, customer.TABLE, NAMED), *unread]
    by_request = Requested(rows_of(store, requests.TABLE), key)
    person = person_among(told, asked, by_request, of_consent)
    people = {whose for participant, whose in of_consent if participant in person.participants}
    serials = {claim.serialnumber for claim in person.claims}
    serials |= _told_of(store, told, by_request.claims(person.participants, person.records), key)
    return replace(person, devices=tuple(_devices(store, people, serials)))


def person_among(
    told: Sequence[Mapping[str, Any]],
    asked: str,
    by_request: Requested,
    of_consent: Iterable[tuple[str, str]] = (),
) -> Person:
    """The person of a normalised e-mail by some records, without their devices.

    Args:
        told: Customer records, with the columns `NAMED`.
        asked: The e-mail.
        by_request: The requests.
        of_consent: Addresses, and what their person is called.
    """
    theirs = _addresses(asked, of_consent, told, by_request)
    records = [row for row in told if row["participant"] in theirs]
    triples = {tuple(row[name] for name in IDENTITY) for row in records}
    return Person(
        tuple(sorted(theirs)),
        tuple(sorted(triple for triple in triples if None not in triple)),
        (),
        bool(records),
        tuple(_claims(records)),
    )


def _addresses(
    asked: str,
    of_consent: Iterable[tuple[str, str]],
    told: Iterable[Mapping[str, Any]],
    by_request: Requested,
) -> set[str]:
    """Every address of whoever has one: by the records, by the release and by the hashes of requests."""
    links: list[tuple[str, tuple[Any, ...], int]] = [(asked, ("e-mail", asked), 0)]
    links += [(participant, ("person", person), 0) for participant, person in of_consent]
    identities = {(row["participant"], *(row[name] for name in IDENTITY)) for row in told}
    for participant, registered_at, birthday, name in identities:
        links.append((participant, ("e-mail", participant), 0))
        if None not in (registered_at, birthday, name):
            spelled = (registered_at, normalised_name(birthday), normalised_name(name))
            links.append((participant, ("identity", *spelled), 0))
            for root in by_request.of_record(registered_at, birthday, name):
                links.append((participant, ("request", root), 0))
    for participant in {participant for participant, _, _ in links}:
        links += [(participant, ("request", root), 0) for root in by_request.of_email(participant)]
    person = linked(links)
    return {participant for participant, whose in person.items() if whose == person[asked]}


def _told_of(store: Store, told: Iterable[Mapping[str, Any]], hashes: set[str], key: bytes) -> set[str]:
    """The devices of some hashes, by the records of others and the readings."""
    if not hashes:
        return set()
    serials = {row["serialnumber"] for row in told} | {
        row["serialnumber"] for row in rows(store, step_trainer.TABLE, ("serialnumber",))
    }
    return {serial for serial in serials - {None} if device_hash(serial, key) in hashes}


def _claims(records: Iterable[Mapping[str, Any]]) -> Iterator[Claim]:
    """Each naming of a device, and when the person's next records name others alone."""
    named: dict[int, set[str]] = defaultdict(set)
    for row in records:
        if row["serialnumber"] is not None:
            named[row["effective_at"]].add(row["serialnumber"])
    instants = sorted(named)
    for at, following in zip_longest(instants, instants[1:]):
        for serial in sorted(named[at]):
            is_left = following is not None and serial not in named[following]
            yield Claim(serial, at, following if is_left else None, len(named[at]) > 1)


def _devices(store: Store, people: set[str], serials: set[str]) -> Iterator[SoleOwnership]:
    """All time but that in which somebody else owned a device that the person's records name."""
    named = ("serialnumber", "owned_from", "owned_until", "standing", "person")
    return covered_stretches(list(rows(store, table("devices"), named)), people, serials)


def covered_stretches(
    found: list[dict[str, Any]], people: set[str], serials: set[str]
) -> Iterator[SoleOwnership]:
    """All time but that in which somebody else owned a device.

    Args:
        found: Rows of `devices`, all of each device.
        people: What the person is called.
        serials: The devices that their records name.
    """
    serials = serials | {row["serialnumber"] for row in found if row["person"] in people}
    ambiguous = {
        row["serialnumber"] for row in found if row["standing"] == "ambiguous" and row["owned_until"] is None
    }
    others: dict[str, list[tuple[int, int | None]]] = {}
    for row in found:
        if row["serialnumber"] in serials and row["standing"] == "owned" and row["person"] not in people:
            others.setdefault(row["serialnumber"], []).append((row["owned_from"], row["owned_until"]))
    for serial in sorted(serials):
        begins: int | None = 0
        for other_from, other_until in sorted(others.get(serial, ()), key=lambda stretch: stretch[0]):
            if begins is not None and begins < other_from:
                yield SoleOwnership(serial, begins, other_from)
            begins = other_until
        if begins is not None:
            yield SoleOwnership(serial, begins, None, serial in ambiguous)


def rows(store: Store, of: Table, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The rows of a table as it is now, some columns of them."""
    for file in store.files(of):
        yield from read_parquet(file.path, columns).to_pylist()


def request_rows(
    person: Person,
    *,
    request: str,
    kind: str,
    requested_at: int,
    key: bytes,
    lines: Iterable[bytes] = (),
    records: Iterable[Remembered] = (),
) -> list[dict[str, Any]]:
    """The rows of `requests` by which a request knows its person.

    Args:
        person: Whom it is about.
        request: Names it.
        kind: withdraw or erase.
        requested_at: UTC ms.
        key: The suppression key.
        lines: Refused lines that an erasure takes out though they hold none of these.
        records: Records that it takes out and that are known again by a hash of theirs alone.
    """
    about = [(About.EMAIL, email_hash(p, key), None, None) for p in person.participants]
    about += [(About.RECORD, record_hash(*record, key), None, None) for record in person.records]
    about += [(About.LINE, each, None, None) for each in sorted({line_hash(line, key) for line in lines})]
    told: list[Remembered] = [*about, *dict.fromkeys(records)]
    if kind == requests.ERASE:
        last = covered_until(requested_at)
        for claim in person.claims:
            about_claim = About.CLAIM_BESIDE if claim.beside else About.CLAIM
            told.append((about_claim, device_hash(claim.serialnumber, key), claim.at, claim.until))
        for stretch in person.devices:
            begins = stretch.begins
            ends = last if stretch.ends is None else min(stretch.ends, last)
            if begins < ends:
                told.append(
                    (
                        About.DEVICE,
                        device_hash(stretch.serialnumber, key),
                        begins,
                        # Without an end: whoever else claims the device now has not got it by that.
                        None if stretch.is_ambiguous else ends,
                    )
                )
    return [
        {
            "request": request, "kind": kind, "requested_at": requested_at,
            "about": each.value, "hash": hashed, "covers_from": begins, "covers_until": ends,
        }
        for each, hashed, begins, ends in told
    ]  # fmt: skip
