"""The second search, by which requests are judged, finds what was planted, and tells what is closed."""

import random
from pathlib import Path

import pytest

from fuzzed_files import CLOSED, PACKINGS, lines
from fuzzed_people import ADDRESSES, person
from fuzzed_writings import WRITINGS, is_same
from planted_person import EMAIL, NAME, PLACES, SERIAL
from second_search import held, search
from stedi.cli.email_file import read_email
from stedi.erasure.addresses import require_address
from stedi.ground.errors import UsageError
from stedi.privacy.identity import normalised_email
from stedi.prover.traces import Kind
from stedi.sources.values import email_of

VALUES = {Kind.EMAIL: EMAIL, Kind.NAME: NAME, Kind.SERIAL: SERIAL}
NOT_LOOKED_FOR = {"a name turned round", "where a link leads", "a serial number as bytes"}
SOUGHT = [place for place, (_, kind, _) in PLACES.items() if kind in VALUES and place not in NOT_LOOKED_FOR]


@pytest.mark.parametrize("place", SOUGHT)
def test_it_finds_a_person_wherever_they_were_planted(place: str, tmp_path: Path) -> None:
    plant, kind, _ = PLACES[place]
    folder = tmp_path / "lake"
    folder.mkdir()
    plant(folder)
    assert {name for _, _, name in search([folder], {kind: VALUES[kind]}).found} == {kind}
    assert search([folder], {"other": "ben@example.org", "number": 3.25}).found == []


@pytest.mark.parametrize("packing", PACKINGS)
def test_it_opens_each_packing_or_says_that_it_is_closed(packing: str) -> None:
    drawn = person(random.Random(packing), 1, "IDN", 0)
    whole = lines([*drawn.records(), *drawn.readings, *drawn.steps])
    packed = PACKINGS[packing](whole)
    if packing in CLOSED:
        return
    assert held(packed, drawn.values()) == sorted(drawn.values())


@pytest.mark.parametrize("packing", CLOSED)
def test_what_is_closed_is_told(packing: str, tmp_path: Path) -> None:
    drawn = person(random.Random(packing), 1, "plain", 0)
    (tmp_path / "f").write_bytes(PACKINGS[packing](lines(drawn.records() * 20)))
    assert [path for path, _ in search([tmp_path], {}).closed] == [f"{tmp_path.name}/f"]


@pytest.mark.parametrize("form", ADDRESSES)
def test_every_form_of_an_address_is_found_in_upper_case_and_decomposed(form: str) -> None:
    drawn = person(random.Random(form), 1, form, 0)
    for writing in ("as it landed", "upper case", "NFD", "JSON", "other spelling of the domain"):
        if form == "control" and writing == "JSON":
            continue
        assert held(b'{"user": "' + WRITINGS[writing](drawn.email) + b'"}', {"address": drawn.email}), writing


def test_which_writings_mean_an_address() -> None:
    same = {
        writing
        for writing, write in WRITINGS.items()
        if is_same(write("Ana@b\u00fccher.example"), "ana@b\u00fccher.example")
    }
    assert same == {
        "as it landed", "upper case", "lower case", "NFD", "NFC", "other spelling of the domain",
        "blanks and line ends", "byte order mark", "no-break spaces",
    }  # fmt: skip


@pytest.mark.parametrize("form", ADDRESSES)
def test_however_an_officer_writes_an_address_it_means_its_person_or_is_refused(
    form: str, tmp_path: Path
) -> None:
    drawn = person(random.Random(form), 1, form, 0)
    is_taken = email_of(drawn.email) == drawn.email
    asked = tmp_path / "person.txt"
    for writing, write in WRITINGS.items():
        asked.write_bytes(write(drawn.email))
        try:
            meant = normalised_email(require_address(read_email(str(asked))))
        except UsageError:
            meant = None
        same = is_taken and is_same(write(drawn.email), drawn.email)
        assert (meant == normalised_email(drawn.email)) == same, writing
