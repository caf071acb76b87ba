"""What a run takes grows with records, and not with their square, where they share a device."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import growth
from stedi.privacy.claims import stretches
from stedi.privacy.linking import is_recycled
from stedi.privacy.standing import Naming
from stedi.trusted.device_evidence import plain_spans

DAY_MS = 86_400_000


@pytest.mark.parametrize("case", growth.CASES)
def test_every_case_lands_as_many_records_as_it_says(case: str, tmp_path: Path) -> None:
    many = growth.land(case, 40, tmp_path)
    assert many == len((tmp_path / "customer/1.json").read_text().splitlines()) >= 40


def alike(size: int) -> list[Naming]:
    """As many people within an hour."""
    return [Naming(n * 3_600_000 // size, f"p{n}", 1, True) for n in range(size)]


def passed_on(size: int) -> list[Naming]:
    return [Naming(n * 10 * DAY_MS, f"p{n}", 1, True) for n in range(size)]


def in_turn(size: int) -> list[Naming]:
    return [Naming(5, "q", 1, True), *(Naming(n * 60_000, "p", 1, n % 2 == 0) for n in range(size))]


def said(told: list[Naming]) -> list[tuple[int, str, int | None]]:
    left = {(n.person, n.at) for n in told if not n.names}
    return [
        (n.at, n.person, n.at + 60_000 if (n.person, n.at + 60_000) in left else None)
        for n in told
        if n.names
    ]


def identities(size: int) -> list[tuple[int, str, str]]:
    return [(n, "1900-01-01", f"Person {n}") for n in range(size)]


@pytest.mark.parametrize("many", [alike, passed_on, in_turn], ids=lambda many: many.__name__)
@pytest.mark.parametrize("rule", [stretches, lambda told: plain_spans(said(told))], ids=["rule", "gate"])
def test_a_device_takes_time_that_grows_with_its_records(
    many: Callable[[int], list[Naming]], rule: Callable[[list[Naming]], object]
) -> None:
    # Eight times as many: a square would take 64 times as long, sorting about ten times.
    assert seconds(rule, many(16_000)) < 30 * seconds(rule, many(2_000)) + 0.2


def test_identities_of_one_address_take_time_that_grows_with_their_number() -> None:
    assert not is_recycled(identities(16_000))
    assert seconds(is_recycled, identities(16_000)) < 30 * seconds(is_recycled, identities(2_000)) + 0.2


def seconds(rule: Callable[..., object], told: object) -> float:
    found = []
    for _ in range(3):
        began = time.thread_time()
        rule(told)
        found.append(time.thread_time() - began)
    return min(found)
