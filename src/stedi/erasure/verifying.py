"""Search a lake for a person, at any time: what they asked for still holds."""

from collections import Counter
from dataclasses import dataclass

from stedi.erasure.addresses import require_address
from stedi.erasure.finding import ABOUT_CONSENT
from stedi.erasure.person import person_of
from stedi.erasure.planning import opened_store
from stedi.erasure.quiet_landing import quiet_landing
from stedi.erasure.undecodable import shown
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.privacy.suppression import About, email_hashes
from stedi.prover.people import OwnedDevice, SoughtPerson, traces_of
from stedi.prover.proof import EVERYWHERE, IN_USE, prove
from stedi.run.lock import only_writer
from stedi.run.respelling import require_spelt_as_today
from stedi.store.rows import rows_of


@dataclass(frozen=True)
class Verified:
    """What a search found.

    Attributes:
        asked: What the person asked for: withdraw, erase, or nothing.
        clean: Whether nothing is where that says that nothing may be, and all of it could be searched;
            true where nothing was asked.
        files: How many files were decoded.
        not_searched: How many could not be.
        not_searchable: Which, and why.
        traces: How many were found, by area of the lake.
    """

    asked: str | None
    clean: bool
    files: int
    not_searched: int
    not_searchable: tuple[str, ...]
    traces: dict[str, int]


def verify(lake: Lake, email: str) -> Verified:
    """Search every file of a lake for a person.

    Raises:
        UsageError: The lake was never run.
    """
    require_address(email)
    key = lake.key("suppression")
    with only_writer(lake), opened_store(lake) as store, quiet_landing(lake):
        require_spelt_as_today(lake, store)
        person = person_of(store, email, key)
        hashes = {
            (About.EMAIL, h) for participant in person.participants for h in email_hashes(participant, key)
        }
        kinds = {
            row["kind"] for row in rows_of(store, requests.TABLE) if (row["about"], row["hash"]) in hashes
        }
        devices = tuple(OwnedDevice(s.serialnumber, s.begins, s.ends) for s in person.devices)
        (traces,) = traces_of(lake, [SoughtPerson(frozenset(person.participants), devices)])
        erased = requests.ERASE in kinds
        proof = prove(
            lake,
            [traces],
            clean=EVERYWHERE if erased else IN_USE,
            allowed=() if erased else ABOUT_CONSENT,
        )
    found = Counter[str]()
    for finding in proof.findings:
        if not finding.shared:
            found[finding.area.value] += finding.count
    asked = requests.ERASE if erased else next(iter(kinds), None)
    clean = asked is None or proof.clean
    unsearched = len({failure.path for failure in proof.failures})
    return Verified(asked, clean, proof.files, unsearched, tuple(shown(proof.failures)), dict(found))
