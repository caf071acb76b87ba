"""Random courses of landings, read by the line rules and decided, are as the plain telling says."""

from collections import Counter
from typing import Any

import pytest

from privacy.course_frames import course_lake, differing, expected_of, stopped, told_of
from privacy.courses import Told, random_course
from privacy.plain_landing import PlainLanding, Refused, plain_histories
from stedi.privacy.window import Window
from stedi.sources.reasons import Reason
from stedi.sources.rules import Row, Rules
from stedi.tables import SOURCES

MANY = 50
"""Histories of a course: they share its clock."""


@pytest.mark.parametrize(
    ("first", "courses"),
    [
        pytest.param(0, 2),
        *(pytest.param(n, 10, marks=pytest.mark.long) for n in range(10, 210, 10)),
    ],
)
def test_courses(spark: Any, first: int, courses: int) -> None:
    for seed in range(first, first + courses):
        window = Window.WHOLE_HISTORY if seed % 5 == 0 else Window.FROM_CONSENT
        course = random_course(seed, MANY)
        found = course_lake(spark, course, window)
        wrong = differing(told_of(found), expected_of(plain_histories(course), window))
        assert not wrong, (seed, wrong)
        assert stopped(found, window, now=course.now) == {}, seed


@pytest.mark.parametrize(
    ("first", "courses"),
    [pytest.param(0, 3), *(pytest.param(n, 50, marks=pytest.mark.long) for n in range(1000, 1200, 50))],
)
def test_each_line_without_an_engine(first: int, courses: int) -> None:
    sources = {source.name: source for source in SOURCES}
    seen: Counter[str] = Counter()
    for seed in range(first, first + courses):
        course = random_course(seed, MANY)
        plain = PlainLanding(course)
        for each in course.told:
            if each.source == "withdraw":
                continue
            counts = plain.counts[each.landing]
            found = Rules(sources[each.source], counts.landed, 16, counts.clock).read(each.text().encode())
            seen[found if isinstance(found, Reason) else "taken"] += 1
            assert _told(each.source, found) == _expected(plain, each), each.text()
    assert seen.keys() == {"taken", Reason.FUTURE, Reason.BAD_EMAIL, Reason.BAD_TEXT}


def _told(source: str, found: Row | Reason) -> object:
    """A verdict as the plain telling gives it; of a refused record, whether it tells of our clock."""
    if isinstance(found, Reason):
        return "refused", source == "customer" and found is Reason.FUTURE
    values = found.values
    if source == "accelerometer":
        return values["user"], values["timestamp"]
    if source == "step_trainer":
        return values["serialnumber"], values["sensorreadingtime"]
    names = ("email", "effective_at", "sharewithresearchasofdate", "registrationdate", "birthday",
             "customername", "serialnumber", "lastupdatedate")  # fmt: skip
    return *(values[name] for name in names), values["consent_fault"] is not None


def _expected(plain: PlainLanding, each: Told) -> object:
    try:
        if each.source != "customer":
            return plain.reading_of(each)
        r, updated = plain.record_of(each)
        return r.who, r.at, r.consent, *r.identity, r.serial, updated, r.unreadable
    except Refused as refused:
        return "refused", refused.until is not None
