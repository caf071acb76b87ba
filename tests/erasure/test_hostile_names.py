"""Whatever a customer is called, the erasure ends and is clean; and nobody else loses a line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from small_lake import lake_of, landed, record
from stedi.erasure.person import rows
from stedi.erasure.planning import opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.lake.config import Lake
from stedi.landing import quarantine
from stedi.prover.proof import Area, prove
from stedi.prover.traces import Kind, Text, Traces
from stedi.run.run import run
from stedi.tables import table

HOSTILE = [
    {"name": "0", "phone": "none"},
    {"name": "Step Trainer", "phone": "1"},
    {"name": "data", "phone": "path"},
    {"name": 'quoted "name" \\ [.*] {1}\nand another line', "phone": "true"},
    {"name": "customer record " * 200, "phone": "null"},
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_an_erasure_of_a_hostile_name_ends_and_is_clean(tmp_path: Path, hostile: dict[str, str]) -> None:
    lake = lake_of(
        tmp_path / "lake",
        [record(1, hostile["name"], phone=hostile["phone"]), record(2, "Bea"), record(3, "Cy")],
    )
    certificate = carry_out(lake, "erase", "person1@example.org").certificate
    assert certificate is not None
    assert certificate["proof"]["clean"]
    assert verify(lake, "person1@example.org").clean
    customers = (lake.landing / "customer" / "a.json").read_text().splitlines()
    assert customers == ["", json.dumps(record(2, "Bea")), json.dumps(record(3, "Cy"))]


WORD = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.:/+-]*")


def words_of(lake: Lake) -> set[str]:
    """Every word of every file of a lake but those that were landed: names of fields, paths, numbers."""
    found: set[str] = set()
    for path in lake.root.rglob("*"):
        if path.is_file() and lake.landing not in path.parents:
            content = path.read_bytes()
            found |= {word.decode() for word in WORD.findall(content)}
            found |= set(path.parts)
            if path.suffix == ".json":
                found |= {text for text in texts_in(json.loads(content)) if text.strip()}
    found |= {word for text in list(found) for word in re.split(r"[^A-Za-z0-9]+", text) if word}
    return found


def texts_in(told: Any) -> list[str]:
    if isinstance(told, dict):
        return [text for key, value in told.items() for text in [key, *texts_in(value)]]
    if isinstance(told, list):
        return [text for each in told for text in texts_in(each)]
    return [str(told)]


def test_no_word_of_a_lakes_own_files_is_a_trace(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", [record(1, "Ana"), record(2, "Bea"), record(3, "Cy")])
    landed(lake, "customer", "broken.json", ['{"email": "person2@example.org", "customerName": ['])
    run(lake)
    carry_out(lake, "erase", "person1@example.org")
    run(lake)
    theirs = {str(value) for n, name in ((2, "Bea"), (3, "Cy")) for value in record(n, name).values()}
    # Packed bytes hold any short word by chance.
    alike = {value.casefold() for value in theirs}
    words = sorted(word for word in words_of(lake) if word.casefold() not in alike)
    assert len(words) > 1_000
    assert {"User", "path", "0", "true", "metadata"} & set(words)
    kinds = (Kind.NAME, Kind.PHONE, Kind.BIRTHDAY)
    people = [Traces(tuple(Text(kind, word) for kind in kinds)) for word in words]
    proof = prove(lake, people)
    assert {(words[f.person], f.kind, f.path, f.where) for f in proof.findings} == set()
    assert proof.failures == ()

    # The same words are found where a value stands.
    for number, (source, line) in enumerate(
        [("customer", '{"nick": "metadata"}'), ("other", "x;metadata;y")]
    ):
        landed(lake, source, f"planted{number}", [line])
    told = prove(lake, [Traces((Text(Kind.NAME, "metadata"),))])
    assert {f.path for f in told.findings} == {"landing/customer/planted0", "landing/other/planted1"}
    assert {f.area for f in told.findings} == {Area.LANDED}


def quarantined(lake: Lake) -> list[bytes]:
    with opened_store(lake) as store:
        return sorted(row["raw"] for row in rows(store, table(quarantine.TABLE.name), ("raw",)))


def test_a_short_name_takes_no_line_of_anybody_else(tmp_path: Path) -> None:
    lake = lake_of(tmp_path / "lake", [record(1, "Al"), record(2, "Bea"), record(3, "Cy")])
    of_others = [
        '{"email": "person2@example.org", "customerName": "Almut", "shareWithResearchAsOfDate": ',
        '{"email": "person2@example.org", "note": "Al Capone, all of it"',
        '{"email": "na@b.example", "serialNumber": "ALX"',
        '{"user": "xperson1@example.org", "timestamp": 1',
        '{"user": "person1@example.org.uk", "timestamp": 1',
        '{"user": "o.person1@example.org", "timestamp": 1',
        f'{{"email": "person2@example.org", "phone": "9{record(1, "")["phone"]}", "birthDay": "01970-01-01"',
    ]
    of_al = [
        '{"customerName": "Al", "email": ',
        '{"a": "AL", "b": ',
        "x,Al,y",
        '{"email": "person1@example.org"',
    ]
    path = landed(
        lake,
        "customer",
        "broken.json",
        [line for pair in zip(of_others, [*of_al, *[""] * 3], strict=True) for line in pair],
    )
    run(lake)
    carry_out(lake, "erase", "person1@example.org")
    assert quarantined(lake) == sorted(line.encode() for line in of_others)
    assert [line for line in path.read_text().splitlines() if line] == of_others
    assert verify(lake, "person1@example.org").clean


def test_the_value_of_a_column_is_one_value(tmp_path: Path) -> None:
    others = [
        {**record(2, "Smith; Al"), "email": "al|person2@example.org"},
        {**record(3, "Cy, Al"), "email": "al&person3@example.org", "birthDay": "1970=Al"},
    ]
    lake = lake_of(tmp_path / "lake", [record(1, "Al"), *others])
    run(lake)
    carry_out(lake, "erase", "person1@example.org")
    assert verify(lake, "person1@example.org").clean
    with opened_store(lake) as store:
        names = {row["customername"] for row in rows(store, table("customer_staged"), ("customername",))}
    assert names == {"Smith; Al", "Cy, Al"}
