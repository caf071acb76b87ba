"""Whatever was erased before a record landed, readings pass as if all had landed and nothing had gone."""

import os
from collections import Counter
from typing import Any

import pytest

from privacy.compared import with_trusted
from privacy.histories import NOW
from privacy.landed_in_turn import Row, Story, random_stories, told_of
from privacy.plainly import Plainly
from stedi.landing import accelerometer, customer, requests, step_trainer
from stedi.privacy.buckets import bucket_of
from stedi.privacy.window import Window
from tables.given import BUCKETS, frame

Readings = set[tuple[str, int]]
AT_ONCE = 1_500


def passed(spark: Any, stories: list[Story], staged: list[Row], asked: list[Row]) -> Readings:
    """The phone readings that pass."""
    frames = with_trusted(
        spark,
        {
            "customer_staged": frame(spark, customer.TABLE, staged),
            "accelerometer_staged": frame(spark, accelerometer.TABLE, (
                {"participant": who, "user": who, "timestamp": at, "x": 0.0, "y": 0.0, "z": 0.0,
                 "bucket": bucket_of(who, BUCKETS)}
                for story in stories for who, at in story.history.phone
            )),
            "step_trainer_staged": frame(spark, step_trainer.TABLE, ()),
            "requests": frame(spark, requests.TABLE, asked),
        },
        Window.FROM_CONSENT, now=NOW, faults=(),
    )  # fmt: skip
    told = frames["accelerometer_trusted"].select("user", "timestamp").toArrow().to_pylist()
    return {(row["user"], row["timestamp"]) for row in told}


@pytest.mark.parametrize(
    ("seed", "many"),
    [
        pytest.param(1, AT_ONCE, id="some"),
        *(pytest.param(seed, AT_ONCE, id=f"{seed}", marks=pytest.mark.long) for seed in range(2, 9)),
    ],
)
def test_readings_pass_as_if_nothing_had_gone(spark: Any, seed: int, many: int) -> None:
    stories = random_stories(seed, min(many, int(os.environ.get("STEDI_HISTORIES", many))))
    staged, asked = told_of(stories)
    found = passed(spark, stories, staged, asked)
    # Of an address whose records are all gone only requests tell: nobody's readings pass under it.
    known = {row["participant"] for row in staged}
    counts: Counter[str] = Counter()
    for story in stories:
        plainly = Plainly(story.history, whole_history=False)
        right: Readings = {
            r for r in story.history.phone if r[0] in known and plainly.of_phone(*r) == "passed"
        }
        assert {reading for reading in story.history.phone if reading in found} == right, story
        erased = any(plainly.erased_at(plainly.person(r.who) or "") for r in story.history.records)
        counts["after an erasure" if erased else "never erased"] += len(right)
    assert min(counts["after an erasure"], counts["never erased"]) > len(stories) // 5
    # Else the comparison compares little.
    kinds = Counter(row["about"] for row in asked)
    assert min(kinds[about] for about in ("withdrew", "unreadable", "stale")) > len(stories) // 50


def test_some_addresses_are_linked_by_records_that_were_kept_out() -> None:
    asked = told_of(random_stories(1, 200))[1]
    requested = Counter(row["request"] for row in asked if row["about"] == "email")
    assert sum(many > 1 for many in requested.values()) > 20
