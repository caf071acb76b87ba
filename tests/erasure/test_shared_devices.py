"""After an erasure everybody else has the devices that they had, however many people shared them."""

import random
from typing import Any

from stedi.erasure.person import Person, SoleOwnership, _claims, covered_stretches, request_rows
from stedi.landing import customer, requests
from stedi.privacy.ownership import devices
from stedi.privacy.suppression import covered_until
from stedi.trusted import consent
from tables.given import BUCKETS, SUPPRESSION_KEY, frame

HOUR = 3_600_000
NOW = 400 * 24 * HOUR
MANY = 150
Rows = list[dict[str, Any]]


def population(draw: random.Random, number: int) -> Rows:
    """Records of some people who share devices all the time."""
    serials = [f"device{number}.{letter}" for letter in "abc"[: draw.choice((1, 2, 2, 3))]]
    last = draw.choice((30, 24 * 8, 24 * 40, 24 * 200))
    return [
        {"participant": f"p{number}.{who}", "serialnumber": draw.choice(serials),
         "effective_at": draw.randint(1, last) * HOUR}
        for who in range(draw.choice((2, 2, 3, 5)))
        for _ in range(draw.choice((1, 1, 2, 4)))
    ]  # fmt: skip


def devices_of(spark: Any, records: Rows, asked: Rows, erased: set[str]) -> Rows:
    people = [
        {"participant": who, "person": who, "person_bucket": 1, "erased_at": NOW if who in erased else None}
        for who in sorted({r["participant"] for r in records})
    ]
    made = devices(
        frame(spark, customer.TABLE, records), frame(spark, consent.TABLE, people),
        frame(spark, requests.TABLE, asked), suppression_key=SUPPRESSION_KEY, buckets=BUCKETS,
    )  # fmt: skip
    found: Rows = made.toArrow().to_pylist()
    return found


def owned(rows: Rows, *, without: set[str]) -> set[tuple[Any, ...]]:
    """What people own up to now, stretches that touch as one."""
    found: list[list[Any]] = []
    for row in sorted(rows, key=lambda row: (row["serialnumber"], row["owned_from"])):
        until = min(row["owned_until"] or covered_until(NOW), covered_until(NOW))
        if row["standing"] != "owned" or row["person"] in without or row["owned_from"] >= until:
            continue
        told = [row["serialnumber"], row["person"], row["owned_from"], until]
        if found and found[-1][:2] == told[:2] and found[-1][3] == told[2]:
            found[-1][3] = until
        else:
            found.append(told)
    return {tuple(each) for each in found}


def asked_by(records: Rows, found: Rows, who: str, number: int, name: str) -> Rows:
    mine = [row for row in records if row["participant"] == who]
    serials = {row["serialnumber"] for row in mine}
    of_serials = [row for row in found if row["serialnumber"].startswith(f"device{number}.")]
    covered: tuple[SoleOwnership, ...] = tuple(covered_stretches(of_serials, {who}, serials))
    person = Person((who,), (), covered, True, tuple(_claims(mine)))
    return request_rows(person, request=name, kind="erase", requested_at=NOW, key=SUPPRESSION_KEY)


def test_nobody_gains_or_loses_a_device(spark: Any) -> None:
    draw = random.Random(14)
    told = [population(draw, number) for number in range(MANY)]
    records = [row for rows in told for row in rows]
    erased: set[str] = set()
    asked: Rows = []
    # One, and then a second one of the same people.
    for turn in ("first", "second"):
        now = devices_of(spark, [r for r in records if r["participant"] not in erased], asked, set())
        more: set[str] = set()
        for number, rows in enumerate(told):
            left = sorted({row["participant"] for row in rows} - erased)
            if left:
                who = draw.choice(left)
                asked += asked_by(rows, now, who, number, f"{turn}.{number}")
                more.add(who)
        expected = owned(now, without=more)
        assert expected
        # While the records of the erased people are there, and when they are gone.
        during = devices_of(spark, [r for r in records if r["participant"] not in erased], asked, more)
        erased |= more
        after = devices_of(spark, [r for r in records if r["participant"] not in erased], asked, set())
        assert owned(during, without=erased) == expected
        assert owned(after, without=erased) == expected
