"""Random histories told in the order in which everything came: what is erased, and what is kept out after.

Records go by the suppression list as a run lets them, one file each; nothing here needs a lake.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from privacy.histories import HALF_DAY_MS, NOW, History, Record, Request
from stedi.erasure.person import person_among, request_rows
from stedi.erasure.requested import Requested
from stedi.landing import customer
from stedi.privacy.buckets import bucket_of
from stedi.privacy.identity import normalised_email
from stedi.schema.arrow import arrow_schema
from stedi.suppression.erased_records import TOLD, new_rows
from stedi.suppression.suppressing import Suppressor
from tables.given import BUCKETS, SUPPRESSION_KEY

Row = dict[str, Any]


@dataclass(frozen=True)
class Landed:
    """A record, and when it landed: at first, and again."""

    record: Record
    times: tuple[int, ...]


@dataclass(frozen=True)
class Story:
    """A history, and when each of its records landed."""

    landed: tuple[Landed, ...]
    history: History


def random_stories(seed: int, many: int) -> list[Story]:
    """Short stories of people who change addresses and are erased under some that nobody knows yet."""
    draw = random.Random(seed)
    return [_story(draw, number) for number in range(many)]


def _story(draw: random.Random, number: int) -> Story:
    landed = []
    addresses = [f"p{number}.{n}@test.org" for n in range(draw.choice((2, 2, 3, 4)))]
    names = [f"name {number}.{n}" for n in range(draw.choice((1, 1, 2, 3)))]
    for _ in range(draw.choice((2, 3, 4, 5, 6))):
        landed.append(_landed(draw, draw.choice(addresses), draw.choice(names)))
    asked = []
    for _ in range(draw.choice((1, 1, 2, 3))):
        kind = draw.choice(("erase", "erase", "withdraw"))
        asked.append(Request(kind, _tick(draw, range(2, 18)) + 5, draw.choice(addresses)))
    phone = tuple((who, _tick(draw, range(21)) + 7) for who in addresses for _ in range(5))
    # The same line twice is one record, from when it landed first.
    in_turn = sorted((each for each in landed if each.times), key=lambda each: each.times)
    landed = [*{_line(each.record): each for each in reversed(in_turn)}.values()]
    records = tuple(each.record for each in landed)
    return Story(tuple(landed), History(records, tuple(asked), phone, (), NOW, ()))


def _landed(draw: random.Random, who: str, name: str) -> Landed:
    consents = draw.random() < 0.7
    own: int | None = _tick(draw, range(1, 18))
    landed = own + _tick(draw, (0, 0, 0, 1, 3, 6)) + 1
    if consents:
        # Some consent from a time to come.
        since = own - _tick(draw, (0, 0, 1, 2, 5)) if draw.random() < 0.85 else own + _tick(draw, (1, 3, 6))
        consent = max(1, since - draw.choice((0, 1)))
        record = Record(who, own, consent, HALF_DAY_MS, "1960-01-01", name, None)
    else:
        unreadable = draw.random() < 0.35
        how = draw.choice(("dated", "dated", "ahead", "timeless"))
        at = own if how == "dated" else landed
        ahead = landed + _tick(draw, (1, 2, 9)) if how == "ahead" else None
        registered = HALF_DAY_MS if draw.random() < 0.8 else None
        record = Record(
            who, at, None, registered, "1960-01-01", name, None, unreadable, ahead, how == "timeless"
        )
    again = [landed + _tick(draw, range(1, 9)) for _ in range(draw.choice((0, 0, 1, 2)))]
    return Landed(record, tuple(t for t in (landed, *sorted(again)) if t < NOW))


def _line(record: Record) -> tuple[Any, ...]:
    row = as_row(record, NOW)
    return tuple(row[name] for name in TOLD)


def _tick(draw: random.Random, among: Sequence[int]) -> int:
    return draw.choice(among) * HALF_DAY_MS


def told_of(stories: Iterable[Story]) -> tuple[list[Row], list[Row]]:
    """What is staged in the end, and the rows of `requests`."""
    staged: list[Row] = []
    asked: list[Row] = []
    for number, story in enumerate(stories):
        theirs, requested = _told(story, number)
        staged += theirs
        asked += requested
    return staged, asked


def _told(story: Story, number: int) -> tuple[list[Row], list[Row]]:
    staged: list[Row] = []
    asked: list[Row] = []
    events: list[tuple[int, Any]] = [(t, each.record) for each in story.landed for t in each.times]
    events += [(request.at, request) for request in story.history.requests]
    for n, (at, event) in enumerate(sorted(events, key=lambda event: event[0])):
        if isinstance(event, Request):
            staged, more = _requested(staged, asked, event, f"{number}.{n}")
            asked += more
            continue
        row = as_row(event, at)
        if any(all(row[name] == there[name] for name in TOLD) for there in staged):
            continue
        suppressor = Suppressor(asked, SUPPRESSION_KEY)
        if any(_erased(suppressor, [row])):
            asked += new_rows(suppressor.records.told([row]), asked)
        else:
            staged.append(row)
    return staged, asked


def _requested(
    staged: list[Row], asked: list[Row], request: Request, name: str
) -> tuple[list[Row], list[Row]]:
    by_request = Requested(asked, SUPPRESSION_KEY)
    person = person_among(staged, normalised_email(request.who or ""), by_request)
    known: Any = {
        "request": name, "kind": request.kind, "requested_at": request.at, "key": SUPPRESSION_KEY
    }  # fmt: skip
    if request.kind == "withdraw":
        return staged, request_rows(person, **known)
    theirs = Suppressor(request_rows(person, **known), SUPPRESSION_KEY)
    erased = _erased(theirs, staged)
    gone = [row for row, is_gone in zip(staged, erased, strict=True) if is_gone]
    records = [each for row in gone for each in theirs.records.remembered(row)]
    left = [row for row, is_gone in zip(staged, erased, strict=True) if not is_gone]
    return left, request_rows(person, records=records, **known)


def _erased(suppressor: Suppressor, rows: list[Row]) -> list[bool]:
    if not rows:
        return []
    table = pa.Table.from_pylist(rows, schema=arrow_schema(customer.TABLE))
    found: list[bool] = suppressor.accepted(customer.SOURCE.name, table).tolist()
    return found


def as_row(record: Record, landed_at: int) -> Row:
    """A record as it would be staged if it landed then."""
    own = None if record.timeless else record.at if record.own is None else record.own
    told = replace(record, at=own if own is not None and own <= landed_at else landed_at)
    who = normalised_email(record.who)
    return {
        "participant": who, "email": who, "effective_at": told.at, "lastupdatedate": own,
        "consent_fault": "BAD_TYPE" if record.unreadable else None,
        "sharewithresearchasofdate": record.consent, "registrationdate": record.registered,
        "birthday": record.birthday, "customername": record.name, "serialnumber": record.serial,
        "phone": None, "sharewithpublicasofdate": None, "sharewithfriendsasofdate": None,
        "bucket": bucket_of(who, BUCKETS),
    }  # fmt: skip


def each_of(stories: Iterable[Story]) -> Iterator[History]:
    """Their histories."""
    return (story.history for story in stories)
