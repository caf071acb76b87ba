"""The benchmark of growth runs, so that it cannot go stale; and what must grow with records does."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stedi.privacy.claims import stretches
from stedi.privacy.linking import is_recycled
from stedi.privacy.standing import Naming
from stedi.trusted.device_evidence import plain_spans

REPOSITORY = Path(__file__).resolve().parents[2]
# Last: `bench` and the tests both have a module `leaving`.
sys.path.append(str(REPOSITORY / "bench"))
import growth  # noqa: E402

DAY_MS = 86_400_000


def test_the_benchmark_runs_and_its_page_has_its_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n")
    for _ in range(2):
        growth.main(["--size", "20", "--doublings", "0", "--case", "passed_on", "--page", str(page)])
    assert page.read_text().count("## As people share devices") == 1
    assert "passed_on: 20 records" in capsys.readouterr().out


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
        began = time.perf_counter()
        rule(told)
        found.append(time.perf_counter() - began)
    return min(found)
