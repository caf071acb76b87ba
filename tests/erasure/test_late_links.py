"""A record that is kept out after an erasure still tells whose addresses are one person's."""

import os
import signal
from pathlib import Path

import pytest

import preforked
from balance import unbalanced
from late import ONE, TWO, Told, at, record
from stedi.erasure.procedure import resume
from stedi.erasure.verifying import verify

RUNS = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.run.run import run

run(opened(Path(sys.argv[1])), clock=lambda: 1_700_000_000_000 + 11 * 86_400_000)
"""
ERASES = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.erasure.procedure import carry_out

now = 1_700_000_000_000 + 10 * 86_400_000
carry_out(opened(Path(sys.argv[1])), "erase", sys.stdin.read(), unknown=True, clock=lambda: now)
"""
LONG = ("stage.read", "stage.written", "stage.table", "stage.ledger", "run.built", "publish.committed")
OLD, NEW, LAST, BEA = "ana@old.org", "ana@new.org", "ana@last.org", "bea@test.org"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    told = Told(tmp_path / "lake")
    told.place(record(OLD, 1, 1))
    told.walk(3, (OLD, NEW), (ONE,), (1.5, 2))
    assert told.states() == {OLD: "GIVEN"}
    assert {who for who, _ in told.phone()} == {OLD}
    return told


def test_a_record_that_is_kept_out_links_the_address_that_is_known(told: Told) -> None:
    told.ask("erase", NEW, 10, unknown=True)
    assert told.states() == {OLD: "GIVEN"}
    told.land(11, record(NEW, 9, 1))
    assert told.states() == {OLD: "ERASED"}
    assert told.phone() == told.steps() == set()
    # What was there before stays until it is erased too, and somebody is told.
    assert len([alert for alert in told.alerts if "Erase again" in alert]) == 1
    assert not verify(told.lake, NEW).clean
    told.ask("erase", NEW, 12)
    assert told.states() == {}
    assert verify(told.lake, NEW).clean
    assert verify(told.lake, OLD).clean
    assert not any(
        text in path.read_bytes()
        for path in told.lake.root.rglob("*") if path.is_file()
        for text in (OLD.encode(), NEW.encode(), b"Ana Sand")
    )  # fmt: skip
    told.run(13)
    assert told.alerts == []
    assert unbalanced(told.lake) == []


def test_a_chain_of_changed_addresses_in_whatever_order_it_lands(told: Told) -> None:
    told.ask("erase", LAST, 10, unknown=True)
    # The name changed too, so only the records between tell.
    chain = [record(NEW, 7, 1), record(NEW, 8, 1, name="Ana Lind"), record(LAST, 9, 1, name="Ana Lind")]
    told.land(11, chain[1])
    assert told.states() == {OLD: "GIVEN", NEW: "GIVEN"}
    told.land(12, chain[2])
    # Linked to the one who was erased, and not yet to the first.
    assert told.states() == {OLD: "GIVEN", NEW: "ERASED"}
    told.land(13, chain[0])
    assert told.states() == {OLD: "ERASED", NEW: "ERASED"}
    assert told.phone() == told.steps() == set()
    told.ask("erase", LAST, 14)
    assert told.states() == {}
    assert verify(told.lake, OLD).clean
    assert unbalanced(told.lake) == []


def test_one_file_in_which_later_lines_tell_of_earlier_ones(told: Told) -> None:
    told.ask("erase", LAST, 10, unknown=True)
    told.land(11, record(NEW, 7, 1), record(NEW, 8, 1, name="Ana Lind"), record(LAST, 9, 1, name="Ana Lind"))
    assert told.states() == {OLD: "ERASED"}
    (entry,) = [e for e in told.entries() if e.landed_at == at(11)]
    assert (entry.lines, entry.erased, entry.accepted) == (3, 3, 0)
    before = told.requests()
    told.land(12, record(LAST, 9, 1, name="Ana Lind"), record(NEW, 7, 1))
    assert told.requests() == before


def test_a_record_that_landed_and_was_not_read_links_in_the_erasure_itself(told: Told) -> None:
    # Bea has the same phone number, which nobody knows yet either.
    told.place(record(NEW, 9, 1), record(LAST, 9.5, 1), record(BEA, 9, 1, name="Bea", serial=TWO))
    outcome = told.ask("erase", LAST, 10)
    assert (outcome.plan.known, outcome.plan.addresses) == (True, 3)
    assert told.states() == {}
    for who in (OLD, NEW, LAST):
        assert verify(told.lake, who).clean
    told.run(11)
    assert told.states() == {BEA: "GIVEN"}
    assert told.alerts == []
    assert unbalanced(told.lake) == []


