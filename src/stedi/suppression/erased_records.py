"""What customer records of erased people tell though they are not staged: who is who, withdrawals, devices.

A record that is kept out still links addresses, still takes back a consent that was given since, and still
claims a device. All of it is kept in `requests`, as keyed hashes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stedi.landing import customer, requests
from stedi.privacy.linking import first_requests
from stedi.privacy.names import IDENTITY
from stedi.privacy.suppression import (
    OF_A_PERSON,
    OF_A_RECORD,
    OF_CONSENT,
    About,
    device_hash,
    email_hashes,
    record_hashes,
    told_hash,
)

Row = dict[str, Any]
TOLD = (*(column.name for column in customer.FIELDS), customer.CONSENT_FAULT.name)
"""All that a record tells; records that landed twice are alike in it."""
Remembered = tuple[About, str, int | None, int | None]
"""What a whole record told, its hash, from when it counts, and its own time where that is ahead."""
_CLAIMS = (About.CLAIM, About.CLAIM_BESIDE)


class ErasedRecords:
    """Who was erased, when, and which of their records were met; by keyed hashes.

    Requests that share an e-mail or an identity are about one person, who was erased with the last of them.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], key: bytes) -> None:
        """Know the rows of `requests`."""
        self._key = key
        rows = list(rows)
        firsts = first_requests(
            (row["request"], row["hash"], row["requested_at"]) for row in rows if row["about"] in OF_A_PERSON
        )
        self._erased_at: dict[str, int] = {}
        self._under: dict[str, Row] = {}
        for row in rows:
            root = firsts.get(row["request"], row["request"])
            if row["kind"] == requests.ERASE:
                self._erased_at[root] = max(row["requested_at"], self._erased_at.get(root, 0))
                named = {name: row[name] for name in ("request", "kind", "requested_at")}
                self._under[root] = min(
                    named, self._under.get(root, named), key=lambda r: (r["requested_at"], r["request"])
                )
        self._whose: dict[tuple[str, str], str] = {}
        self._devices: dict[tuple[str, str], set[int | None]] = {}
        self._claims: dict[tuple[str, str], set[int | None]] = {}
        self._scheduled: dict[str, int] = {}
        for row in rows:
            root = firsts.get(row["request"], row["request"])
            if root not in self._erased_at:
                continue
            about = About(row["about"])
            if about in OF_A_PERSON:
                self._whose[about, row["hash"]] = root
            elif about in OF_A_RECORD:
                self._whose[About.SEEN, row["hash"]] = root
                if about is About.SCHEDULED:
                    self._scheduled[root] = max(row["covers_from"], self._scheduled.get(root, 0))
            elif about in _CLAIMS or about is About.DEVICE:
                named_by = self._devices if about is About.DEVICE else self._claims
                named_by.setdefault((root, row["hash"]), set()).add(row["covers_from"])

    def __bool__(self) -> bool:
        return bool(self._whose)

    def erased_at(self, about: About, hashes: Iterable[str]) -> int | None:
        """When whoever has one of these hashes was erased last."""
        roots = {self._whose[about, h] for h in hashes if (about, h) in self._whose}
        return max((self._erased_at[root] for root in roots), default=None)

    def keeps_out(self, record: Mapping[str, Any]) -> bool:
        """Whether a record, a row of `customer_staged`, is an erased person's and told nothing new since.

        New is what was changed after the erasure and does not repeat a consent from before it. One without a
        consent counts as changed when it landed by its own time: else it may be an old one.
        """
        if not (roots := self._roots(record)):
            return False
        erased_at = self._latest(roots)
        own, at, consented_at = _times(record)
        is_newer = own is not None and own > erased_at and at > erased_at
        # A clock may be ahead by minutes; without a consent it may be so by years.
        is_new = own == at if consented_at is None else consented_at > self._consented_until(roots)
        return not (is_newer and is_new) or (About.SEEN, self._told(record)) in self._whose

    def remembered(self, record: Mapping[str, Any]) -> Iterator[Remembered]:
        """What to remember of a record of an erased person that is removed or kept out.

        A hash, by which one is known again that its own times cannot date, and what that told; and a consent
        from a time after the erasure, so that a record which repeats it tells nothing new.
        """
        own, at, consented_at = _times(record)
        about, told, roots = _effect(record), self._told(record), self._roots(record)
        if own != at:
            yield (About.SEEN, told, None, None) if about is About.STALE else (about, told, at, own)
        if consented_at is not None and consented_at > self._consented_until(roots):
            yield About.SCHEDULED, told, consented_at, None

    def requests_about(self, record: Mapping[str, Any]) -> set[str]:
        """The first erasure of each person whose e-mail or identity a record tells."""
        return {self._under[root]["request"] for root in self._roots(record)}

    def told(self, records: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
        """What records that were kept out tell and no request knows yet, as rows of `requests`.

        Args:
            records: Rows of `customer_staged` that are erased people's.
        """
        for record in records:
            roots = sorted(self._roots(record))
            if not roots or (About.SEEN, self._told(record)) in self._whose:
                continue
            emails, identities = self._hashes(record)
            facts = [(About.EMAIL, emails[0]), *((About.RECORD, each) for each in identities[:1])]
            for root in roots:
                # Under each: so these become one person's.
                yield from (self._row(root, *fact) for fact in facts if self._whose.get(fact) != root)
            yield from (self._row(roots[0], *effect) for effect in self._effects(roots, record))

    def _effects(self, roots: Sequence[str], record: Mapping[str, Any]) -> Iterator[Remembered]:
        """What a record tells of consent, and which device it claims."""
        at, remembered = record["effective_at"], list(self.remembered(record))
        yield from (each for each in remembered if each[0] is About.SCHEDULED)
        if at > self._latest(roots):
            counts = [each for each in remembered if each[0] in OF_CONSENT]
            yield from counts or [(_effect(record), self._told(record), at, None)]
        if (serial := record["serialnumber"]) is None:
            return
        device = device_hash(serial, self._key)
        claimed = {begins for each in roots for begins in self._claims.get((each, device), ())}
        # A request of an earlier version holds no claims: what it covers tells who had the device.
        is_older = not claimed and any((each, device) in self._devices for each in roots)
        # One that tells no time claims nothing anew.
        is_known = at in claimed or (claimed and record[customer.LAST_UPDATE.name] != at)
        if not is_known and not is_older:
            yield About.CLAIM, device, at, None

    def _latest(self, roots: Iterable[str]) -> int:
        return max(self._erased_at[root] for root in roots)

    def _consented_until(self, roots: Iterable[str]) -> int:
        """Up to when a consent is one from before the erasure."""
        return max(max(self._erased_at[root], self._scheduled.get(root, 0)) for root in roots)

    def _roots(self, record: Mapping[str, Any]) -> set[str]:
        emails, identities = self._hashes(record)
        known = [(About.EMAIL, h) for h in emails] + [(About.RECORD, h) for h in identities]
        return {self._whose[each] for each in known if each in self._whose}

    def _row(
        self, root: str, about: About, hashed: str, begins: int | None = None, ends: int | None = None
    ) -> Row:
        return {
            **self._under[root], "about": about.value, "hash": hashed,
            "covers_from": begins, "covers_until": ends,
        }  # fmt: skip

    def _hashes(self, record: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        emails = email_hashes(record["participant"], self._key)
        registered_at, birthday, name = (record[column] for column in IDENTITY)
        if None in (registered_at, birthday, name):
            return emails, ()
        return emails, record_hashes(registered_at, birthday, name, self._key)

    def _told(self, record: Mapping[str, Any]) -> str:
        return told_hash((record[name] for name in TOLD), self._key)


def new_rows(told: Iterable[Row], known: Iterable[Row] = ()) -> list[Row]:
    """Each of some rows of `requests` once, and none that is known; a whole record counts once, too."""
    there = {_key(row) for row in known}
    new = {_key(row): row for row in reversed(list(told))}
    return [row for key, row in reversed(new.items()) if key not in there]


def links(rows: Iterable[Row]) -> bool:
    """Whether rows of `requests` tell of another e-mail or identity."""
    return any(row["about"] in OF_A_PERSON for row in rows)


def _key(row: Row) -> tuple[Any, ...]:
    begins = None if row["about"] in OF_A_RECORD else row["covers_from"]
    return row["request"], row["about"], row["hash"], begins


def _times(record: Mapping[str, Any]) -> tuple[int | None, int, int | None]:
    """Its own time, from when it counts, and the consent that it tells, UTC ms."""
    return record[customer.LAST_UPDATE.name], record["effective_at"], record[customer.CONSENT.name]


def _effect(record: Mapping[str, Any]) -> About:
    if record[customer.CONSENT.name] is not None:
        return About.STALE
    return About.WITHDREW if record[customer.CONSENT_FAULT.name] is None else About.UNREADABLE
