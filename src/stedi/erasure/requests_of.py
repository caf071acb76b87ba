"""Which requests were made about a person, found again from any of their addresses."""

from stedi.erasure.person import person_of
from stedi.erasure.planning import opened_store
from stedi.lake.config import Lake
from stedi.landing import requests
from stedi.privacy.suppression import OF_A_PERSON, About, email_hash, record_hash
from stedi.store.rows import rows_of


def requests_of(lake: Lake, email: str) -> list[str]:
    """The requests about a person, the newest first, known by keyed hashes alone.

    A request names all addresses that the person had then; by those, and by what the lake knows of the
    person now, requests under other addresses are found too.

    Raises:
        UsageError: The lake was never run.
    """
    key = lake.key("suppression")
    with opened_store(lake) as store:
        person = person_of(store, email, key)
        rows = [row for row in rows_of(store, requests.TABLE) if row["about"] in OF_A_PERSON]
    known = {(About.EMAIL, email_hash(participant, key)) for participant in person.participants}
    known |= {(About.RECORD, record_hash(*record, key)) for record in person.records}
    found: dict[str, int] = {}
    while new := [r for r in rows if r["request"] not in found and (r["about"], r["hash"]) in known]:
        found |= {row["request"]: row["requested_at"] for row in new}
        known |= {(row["about"], row["hash"]) for row in rows if row["request"] in found}
    return sorted(found, key=lambda request: (-found[request], request))
