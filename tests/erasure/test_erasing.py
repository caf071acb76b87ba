"""A person who was erased is nowhere, stays away, and nobody else is touched."""

import gzip
import json
from pathlib import Path

import pytest

from balance import unbalanced
from leaving import consenting, delivered_again, of_others, traces
from stedi.asking.checking import check
from stedi.erasure.finding import derived_rows, in_use
from stedi.erasure.person import person_of
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out, plan
from stedi.erasure.steps import faults
from stedi.erasure.undecodable import UndecodableLandingError
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake
from stedi.prover.proof import IN_USE, prove
from stedi.run.procedures import procedures
from stedi.run.run import run
from stedi.staging.ledger import Ledger


def test_erased(lake: Lake, fleet: Path) -> None:
    (email,) = consenting(lake)
    sought = traces(lake, email)
    others = of_others(lake, email)
    assert prove(lake, [sought]).count() > 100
    # Nobody can say what broken files hold; as long as they may not be emptied nothing is begun.
    with pytest.raises(UndecodableLandingError):
        carry_out(lake, "erase", email)
    assert procedures(lake) == []
    certificate = carry_out(lake, "erase", email, empty_undecodable=True).certificate
    assert certificate is not None
    assert email not in json.dumps(certificate)
    assert certificate["traces_before"] > 100
    assert faults(prove(lake, [sought])) == []
    assert of_others(lake, email) == others
    assert unbalanced(lake) == []
    assert check(lake).checks > 50
    assert certificate["proof"] == {**certificate["proof"], "clean": True, "not_searched": 0}
    # Asked for again it is recorded, from its own time, and nothing else is done.
    again = carry_out(lake, "erase", email).certificate
    assert again is not None
    assert (again["nothing_left"], again["nobody_found"], again["traces_before"]) == (True, False, 0)
    assert not run(lake).changed

    delivered_again(fleet, lake)
    run(lake)
    assert faults(prove(lake, [sought])) == []
    assert of_others(lake, email) == others
    assert unbalanced(lake) == []
    with opened_store(lake) as store:
        entries = Ledger.of(store).entries
    assert sum(entry.erased for entry in entries) > 100
    assert all(entry.balances for entry in entries)
    assert verify(lake, email).clean
    # A broken file that comes later is no proof of anything.
    (lake.landing / "customer" / "broken.json.gz").write_bytes(gzip.compress(b"{}\n" * 9)[:-9])
    run(lake)
    assert not verify(lake, email).clean
    with pytest.raises(UndecodableLandingError):
        carry_out(lake, "erase", email)


def test_withdrawn_leaves_use_and_stays_staged(walked: Lake) -> None:
    lake = walked
    (email,) = consenting(lake, seed=2)
    sought = traces(lake, email)
    with opened_store(lake) as store:
        person = person_of(store, email, lake.key("suppression"))
    certificate = carry_out(lake, "withdraw", f"  {email.upper()} ").certificate
    assert certificate is not None
    proof = prove(lake, [sought], clean=IN_USE, allowed=("consent", "devices"))
    assert proof.clean
    assert prove(lake, [sought]).count() > 0
    with opened_store(lake) as store:
        left = derived_rows(lake, store, person, in_use(erased=False))
    assert not any(loss.rows for loss in left.values())
    assert unbalanced(lake) == []
    assert not run(lake).changed

    # An address that nobody knows may withdraw too.
    found = plan(lake, "withdraw", "nobody@example.org")
    assert not found.known
    assert found.removes_nothing
    assert carry_out(lake, "withdraw", "nobody@example.org", unknown=True).certificate is not None


def record(email: str, *, at: int, consent: int | None) -> str:
    told = {
        "customerName": "Ana Again", "email": email, "phone": "1", "birthDay": "1960-01-01",
        "serialNumber": "0c1a9c4e-0000-4000-8000-0123456789ab", "registrationDate": at, "lastUpdateDate": at,
    }  # fmt: skip
    if consent is not None:
        told["shareWithResearchAsOfDate"] = consent
    return json.dumps(told) + "\n"


def test_registers_again_after_an_erasure(walked: Lake) -> None:
    lake = walked
    (email,) = consenting(lake, seed=3)
    certificate = carry_out(lake, "erase", email).certificate
    assert certificate is not None
    at = certificate["requested_at"]
    hour = 3_600_000

    def landed(name: str, text: str, source: str = "customer") -> None:
        (lake.landing / source).mkdir(exist_ok=True)
        (lake.landing / source / name).write_text(text)

    def trusted() -> int:
        with opened_store(lake) as store:
            found = derived_rows(
                lake, store, person_of(store, email, lake.key("suppression")), in_use(erased=False)
            )
        return found["accelerometer_trusted"].rows

    # A stale grant: changed now, but the consent is from before.
    landed("stale.json", record(email, at=at + hour, consent=at - hour))
    reading = {"user": email, "x": 1.0, "y": 0.0, "z": 0.0}
    early, late = ({**reading, "timestamp": at + moment} for moment in (-hour, 3 * hour))
    landed("readings.json", json.dumps(early) + "\n" + json.dumps(late) + "\n", "accelerometer")
    run(lake, clock=lambda: at + 4 * hour)
    assert trusted() == 0
    assert verify(lake, email).asked == "erase"
    stale = (lake.landing / "customer" / "stale.json").read_text()
    assert stale == "\n"

    # A fresh one: what was read since then passes, and nothing from before.
    landed("fresh.json", record(email, at=at + 2 * hour, consent=at + 2 * hour))
    run(lake, clock=lambda: at + 5 * hour)
    assert trusted() == 1
    assert unbalanced(lake) == []