def test_a_withdrawal_under_an_address_that_nobody_knows_yet(told: Told) -> None:
    told.ask("withdraw", NEW, 10, unknown=True)
    assert told.states() == {OLD: "GIVEN"}
    told.land(11, record(NEW, 9, 1))
    assert told.states() == {OLD: "WITHDRAWN", NEW: "WITHDRAWN"}
    assert told.phone() == set()
    told.land(12, record(NEW, 11.5, 11.2))
    assert told.states() == {OLD: "GIVEN", NEW: "GIVEN"}


def test_a_withdrawal_and_an_erasure_meet_in_a_record_that_is_kept_out(told: Told) -> None:
    told.ask("withdraw", NEW, 20, unknown=True)
    told.ask("erase", OLD, 21)
    told.land(23, record(OLD, 22, 21.5))
    assert told.states() == {OLD: "GIVEN"}
    # Known by its name; it links the address that was withdrawn, before the consent.
    told.land(24, record(NEW, 9, 1))
    assert told.states() == {OLD: "GIVEN"}
    told.ask("withdraw", LAST, 25, unknown=True)
    told.land(26, record(LAST, 10, 1))
    assert told.states() == {OLD: "ERASED"}


def test_addresses_that_only_erased_records_linked_stay_one_person(told: Told) -> None:
    told.land(5, record(NEW, 4, 1))
    told.ask("erase", OLD, 10)
    told.land(13, record(OLD, 12, 11, name="Ana Lind"), record(NEW, 12, 11, name="Ana Berg"))
    assert told.states() == {OLD: "GIVEN", NEW: "GIVEN"}
    told.land(15, record(NEW, 14, name="Ana Berg"))
    assert told.states() == {OLD: "ERASED", NEW: "ERASED"}


def test_a_record_that_links_and_consents_anew(told: Told) -> None:
    told.ask("erase", NEW, 10, unknown=True)
    told.land(12, record(NEW, 11, 10.5))
    assert told.states() == {OLD: "GIVEN", NEW: "GIVEN"}
    told.walk(13, (OLD, NEW), (ONE,), (2, 10.2, 10.7))
    assert {t for _, t in told.phone()} == {at(10.7)}
    assert told.steps() == {(ONE, at(10.7))}
    told.ask("erase", NEW, 14)
    assert told.states() == {}


def test_somebody_else_is_merged_as_two_records_merge_and_no_further(told: Told) -> None:
    told.land(5, record(BEA, 4, 1, name="Bea Berg", serial=TWO))
    told.walk(6, (BEA,), (TWO,), (4.5, 30))
    told.ask("erase", NEW, 10, unknown=True)
    # Her name and birthday, and not the time of her registration.
    told.land(11, record(NEW, 9, 1, name="Bea Berg", registrationDate=at(0) + 1))
    # Only her address in a field that is no e-mail.
    told.land(12, record(NEW, 9, 1, name=BEA))
    assert told.states() == {OLD: "GIVEN", BEA: "GIVEN"}
    assert told.alerts == []
    # Whoever knows all three can say that two are one, here as in any two records.
    told.land(13, record(NEW, 9, 1, name="Bea Berg"))
    assert told.states() == {OLD: "GIVEN", BEA: "ERASED"}


@pytest.mark.parametrize(
    "point",
    ["stage.told", "stage.rows", *(pytest.param(p, marks=pytest.mark.long) for p in LONG)],
)
def test_killed_and_taken_up_again(told: Told, point: str) -> None:
    told.ask("erase", NEW, 10, unknown=True)
    told.place(record(NEW, 9, 1), record(BEA, 9, 1, name="Bea Berg", serial=TWO))
    killed = preforked.run(RUNS, told.lake.root, env={**os.environ, "STEDI_FAILPOINT": point})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    told.run(12)
    assert told.states() == {OLD: "ERASED", BEA: "GIVEN"}
    emails = [row for row in told.requests() if row["about"] == "email"]
    assert len(emails) == 1
    assert len(told.requests()) == 3  # The identity, and a claim.
    told.run(13)
    assert len(told.requests()) == 3
    assert unbalanced(told.lake) == []


def test_a_record_that_lands_while_an_erasure_waits_to_be_resumed(told: Told) -> None:
    killed = preforked.run(
        ERASES, told.lake.root, env={**os.environ, "STEDI_FAILPOINT": "privacy.left_use"}, stdin=NEW
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    told.place(record(NEW, 9, 1), record(BEA, 9, 1, name="Bea Berg", serial=TWO))
    resume(told.lake, clock=lambda: at(11))
    assert verify(told.lake, BEA).clean
    told.run(12)
    assert told.states() == {OLD: "ERASED", BEA: "GIVEN"}
    assert len([alert for alert in told.alerts if "Erase again" in alert]) == 1
    assert unbalanced(told.lake) == []
