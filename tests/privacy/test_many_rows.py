"""What Python computes of rows that the engine hands over is right beyond its batches of 8,192 rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stedi.landing import requests
from stedi.privacy import asking
from stedi.privacy.buckets import bucket_of
from stedi.privacy.claims import stretches
from stedi.privacy.linking import links
from stedi.privacy.ownership import devices
from stedi.privacy.pseudonyms import subject_key, subjects
from stedi.privacy.standing import Naming
from stedi.privacy.suppression import About, email_hash, email_hashes
from stedi.schema.arrow import arrow_schema
from stedi.trusted import evidence
from stedi.trusted.device_evidence import plain_spans, plainly_owned

MANY = 20_000
KEY = b"k" * 32
AT = 1_700_000_000_000
DAY_MS = 86_400_000
Framed = Callable[[pa.Table], Any]

LETTERS = "\u00e9" * 7
NAMES = [f"p{n}{LETTERS[: n % 7]}@b\u00fccher.example" for n in range(MANY)]
"""Of many lengths, so that an offset that is wrong shows."""


@pytest.fixture(params=["a file", "a file, filtered", "a file, grouped"])
def framed(request: pytest.FixtureRequest, spark: Any, tmp_path: Path) -> Framed:
    """Rows as frames of the engine, in the ways in which a run has them."""

    def frame(rows: pa.Table) -> Any:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        if request.param == "a file, filtered":
            # Every other row goes, out of row groups that are no batches.
            halves = pa.array([0, 1] * len(rows), pa.int64())
            every = rows.take(pa.array([n // 2 for n in range(2 * len(rows))], pa.int64()))
            pq.write_table(every.append_column("_half", halves), path, row_group_size=5_000)
            return spark.read.parquet(str(path)).where("_half = 1").drop("_half")
        pq.write_table(rows, path)
        found = spark.read.parquet(str(path))
        return found.distinct() if request.param == "a file, grouped" else found

    return frame


def told(frame: Any) -> set[tuple[Any, ...]]:
    rows = frame.toArrow().to_pylist()
    found = {tuple(row.values()) for row in rows}
    assert len(found) == len(rows)
    return found


def requests_of(addresses: list[str]) -> pa.Table:
    rows = [
        {"request": f"r{n}", "kind": "erase", "requested_at": AT + n, "about": About.EMAIL.value,
         "hash": email_hash(each, KEY), "covers_from": None, "covers_until": None}
        for n, each in enumerate(addresses)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=arrow_schema(requests.TABLE))


def test_pseudonyms(framed: Framed) -> None:
    found = told(subjects(framed(pa.table({"person": NAMES})), key=KEY, buckets=7))
    keys = {name: subject_key(name, KEY) for name in NAMES}
    assert found == {(name, key, bucket_of(key, 7)) for name, key in keys.items()}


def named() -> tuple[pa.Table, pa.Table, dict[str, list[tuple[int, str]]]]:
    """Every device is named by one person, every third by another too, 40 days later."""
    said: dict[str, list[tuple[int, str]]] = {}
    for n, person in enumerate(NAMES):
        said.setdefault(f"serial{n}{'x' * (n % 5)}", []).append((AT + n, person))
        if n % 3 == 0:
            other = (n + 1) % MANY
            serial = f"serial{other}{'x' * (other % 5)}"
            said.setdefault(serial, []).append((AT + n + 40 * DAY_MS, person))
    rows = [(p, s, at) for s, each in said.items() for at, p in each]
    records = pa.table({
        "participant": [p for p, _, _ in rows], "serialnumber": [s for _, s, _ in rows],
        "effective_at": [at for _, _, at in rows], "registrationdate": [1] * len(rows),
        "birthday": pa.nulls(len(rows), pa.string()), "customername": pa.nulls(len(rows), pa.string()),
    })  # fmt: skip
    consent = pa.table({
        "participant": NAMES, "person": NAMES, "person_bucket": pa.array([0] * MANY, pa.int32()),
        "erased_at": pa.nulls(MANY, pa.int64()),
    })  # fmt: skip
    return records, consent, said


def test_whose_devices_are(framed: Framed) -> None:
    records, consent, said = named()
    left = {person: AT + n + 40 * DAY_MS for n, person in enumerate(NAMES) if n % 3 == 0}
    expected, spans = set(), set()
    for serial, each in said.items():
        people = {person for _, person in each}
        events = []
        for at, person in each:
            is_first = at < AT + 40 * DAY_MS
            events.append(Naming(at, person, 0, True, False, is_first, False, None, False, False))
            if person in left and is_first:
                events.append(Naming(left[person], person, 0, False, False, False, False, None, False, False))
        for found in stretches(events):
            owner = found.owner
            expected.add((
                serial, found.since, found.until, str(found.standing),
                owner and owner.person, owner and owner.person_bucket, bucket_of(serial, 3),
            ))  # fmt: skip
        if len(people) == 1:
            spans.add((each[0][1], serial, 0, None))
        else:
            told_of = [(at, who, left.get(who) if at < AT + 40 * DAY_MS else None) for at, who in each]
            spans |= {(who, serial, begins, ends) for who, begins, ends in plain_spans(told_of)}
    owned = devices(framed(records), framed(consent), framed(requests_of([])), suppression_key=KEY, buckets=3)
    assert told(owned) == expected
    assert len(expected) > MANY
    assert told(plainly_owned(framed(records), framed(consent))) == spans


def test_who_asked(framed: Framed) -> None:
    gone = NAMES[5::7]
    asked_for, whose = (
        framed(requests_of(gone)),
        framed(pa.table({"participant": NAMES, "person": NAMES[::-1]})),
    )
    place = {name: n for n, name in enumerate(NAMES)}
    assert told(evidence._asked(whose, asked_for, KEY)) == {
        (NAMES[MANY - 1 - place[name]], AT + n, AT + n) for n, name in enumerate(gone)
    }
    people = framed(pa.table({"participant": NAMES}))
    hashed = asking._hashed(
        people, "participant string", asked_for, lambda name: iter(email_hashes(name, KEY))
    )
    assert told(hashed) == {(name, each) for name in NAMES for each in email_hashes(name, KEY)}
    assert told(asking._by_root(asked_for)) == {(f"r{n}", f"r{n}") for n in range(len(gone))}


def test_who_is_one_person(framed: Framed) -> None:
    records = pa.table({
        "participant": NAMES, "registrationdate": [n // 2 for n in range(MANY)],
        "birthday": ["1960-01-01"] * MANY,
        "customername": [f"Jos{LETTERS[: n // 2 % 5]} {n // 2}" for n in range(MANY)],
        "effective_at": [AT + n for n in range(MANY)],
    })  # fmt: skip
    no_request = pa.table({name: pa.array([], pa.string()) for name in ("participant", "root")})
    found = told(links(framed(records), framed(no_request)))
    assert found == {(name, NAMES[n - n % 2], False) for n, name in enumerate(NAMES)}
