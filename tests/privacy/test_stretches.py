"""How a device stands at a time, without an engine; and what is kept of an erased owner."""

import os
from typing import Any

import pytest

from privacy.histories import HALF_DAY_MS, History, random_histories
from privacy.plainly import Plainly
from stedi.landing import customer, requests
from stedi.privacy.claims import GUARD_MS, stretches
from stedi.privacy.ownership import devices
from stedi.privacy.standing import Naming, Standing, StandingPeriod
from stedi.privacy.suppression import covered_until, device_hash, email_hash
from stedi.trusted import consent
from tables.given import BUCKETS, SUPPRESSION_KEY, Rows, frame

MANY = int(os.environ.get("STEDI_HISTORIES", "400"))
DAY = 2 * HALF_DAY_MS


def namings(history: History, plainly: Plainly, serial: str) -> list[Naming]:
    told = [(plainly.person(r.who) or "", r) for r in history.records]
    owners = {person for person, r in told if r.serial == serial}
    found = []
    for person in owners:
        mine = [r for who, r in told if who == person]
        for at in {r.at for r in mine if r.serial}:
            named = {r.serial for r in mine if r.at == at and r.serial}
            first = at == min(r.at for r in mine)
            found.append(Naming(at, person, 1, serial in named, len(named) > 1, first))
    return found


def standing(found: list[StandingPeriod], at: int) -> str | None:
    covering = [s for s in found if s.since <= at and (s.until is None or at < s.until)]
    assert len(covering) < 2
    if not covering:
        return None
    return covering[0].owner.person if covering[0].owner else covering[0].standing.value


def test_stretches_are_as_told_plainly() -> None:
    for history in random_histories(5, MANY):
        plainly = Plainly(history, whole_history=False)
        for serial in {serial for serial, _ in history.steps}:
            found = stretches(namings(plainly.history, plainly, serial))
            for at in [0, *(s.since for s in found), *(max(0, s.since - 1) for s in found), 26 * HALF_DAY_MS]:
                assert standing(found, at) == plainly.standing(serial, at)


def owned(at: int, person: str, **more: Any) -> Naming:
    return Naming(at, person, 1, True, **more)


def test_a_guard_holds_its_first_and_last_instant() -> None:
    handover = 10 * DAY
    found = stretches([owned(5, "p"), owned(handover, "q")])
    assert [(s.since, s.until, s.standing) for s in found] == [
        (5, handover - GUARD_MS, Standing.OWNED),
        (handover - GUARD_MS, handover, Standing.HANDOVER),
        (handover, handover + GUARD_MS + 1, Standing.HANDOVER),
        (handover + GUARD_MS + 1, None, Standing.OWNED),
    ]


def test_a_device_is_of_who_first_named_it_from_the_beginning() -> None:
    assert [s.since for s in stretches([owned(5, "p", is_first=True)])] == [0]
    assert [s.since for s in stretches([owned(5, "p")])] == [5]


def test_named_alone_and_beside_another_at_one_instant_is_ambiguous() -> None:
    found = stretches([owned(5, "p"), owned(5, "p", several=True)])
    assert [(s.since, s.standing) for s in found] == [(5, Standing.AMBIGUOUS)]


def test_who_names_it_at_the_instant_from_which_an_erasure_covers_it_takes_it_over_all_the_same() -> None:
    covers = owned(10 * DAY, "x", is_erased=True, covers_until=20 * DAY)
    found = stretches([owned(2 * DAY, "p"), covers, owned(10 * DAY, "q")])
    assert [(s.since, s.until) for s in found if s.owner] == [(2 * DAY, 10 * DAY - GUARD_MS)]


def test_whoever_affirms_it_as_a_disputed_cover_ends_has_not_got_it() -> None:
    ends = Naming(20 * DAY, "x", None, False, is_erased=True, bars=True)
    found = stretches([owned(5 * DAY, "q"), ends, owned(20 * DAY, "q")])
    assert [(s.since, s.standing) for s in found] == [
        (5 * DAY, Standing.OWNED),
        (20 * DAY, Standing.AMBIGUOUS),
    ]


COVERS = ("covers_from", "covers_until")
Q, SERIAL = "q@example.org", "50f7b4f3-7af5-4b07-a421-000000000001"
P = "p@example.org"


def table_of(
    spark: Any, records: list[tuple[str, str, int]], *covered: tuple[int | None, int | None], erased: str = ""
) -> list[tuple[Any, ...]]:
    told = frame(spark, customer.TABLE, (
        {"participant": who, "serialnumber": serial, "effective_at": at} for who, serial, at in records
    ))  # fmt: skip
    known = frame(spark, consent.TABLE, (
        {"participant": who, "person": who, "person_bucket": 3,
         "erased_at": 50 * DAY if who == erased else None} for who in {who for who, _, _ in records}
    ))  # fmt: skip
    asked: Rows = [
        {"request": "1", "kind": "erase", "requested_at": 50 * DAY, "about": "device",
         "covers_from": begin, "covers_until": end, "hash": device_hash(SERIAL, SUPPRESSION_KEY)}
        for begin, end in covered
    ]  # fmt: skip
    if erased:
        known_by = email_hash(erased, SUPPRESSION_KEY)
        asked.append(
            {**asked[0], "about": "email", "covers_from": None, "covers_until": None, "hash": known_by}
        )
    asked.append({"request": "2", "kind": "erase", "requested_at": 1, "about": "email", "hash": "0" * 64})
    made = devices(
        told, known, frame(spark, requests.TABLE, asked), suppression_key=SUPPRESSION_KEY, buckets=BUCKETS
    )
    rows = made.where(f"serialnumber = '{SERIAL}'").toArrow().to_pylist()
    return sorted(
        (r["owned_from"], r["owned_until"], r["standing"], r["person"], r["person_bucket"]) for r in rows
    )


