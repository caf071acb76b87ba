"""Which requests are about one person, by the keyed hashes that they hold."""

from collections.abc import Iterable, Mapping
from typing import Any

from stedi.landing import requests
from stedi.privacy.linking import first_requests
from stedi.privacy.suppression import OF_A_PERSON, About, email_hashes, record_hashes

_CLAIMS = (About.CLAIM, About.CLAIM_BESIDE)


class Requested:
    """The requests of a lake; those that share an e-mail or an identity are about one person.

    Each person is known by the first of their requests.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], key: bytes) -> None:
        """Know the rows of `requests`."""
        self._key = key
        rows = list(rows)
        firsts = first_requests(
            (row["request"], row["hash"], row["requested_at"]) for row in rows if row["about"] in OF_A_PERSON
        )
        self._whose: dict[tuple[str, str], str] = {}
        self._claimed: dict[str, set[str]] = {}
        self._covered: dict[str, set[str]] = {}
        for row in rows:
            first = firsts.get(row["request"], row["request"])
            if row["about"] in OF_A_PERSON:
                self._whose[row["about"], row["hash"]] = first
            elif row["kind"] == requests.ERASE and row["about"] in _CLAIMS:
                self._claimed.setdefault(first, set()).add(row["hash"])
            elif row["about"] == About.DEVICE:
                self._covered.setdefault(first, set()).add(row["hash"])

    def of_email(self, participant: str) -> set[str]:
        """The first request about whoever has a normalised e-mail; several where nothing links them yet."""
        return self._first(About.EMAIL, participant, hashes=email_hashes)

    def of_record(self, registered_at: int, birthday: str, name: str) -> set[str]:
        """The first request about whoever has an identity; as `of_email`."""
        return self._first(About.RECORD, registered_at, birthday, name, hashes=record_hashes)

    def _first(self, about: About, *told: Any, hashes: Any) -> set[str]:
        # Nothing is hashed where nobody asked.
        if not self._whose:
            return set()
        known = ((about, each) for each in hashes(*told, self._key))
        return {self._whose[each] for each in known if each in self._whose}

    def claims(self, participants: Iterable[str], identities: Iterable[tuple[Any, ...]]) -> set[str]:
        """Hashes of devices that records of an erased person claimed which no request covers.

        They are told by records that were kept out: nobody knew of these devices when the person was erased.
        """
        firsts = {first for each in participants for first in self.of_email(each)}
        firsts |= {first for each in identities if None not in each for first in self.of_record(*each)}
        return {
            hashed
            for first in firsts
            for hashed in self._claimed.get(first, set()) - self._covered.get(first, set())
        }
