"""A lake of an earlier version knows people by other spellings; the next run makes them one again."""

import json
import os
import signal
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import preforked
from balance import unbalanced
from line_cases import SERIAL, T0_MS
from stedi.engine.parquet import read_parquet
from stedi.erasure.planning import find, opened_store
from stedi.erasure.procedure import carry_out
from stedi.erasure.verifying import verify
from stedi.ground.errors import UsageError
from stedi.lake.config import Lake, create, opened
from stedi.privacy.buckets import bucket_of
from stedi.privacy.identity import normalised_email
from stedi.run.respelling import participant_today
from stedi.run.run import run
from stedi.tables import table

TODAY = {
    "ana@xn--bcher-kva.example": "ana@bücher.example",
    "BOB@XN--Bcher-KVA.example": "bob@bücher.example",
    "cem@ｔｅｓｔ.example": "cem@test.example",
    '"dora@test.example"': "dora@test.example",
    "Egon <egon@test.example>": "egon@test.example",
    "mailto:fritz@test.example": "fritz@test.example",
    "gerd@test.example.": "gerd@test.example",
    "hans@test.example, ida@test.example": "hans@test.example, ida@test.example",
    "person1@example.org": "person1@example.org",
}
"""What an earlier version took for an address, and whose it is."""

RUNS = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.run.run import run

run(opened(Path(sys.argv[1])))
"""


def as_before(text: str) -> str:
    """The spelling by which earlier versions knew a person."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def record(number: int, email: str, **changed: object) -> dict[str, object]:
    return {
        "customerName": f"Person {number:02d}", "email": email, "birthDay": "1970-01-01",
        "serialNumber": SERIAL % number, "registrationDate": T0_MS + number,
        "lastUpdateDate": T0_MS + number, "shareWithResearchAsOfDate": T0_MS + number, **changed,
    }  # fmt: skip


def put(lake: Lake, name: str, lines: list[dict[str, object]]) -> None:
    path = lake.landing / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Lake]:
    """A lake as the version before had made it, with 10 readings of each person."""
    lake = create(tmp_path / "lake", buckets=3)
    put(lake, "customer/1.json", [record(n, email) for n, email in enumerate(TODAY, start=1)])
    readings = [
        {"user": email, "timestamp": T0_MS + 1000 + n, "x": 0.5, "y": 9.5, "z": 0.25}
        for email in TODAY
        for n in range(10)
    ]
    put(lake, "accelerometer/1.json", readings)
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr("stedi.sources.rules.normalised_email", as_before)
        earlier.setattr("stedi.sources.values.is_address", lambda _text: True)
        # What the version before remembers of a text is not what today's does.
        earlier.setattr("stedi.sources.texts._KNOWN", {})
        earlier.setattr("stedi.building.rules_version.RULES_VERSION", 0)
        run(lake)
    assert set(column(lake, "consent", "participant")) == set(map(as_before, TODAY))
    yield lake


def column(lake: Lake, name: str, *columns: str) -> list[Any]:
    with opened_store(lake) as store:
        found = [read_parquet(file.path, columns).to_pydict() for file in store.files(table(name))]
    rows = [row for each in found for row in zip(*each.values(), strict=True)]
    return sorted(row[0] if len(columns) == 1 else row for row in rows)


def in_order(lake: Lake) -> None:
    """Everybody is one person, in the bucket of today, and no row is lost."""
    people = sorted(TODAY.values())
    assert column(lake, "consent", "participant") == people
    assert column(lake, "customer_staged", "participant") == people
    readings = sorted(person for person in TODAY.values() for _ in range(10))
    assert column(lake, "accelerometer_staged", "participant") == readings
    assert column(lake, "accelerometer_trusted", "person") == readings
    for name in ("customer_staged", "accelerometer_staged"):
        with opened_store(lake) as store:
            for file in store.files(table(name)):
                rows = read_parquet(file.path, ["participant", "bucket"]).to_pylist()
                assert {file.bucket} == {row["bucket"] for row in rows}
                assert all(row["bucket"] == bucket_of(row["participant"], lake.buckets) for row in rows)
    assert unbalanced(lake) == []


def test_the_next_run_spells_everybody_as_today(before: Lake) -> None:
    run(before)
    in_order(before)
    files = column(before, "accelerometer_staged", "_file_sha256", "_line")
    run(before)
    assert column(before, "accelerometer_staged", "_file_sha256", "_line") == files
    again = before.landing / "accelerometer/again.json"
    again.write_bytes((before.landing / "accelerometer/1.json").read_bytes() + b"\n")
    run(before)
    in_order(before)


@pytest.mark.parametrize("sent", ["ana@bücher.example", "ana@xn--bcher-kva.example"])
def test_a_withdrawal_under_either_spelling_takes_the_old_rows_out(before: Lake, sent: str) -> None:
    withdrawn = {"lastUpdateDate": T0_MS + 9_000, "customerName": "Ana Neu", "serialNumber": SERIAL % 99}
    line = record(1, sent, **withdrawn)
    del line["shareWithResearchAsOfDate"]
    put(before, "customer/2.json", [line])
    run(before)
    states = dict(column(before, "consent", "participant", "state"))
    assert states["ana@bücher.example"] == "WITHDRAWN"
    assert "ana@bücher.example" not in column(before, "accelerometer_trusted", "person")


@pytest.mark.parametrize("asked", ["ana@bücher.example", "ana@xn--bcher-kva.example"])
def test_a_request_waits_for_a_run_and_then_takes_everything(before: Lake, asked: str) -> None:
    looks: tuple[Callable[[], object], ...] = (
        lambda: find(before, asked),
        lambda: verify(before, asked),
        lambda: carry_out(before, "withdraw", asked),
        lambda: carry_out(before, "erase", asked, unknown=True),
    )
    for look in looks:
        with pytest.raises(UsageError, match=r"Bring the lake up to date first: stedi --lake \S+ run$"):
            look()
    run(before)
    found = find(before, asked)
    assert (found.addresses, found.landed_lines, found.consent) == (1, 11, "GIVEN")
    told = carry_out(before, "erase", asked).certificate
    assert told is not None and told["proof"]["clean"]
    left = (before.landing / "customer/1.json").read_bytes().lower()
    assert b"bob@xn--bcher-kva.example" in left and b"ana@" not in left


def test_killed_between_two_tables_the_next_run_goes_on(before: Lake) -> None:
    done = preforked.run(RUNS, before.root, env={**os.environ, "STEDI_FAILPOINT": "respell.table"})
    assert done.returncode == -signal.SIGKILL, done.stderr
    run(opened(before.root))
    in_order(before)


@pytest.mark.parametrize("sent", TODAY)
def test_what_is_spelt_as_today_stays(sent: str) -> None:
    today = participant_today(as_before(sent))
    assert today == TODAY[sent]
    assert participant_today(today) == today
    assert normalised_email(today) == today
