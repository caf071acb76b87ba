"""An address behind a sign is the erased person's, unless another customer really has it with that sign."""

import json
from pathlib import Path

import pytest

from small_lake import lake_of, landed, record
from stedi.erasure.person import rows
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.run.run import run
from stedi.tables import table

ANA = "ana@x.example"
HERS = [
    "'ana@x.example'",
    "(ana@x.example",
    "=ana@x.example",
    "u=ana@x.example",
    "a#ana@x.example, b",
    "\\u0023ana@x.example \\u0027ana@x.example",
]
OTHERS = ["#ana@x.example", "?ana@x.example", "x/ana@x.example", "=#ana@x.example", "ana#ana@x.example"]


def refused(address: str) -> list[str]:
    return [address, f'{{"email": "{address}", "a": ', f"u={address}&v=1", f"<{address}>"]


def quarantined(lake: Lake) -> list[str]:
    with opened_store(lake) as store:
        return sorted(row["raw"].decode() for row in rows(store, table(quarantine.TABLE.name), ("raw",)))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    others = [{**record(n, f"P{n}"), "email": address} for n, address in enumerate(OTHERS, start=2)]
    return lake_of(tmp_path / "lake", [{**record(1, "Ana"), "email": ANA}, *others])


@pytest.mark.parametrize("asked_again", [False, True])
def test_lines_of_another_customer_stay_and_hers_go(lake: Lake, asked_again: bool) -> None:
    theirs = [line for other in OTHERS for line in refused(other)]
    lines = [*refused(ANA), *HERS, *theirs]
    path = landed(lake, "customer", "broken.json", lines)
    run(lake)
    if asked_again:
        carry_out(lake, "withdraw", ANA)
    carry_out(lake, "erase", ANA)
    assert quarantined(lake) == sorted(theirs)
    assert [line for line in path.read_text().splitlines() if line] == theirs
    assert verify(lake, ANA).clean

    again = landed(lake, "customer", "again.json", lines[::-1])
    packed = landed(lake, "step_trainer", "again.json", lines)
    run(lake)
    assert quarantined(lake) == sorted(theirs * 3)
    for each in (again, packed):
        assert sorted(line for line in each.read_text().splitlines() if line) == sorted(theirs)
    assert verify(lake, ANA).clean


def test_whoever_has_such_an_address_can_leave_too(lake: Lake) -> None:
    lines = [*refused(ANA), *refused("#ana@x.example")]
    landed(lake, "customer", "broken.json", lines)
    run(lake)
    carry_out(lake, "erase", "#ana@x.example")
    assert quarantined(lake) == sorted(refused(ANA))
    carry_out(lake, "erase", ANA)
    assert quarantined(lake) == []
    landed(lake, "customer", "again.json", lines)
    run(lake)
    assert quarantined(lake) == []
    assert verify(lake, ANA).clean
    assert verify(lake, "#ana@x.example").clean


def test_a_customer_who_comes_with_the_line_keeps_it(lake: Lake) -> None:
    carry_out(lake, "erase", ANA)
    theirs = refused("!ana@x.example")
    landed(lake, "accelerometer", "before.json", theirs)
    landed(lake, "customer", "new.json", [{**record(9, "New"), "email": "!Ana@X.example"}, *theirs, *HERS])
    run(lake)
    assert quarantined(lake) == sorted(theirs * 2)
    assert [
        line for line in (lake.landing / "accelerometer" / "before.json").read_text().splitlines()
    ] == theirs
    # Somebody nobody knows is not told from text about Ana.
    landed(lake, "customer", "more.json", [*refused("$ana@x.example"), *theirs])
    run(lake)
    assert quarantined(lake) == sorted(theirs * 3)
    assert verify(lake, ANA).clean


def test_a_domain_in_punycode_is_the_same_behind_a_sign(tmp_path: Path) -> None:
    people = [record(1, "Ana"), record(2, "Bea")]
    people[0]["email"], people[1]["email"] = "ana@bücher.example", "#ana@bücher.example"
    lake = lake_of(tmp_path / "lake", people)
    theirs = refused("#ana@xn--bcher-kva.example") + refused("#ana@BÜCHER.example")
    landed(lake, "customer", "broken.json", [*theirs, "=ana@xn--bcher-kva.example"])
    run(lake)
    carry_out(lake, "erase", "ana@bücher.example")
    assert quarantined(lake) == sorted(theirs)


NAMES = [
    "ana@x.example.json", "(ana@x.example).json", "export_ana@x.example.json", "1-ana@x.example-2.json",
    "o.ana@x.example.json", "%61na%40x.example.json.gz", "user=ana%40x.example.json", "#é-ana@x.example.json",
    "a0c1a9c4e000040008000000000000001.json", "ana@x.example ana@x.example.json", "b@y@ana@x.example@z.json",
    "ana@x.example/ana@x.example.json", "p%25%32%33ana@x.example.json",
]  # fmt: skip
KEPT = ["#ana@x.example.json", "banana@x.example.json", "ana@x.examples.json", "x_?ana@x.example.json"]


def test_names_of_landed_files_lose_her_address_wherever_it_stands(lake: Lake) -> None:
    def landed_all() -> None:
        for n, name in enumerate([*NAMES, *KEPT], start=100):
            at = lake.landing / "customer" / name
            at.parent.mkdir(parents=True, exist_ok=True)
            at.write_text(json.dumps(record(n, f"N{n}")) + "\n")

    landed_all()
    (lake.landing / "notes").mkdir()
    note = lake.landing / "notes" / "of (ana@x.example).txt"
    note.write_text("nothing\n")
    run(lake)
    carry_out(lake, "erase", ANA)
    assert verify(lake, ANA).clean
    assert next((lake.landing / "notes").iterdir()).read_text() == "nothing\n"
    landed_all()
    run(lake)
    assert verify(lake, ANA).clean
    found = {
        str(path.relative_to(lake.landing / "customer")) for path in (lake.landing / "customer").rglob("*")
    }
    assert set(KEPT) <= found
    assert not any("ana@x.example." in name or "%61na" in name for name in found - set(KEPT))
    with opened_store(lake) as store:
        assert store.rows(table("customer_staged")) == len(OTHERS) + len(NAMES) + len(KEPT)


def test_an_address_that_holds_an_escape_leaves_names_of_files(tmp_path: Path) -> None:
    people = [record(1, "Ana"), record(2, "Bea")]
    people[0]["email"] = "a%40b%2Ec@x.example"
    lake = lake_of(tmp_path / "lake", people)
    for n, name in enumerate(("a%40b%2Ec@x.example d0.json", "of a%2540b%252Ec%40x.example.json"), start=3):
        landed(lake, "customer", name, [record(n, f"N{n}")])
    run(lake)
    carry_out(lake, "erase", "a%40b%2Ec@x.example")
    assert verify(lake, "a%40b%2Ec@x.example").clean
    names = {path.name for path in (lake.landing / "customer").iterdir()}
    assert not any("x.example" in name for name in names)
    assert len(names) == 3
