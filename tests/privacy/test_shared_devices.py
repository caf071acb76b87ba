"""People who share devices all the time: by the rule, by a plain telling of the design, and by the gate."""

import os
import random

import pytest

from privacy.plain_device import DAY_MS, PlainDevice
from privacy.test_stretches import standing
from stedi.privacy.claims import stretches
from stedi.privacy.standing import Naming
from stedi.trusted.device_evidence import plain_spans

MANY = int(os.environ.get("STEDI_HISTORIES", "400"))
HALF_DAY_MS = DAY_MS // 2
Records = dict[tuple[int, str], set[str]]
"""The devices that a person's records of an instant name."""


def population(draw: random.Random) -> Records:
    told: Records = {}
    serials = "abc"[: draw.choice((1, 2, 2, 3))]
    last = draw.choice((10, 30, 90, 200))
    for who in "pqrst"[: draw.choice((2, 2, 3, 4, 5))]:
        for _ in range(draw.choice((1, 1, 2, 3, 5))):
            told.setdefault((draw.randint(1, last) * HALF_DAY_MS, who), set()).add(draw.choice(serials))
    return told


def namings(told: Records, serial: str) -> list[Naming]:
    firsts = first_records(told)
    names = {who for (_, who), named in told.items() if serial in named}
    return [
        Naming(at, who, 1, serial in named, len(named) > 1, at == firsts[who])
        for (at, who), named in told.items()
        if who in names
    ]


def first_records(told: Records) -> dict[str, int]:
    return {who: min(at for at, each in told if each == who) for _, who in told}


def said(told: Records, serial: str) -> list[tuple[int, str, int | None]]:
    found = []
    for (at, who), named in told.items():
        if serial in named:
            later = min((u for u, each in told if each == who and u > at), default=None)
            is_left = later is not None and serial not in told[later, who]
            found.append((at, who, later if is_left else None))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_passes_that_the_letter_does_not_let_pass_nor_that_the_gate_stops(seed: int) -> None:
    draw = random.Random(seed)
    owned = 0
    for _ in range(MANY):
        told = population(draw)
        edges = {at + more for at, _ in told for more in (-1, 0, DAY_MS, DAY_MS + 1, -DAY_MS, -DAY_MS - 1)}
        for serial in sorted({s for named in told.values() for s in named}):
            found = stretches(namings(told, serial))
            plain = PlainDevice(serial, told, first_records(told))
            spans = plain_spans(said(told, serial))
            for at in sorted({0, 10**12, *(s.since for s in found), *(at for at in edges if at >= 0)}):
                whose = standing(found, at)
                assert whose == plain.standing(at)
                if whose is not None and len(whose) == 1:
                    owned += 1
                    assert any(p == whose and b <= at and (e is None or at < e) for p, b, e in spans)
    assert owned > MANY


def test_forty_people_in_forty_minutes_and_the_one_who_wears_it() -> None:
    minute = 60_000
    told: Records = {(40 * DAY_MS + n * minute, f"p{n}"): {"a"} for n in range(40)}
    assert {s.standing.value for s in stretches(namings(told, "a")) if s.standing} == {"ambiguous"}
    told |= {(50 * DAY_MS + n * minute, f"p{n}"): {f"own{n}"} for n in range(39)}
    (owned,) = [s for s in stretches(namings(told, "a")) if s.owner]
    assert owned.owner is not None
    assert (owned.owner.person, owned.since) == ("p39", 50 * DAY_MS + 38 * minute + DAY_MS + 1)


def test_a_claim_outside_the_windows_joins_a_dispute_and_its_leaving_gives_the_device_to_nobody() -> None:
    told: Records = {
        (1 * DAY_MS, "p"): {"a"}, (2 * DAY_MS, "q"): {"a"}, (60 * DAY_MS, "r"): {"a"},
        (80 * DAY_MS, "p"): {"b"}, (90 * DAY_MS, "r"): {"b"},
    }  # fmt: skip
    assert not [s for s in stretches(namings(told, "a")) if s.owner]
    told[100 * DAY_MS, "q"] = {"a"}
    assert [(s.owner.person, s.since) for s in stretches(namings(told, "a")) if s.owner] == [
        ("q", 101 * DAY_MS + 1)
    ]