AFTER = [(10 * DAY, 11 * DAY + 1, "handover", None, None), (11 * DAY + 1, None, "owned", Q, 3)]


@pytest.mark.parametrize(
    ("covered", "erased"),
    [
        pytest.param((DAY, 9 * DAY), [(DAY, 9 * DAY, "erased", None, None)], id="a time"),
        pytest.param((DAY, 10 * DAY), [(DAY, 10 * DAY, "erased", None, None)], id="to the next"),
        pytest.param((None, 9 * DAY), [(0, 9 * DAY, "erased", None, None)], id="from the beginning"),
    ],
)
def test_what_was_an_erased_persons_is_not_who_had_it_after(
    spark: Any, covered: tuple[int | None, int | None], erased: list[Any]
) -> None:
    # Nothing is left of the erased person but the request; q's own record would reach back else.
    assert table_of(spark, [(Q, SERIAL, 10 * DAY)], covered) == [*erased, *AFTER]
    assert table_of(spark, [(Q, SERIAL, 10 * DAY)]) == [(0, None, "owned", Q, 3)]


COVERED_UNTIL = covered_until(50 * DAY)


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([(Q, SERIAL, 10 * DAY)], id="both at one instant, or p again after q"),
        pytest.param([(Q, SERIAL, 10 * DAY), (Q, SERIAL, 49 * DAY)], id="q affirms it before the request"),
    ],
)
def test_whose_claim_an_erased_person_disputed_has_the_device_only_by_a_newer_record(
    spark: Any, records: list[tuple[str, str, int]]
) -> None:
    erased = [(None, None)]
    found = table_of(spark, records, *erased)
    standing = [(begin, end, how) for begin, end, how, _, _ in found]
    assert {how for begin, end, how in standing if begin < COVERED_UNTIL} == {"erased"}
    assert standing[-1] == (COVERED_UNTIL, None, "ambiguous")
    found = table_of(spark, [*records, (Q, SERIAL, 60 * DAY)], *erased)
    assert [row for row in found if row[3]] == [(61 * DAY + 1, None, "owned", Q, 3)]


def test_what_an_erasure_covered_is_nobody_elses_whoever_took_it_over_then(spark: Any) -> None:
    # Ambiguous until another day, when the erased person had named another device.
    found = table_of(spark, [(Q, SERIAL, 10 * DAY), (Q, SERIAL, 20 * DAY)], (None, 21 * DAY + 1))
    assert {row[2] for row in found if row[0] < 21 * DAY + 1} == {"erased"}
    assert found[-1] == (21 * DAY + 1, None, "owned", Q, 3)


def test_who_had_a_device_before_an_erased_person_keeps_every_reading(spark: Any) -> None:
    # The request begins where q's time ended, its guard cut off already.
    found = table_of(spark, [(Q, SERIAL, DAY)], (9 * DAY, COVERED_UNTIL))
    assert found[:2] == [(0, 9 * DAY, "owned", Q, 3), (9 * DAY, COVERED_UNTIL, "erased", None, None)]
    assert len(found) == 2


@pytest.mark.parametrize(
    ("records", "after"),
    [
        pytest.param([(Q, SERIAL, DAY)], [], id="who had it before has it no more"),
        pytest.param([(Q, SERIAL, DAY), (Q, SERIAL, 10 * DAY)], ["ambiguous"], id="affirmed beside them"),
        pytest.param([(Q, SERIAL, DAY), (Q, SERIAL, 9 * DAY)], ["ambiguous"], id="affirmed as they began"),
    ],
)
def test_a_disputed_time_is_erased_from_its_begin(
    spark: Any, records: list[tuple[str, str, int]], after: list[str]
) -> None:
    found = table_of(spark, records, (9 * DAY, None))
    assert {row[2] for row in found if 9 * DAY <= row[0] < COVERED_UNTIL} == {"erased"}
    assert [row[2] for row in found if row[0] >= COVERED_UNTIL] == after
    assert not any(row[3] for row in found if row[0] >= 9 * DAY)


def test_before_the_erasure_is_done_the_records_tell_the_same(spark: Any) -> None:
    records = [(P, SERIAL, DAY), (Q, SERIAL, 10 * DAY)]
    found = table_of(spark, records, (DAY, 9 * DAY), erased=P)
    assert found == [(0, 9 * DAY, "owned", P, 3), *AFTER]


def test_an_erased_person_who_comes_back_has_the_device_anew(spark: Any) -> None:
    found = table_of(spark, [(P, SERIAL, 60 * DAY)], (DAY, 50 * DAY), erased=P)
    assert found == [(DAY, 50 * DAY, "owned", P, 3), (60 * DAY, None, "owned", P, 3)]
