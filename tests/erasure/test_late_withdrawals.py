"""After an erasure and a new consent, every record that takes it back does, whatever its clock says."""

from pathlib import Path
from typing import Any

import pytest

from balance import unbalanced
from late import ONE, TWO, Told, at, record
from stedi.erasure.verifying import verify

ANA, QUIN = "ana@test.org", "quin@test.org"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Ana was erased on the 10th day, and consents again from the 11th."""
    told = Told(tmp_path / "lake")
    # Two that no time of their own dates: they count from the 2nd and from the 3rd day.
    told.place(record(ANA, 1, 1), record(ANA, None))
    told.run(2)
    told.land(3, record(ANA, 15))
    told.ask("erase", ANA, 10)
    told.land(12, record(ANA, 12, 11))
    assert told.states() == {ANA: "GIVEN"}
    return told


@pytest.mark.parametrize(
    ("withdrawing", "state", "later"),
    [
        pytest.param(record(ANA, None, name="Ana"), "ERASED", "GIVEN", id="no time"),
        pytest.param(
            record(ANA, None, registrationDate=None, shareWithResearchAsOfDate=0),
            "ERASED",
            "GIVEN",
            id="0 and no time",
        ),
        pytest.param(record(ANA, 14.5), "ERASED", "ERASED", id="a day ahead"),
        pytest.param(record(ANA, 900), "ERASED", "GIVEN", id="years ahead"),
        pytest.param(record(ANA, None, "2023-12-01"), "UNREADABLE", "GIVEN", id="cannot be read, no time"),
    ],
)
def test_it_withdraws_when_it_lands(told: Told, withdrawing: dict[str, Any], state: str, later: str) -> None:
    told.land(13, withdrawing)
    assert told.states() == {ANA: state}
    # Consents anew, for both the landing and what the clock said; and the same line once more.
    told.land(14, record(ANA, 14, 13.5))
    assert told.states() == {ANA: "GIVEN"}
    before = told.requests()
    told.land(14.2, withdrawing)
    assert told.requests() == before
    assert told.states() == {ANA: "GIVEN"}
    # Nothing lands: time alone.
    told.run(14.6)
    assert told.states() == {ANA: later}
    assert unbalanced(told.lake) == []


def test_what_landed_before_the_erasure_is_known_when_it_lands_again(told: Told) -> None:
    before = told.requests()
    told.land(13, record(ANA, 1, 1), record(ANA, None))
    assert told.requests() == before
    assert told.states() == {ANA: "GIVEN"}
    # Its clock said the 15th day: from then on it takes back what was given before, and is still kept out.
    told.land(16, record(ANA, 15))
    assert told.requests() == before
    assert told.states() == {ANA: "ERASED"}
    told.land(18, record(ANA, 17, 16))
    assert told.states() == {ANA: "GIVEN"}
    assert [e.accepted for e in told.entries() if e.landed_at >= at(13)] == [0, 0, 1]
    told.ask("erase", ANA, 20)
    assert verify(told.lake, ANA).clean


def test_a_correction_whose_clock_is_ahead_by_minutes_moves_the_start(told: Told) -> None:
    told.walk(13, (ANA,), (ONE,), (11.5, 12.5))
    assert {t for _, t in told.phone()} == {at(11.5), at(12.5)}
    told.land(14, record(ANA, 14 + 2 / 1440, 12.2))
    assert {t for _, t in told.phone()} == {at(12.5)}


def test_a_consent_that_lands_late_does_not_win_over_a_repeated_withdrawal(tmp_path: Path) -> None:
    told = Told(tmp_path / "lake")
    told.land(3, record(ANA, 1, 1))
    told.ask("withdraw", ANA, 5)
    told.ask("withdraw", ANA, 9)
    told.land(10, record(ANA, 8, 7))
    assert told.states() == {ANA: "WITHDRAWN"}
    told.land(12, record(ANA, 11, 9.5))
    assert told.states() == {ANA: "GIVEN"}


def test_a_device_that_only_a_record_named_that_was_kept_out(tmp_path: Path) -> None:
    told = Told(tmp_path / "lake")
    told.place(record(ANA, 1, 1))
    told.walk(3, (ANA, QUIN), (ONE, TWO), (1.5, 6, 30))
    told.ask("erase", ANA, 10)
    # Ana had the second device too; Quin claims it three days later.
    told.land(11, record(ANA, 5, 1, serial=TWO))
    told.land(12, record(QUIN, 8, 1, name="Quin", serial=TWO, phone="5"))
    told.run(40)
    assert told.steps() == set()
    told.ask("erase", ANA, 41)
    assert verify(told.lake, ANA).clean
    # Named by Quin alone since then.
    told.land(60, record(QUIN, 42, 1, name="Quin", serial=TWO, phone="5"))
    told.walk(61, (QUIN,), (TWO,), (50,))
    assert told.steps() == {(TWO, at(50))}
    assert unbalanced(told.lake) == []
