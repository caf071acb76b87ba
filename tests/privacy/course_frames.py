"""A course read by the line rules and built as frames, without a lake; and what is expected of one."""

import io
from collections import Counter
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa

from privacy.compared import Lake, counted, with_trusted
from privacy.courses import Course
from privacy.histories import History
from privacy.plainly import Plainly, one_address
from stedi.building.sensing import SENSORS
from stedi.landing import requests
from stedi.landing.staged import FILE
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import email_hash
from stedi.privacy.window import Window
from stedi.schema.arrow import arrow_schema
from stedi.sources.lines import read_blocks
from stedi.staging.clock_faults import clock_faults, dated_ahead_notes
from stedi.staging.ledger import LedgerEntry
from stedi.tables import SOURCES
from stedi.trusted import accelerometer, step_trainer
from stedi.trusted.device_evidence import of_strange_devices, plainly_owned
from stedi.trusted.dispositions import of_customers
from stedi.trusted.evidence import not_linked, proven, without_consent
from tables.given import BUCKETS, SUPPRESSION_KEY, dispositions_of, frame, staged

Told = dict[str, Counter[Any]]
"""By table: who stands how, what passed and whose it is, and how many rows became what."""


def course_lake(spark: Any, course: Course, window: Window) -> Lake:
    """Staged and trusted frames of a course."""
    landed = [max(course.clocks[: n + 1]) for n in range(len(course.clocks))]
    frames: Lake = {}
    notes: list[SimpleNamespace] = []
    for source in SOURCES:
        schema = arrow_schema(source.staged)
        files = [schema.empty_table()]
        for n, clock in enumerate(course.clocks):
            content = "".join(each.text() + "\n" for each in course.of(n, source.name)).encode()
            for block in read_blocks(
                io.BytesIO(content), source, landed_at=landed[n], buckets=BUCKETS, clock_ms=clock
            ):
                digest = pa.repeat(f"{n:064x}", block.accepted.num_rows)
                columns = [digest if c == FILE.name else block.accepted.column(c) for c in schema.names]
                files.append(pa.Table.from_arrays(columns, schema=schema))
                if source.name == "customer":
                    noted = dated_ahead_notes(block.refused)
                    notes.append(SimpleNamespace(landed_at=landed[n], notes=noted))
        frames[source.staged.name] = staged(spark, source, *files)
    asked = [(each, landed[each.landing]) for each in course.told if each.source == "withdraw"]
    frames[requests.TABLE.name] = frame(spark, requests.TABLE, (
        {"request": f"{n}", "kind": "withdraw", "requested_at": at, "about": "email",
         "hash": email_hash(normalised_email(each.parsed()["email"]), SUPPRESSION_KEY)}
        for n, (each, at) in enumerate(asked)
    ))  # fmt: skip
    faults = clock_faults(cast(list[LedgerEntry], notes))
    return with_trusted(spark, frames, window, now=course.now, faults=faults)


def told_of(found: Lake) -> Told:
    """What frames hold of a course."""
    consent = found["consent"]
    return {
        "consent": counted(consent, "participant", "person", "state", "start_at", "erased_at"),
        "customer_trusted": counted(found["customer_trusted"], "person"),
        "accelerometer_trusted": counted(found["accelerometer_trusted"], "person", "timestamp"),
        "step_trainer_trusted": counted(
            found["step_trainer_trusted"], "person", "serialnumber", "sensorreadingtime"
        ),
        "customer": _customers(of_customers(found["customer_staged"], consent)),
        **{sensor.source: _dispositions(dispositions_of(sensor, found)) for sensor in SENSORS},
    }


def _customers(lazy: Any) -> Counter[Any]:
    total = Counter[Any]()
    for row in lazy.toArrow().to_pylist():
        total[row["disposition"]] += row["rows"]
    return total


def _dispositions(lazy: Any) -> Counter[Any]:
    return Counter(lazy.toArrow()["disposition"].to_pylist())


def expected_of(histories: Iterable[History], window: Window) -> Told:
    """What the plain telling says of the histories of a course."""
    names = ("consent", "customer_trusted", "accelerometer_trusted", "step_trainer_trusted",
             "customer", "accelerometer", "step_trainer")  # fmt: skip
    told: Told = {name: Counter() for name in names}
    for history in histories:
        plainly = Plainly(history, whole_history=window is Window.WHOLE_HISTORY)
        for who in {one_address(r.who) for r in history.records}:
            person = plainly.person(who) or ""
            state = plainly.state_and_start(person)
            told["consent"][(who, person, *state, plainly.erased_at(person))] += 1
            if state[0] == "GIVEN" and who == person:
                told["customer_trusted"][(person,)] += 1
        told["customer"] += plainly.of_customers()
        for who, at in history.phone:
            became = plainly.of_phone(one_address(who), at)
            told["accelerometer"][became] += 1
            if became == "passed":
                told["accelerometer_trusted"][(plainly.person(one_address(who)), at)] += 1
        for serial, at in history.steps:
            became = plainly.of_step(serial, at)
            told["step_trainer"][became] += 1
            if became == "passed":
                told["step_trainer_trusted"][(plainly.standing(serial, at), serial, at)] += 1
    return told


def differing(found: Told, expected: Told) -> dict[str, tuple[Counter[Any], Counter[Any]]]:
    """By table what was found and not expected, and what was expected and not found."""
    return {
        name: (found[name] - expected[name], expected[name] - found[name])
        for name in expected if found[name] != expected[name]
    }  # fmt: skip


TRUSTED = (accelerometer.TABLE, step_trainer.TABLE)


def stopped(found: Lake, window: Window, *, now: int) -> dict[str, int]:
    """How many rows the gate before publishing would stop, by what it looks at."""
    customers, consent = found["customer_staged"], found["consent"]
    proof = proven(customers, consent, found["requests"], as_of_ms=now, suppression_key=SUPPRESSION_KEY)
    known, steps = proof.toArrow(), found["step_trainer_trusted"].toArrow()
    looked = {
        **{t.name: without_consent(found[t.name].toArrow(), t, known, window=window) for t in TRUSTED},
        "devices": of_strange_devices(steps, plainly_owned(customers, consent).toArrow()),
        "people": not_linked(customers, consent).count(),
    }
    return {name: rows for name, rows in looked.items() if rows}
