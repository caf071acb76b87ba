"""Random histories as frames, and what the plain telling of the rules expects of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from privacy.histories import History
from privacy.plainly import Plainly
from stedi.ground.zones import Zone
from stedi.landing import accelerometer, customer, requests, step_trainer
from stedi.privacy.buckets import bucket_of
from stedi.privacy.counting import ClockFault
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import email_hash, record_hash
from stedi.privacy.window import Window
from stedi.tables import DERIVED
from tables.given import BUCKETS, SUPPRESSION_KEY, built_one, frame, kept

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Lake = dict[str, "DataFrame"]
Rows = Counter[tuple[Any, ...]]


def lake(spark: Any, histories: Sequence[History], window: Window, *, shuffled: bool = False) -> Lake:
    """Staged and trusted frames of the histories of one lake.

    Shuffled: in another order, and records and requests told twice.
    """
    told = [r for h in histories for r in h.records]
    asked = [(f"{n}.{i}", q) for n, h in enumerate(histories) for i, q in enumerate(h.requests)]
    phone = [reading for h in histories for reading in h.phone]
    steps = [reading for h in histories for reading in h.steps]
    if shuffled:
        draw = Random(1)
        told, asked = told + draw.sample(told, len(told) // 2), asked + asked
        for rows in (told, asked, phone, steps):
            draw.shuffle(rows)  # type: ignore[arg-type]
    frames = {
        "customer_staged": frame(spark, customer.TABLE, (
            {"participant": normalised_email(r.who), "effective_at": r.at,
             "lastupdatedate": None if r.timeless else r.at if r.own is None else r.own,
             "consent_fault": "BAD_TYPE" if r.unreadable else None,
             "sharewithresearchasofdate": r.consent,
             "registrationdate": r.registered, "birthday": r.birthday, "customername": r.name,
             "serialnumber": r.serial, "bucket": bucket_of(normalised_email(r.who), BUCKETS)} for r in told
        )),
        "accelerometer_staged": frame(spark, accelerometer.TABLE, (
            {"participant": normalised_email(who), "user": normalised_email(who), "timestamp": at,
             "x": 0.0, "y": 0.0, "z": 0.0,
             "bucket": bucket_of(normalised_email(who), BUCKETS)} for who, at in phone
        )),
        "step_trainer_staged": frame(spark, step_trainer.TABLE, (
            {"serialnumber": serial, "sensorreadingtime": at, "distancefromobject": 1.0}
            for serial, at in steps
        )),
        "requests": frame(spark, requests.TABLE, (
            {"request": name, "kind": q.kind, "requested_at": q.at, "about": "email" if q.who else "record",
             "hash": email_hash(normalised_email(q.who), SUPPRESSION_KEY) if q.who else
             record_hash(*q.identity, SUPPRESSION_KEY)}  # type: ignore[arg-type]
            for name, q in asked
        )),
    }  # fmt: skip
    return with_trusted(spark, frames, window, now=histories[0].now, faults=histories[0].faults)


def with_trusted(
    spark: Any, staged: Lake, window: Window, *, now: int, faults: Iterable[tuple[int, int]]
) -> Lake:
    """Staged frames and the trusted ones that are built of them."""
    frames = dict(staged)
    for table in DERIVED:
        if table.zone is Zone.TRUSTED:
            told = [ClockFault(*fault) for fault in faults]
            made = built_one(table, frames, window=window, as_of_ms=now, clock_faults=told)
            frames[table.name] = kept(spark, made, table)
    return frames


@dataclass
class Expected:
    """What the plain telling says of some histories, over the same rows."""

    consent: Rows = field(default_factory=Counter)
    customers: Counter[str] = field(default_factory=Counter)
    phone: Rows = field(default_factory=Counter)
    steps: Rows = field(default_factory=Counter)
    owners: dict[tuple[str, int], str] = field(default_factory=dict)

    @classmethod
    def of(cls, histories: Sequence[History], window: Window) -> "Expected":
        found = cls()
        for history in histories:
            plainly = Plainly(history, whole_history=window is Window.WHOLE_HISTORY)
            history = plainly.history
            for who in {r.who for r in history.records}:
                person = plainly.person(who) or ""
                state = plainly.state_and_start(person)
                found.consent[(who, person, *state, plainly.erased_at(person))] += 1
            found.customers.update(plainly.of_customers())
            found.phone.update((who, at, plainly.of_phone(who, at)) for who, at in history.phone)
            for serial, at in history.steps:
                told = plainly.of_step(serial, at)
                found.steps[(serial, at, told)] += 1
                if told == "passed":
                    found.owners[(serial, at)] = plainly.standing(serial, at) or ""
        return found


@dataclass
class Compared:
    """Histories, what was built of them and what was expected."""

    histories: list[History]
    window: Window
    found: Lake
    expected: Expected


def counted(lazy: "DataFrame", *columns: str) -> Rows:
    return Counter(tuple(row.values()) for row in lazy.select(*columns).toArrow().to_pylist())
