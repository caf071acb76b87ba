"""Whether a step reading is of a device that was not plainly its person's, told from the records another way.

It asks nothing of `privacy.claims`. It tells what every row needs whatever else the rules say: that of
all people whose newest record names the device theirs is the newest, and that no two or four of them
named it for the first time so close to one another that nobody can say whose it is.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from stedi.privacy.python_rows import arrow_columns, mapped

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from pyspark.sql import DataFrame

DAY_MS = 86_400_000
SAID_SCHEMA = "serialnumber string, said array<struct<at bigint, person string, left_at bigint>>"
SPANS_SCHEMA = "_person string, _serialnumber string, _from bigint, _until bigint"

Said = tuple[int, str, int | None]
"""When a person's records name a device, who, and when their next records name others alone."""
Span = tuple[str, int, int | None]


def of_strange_devices(step_readings: "pa.Table", spans: "pa.Table") -> int:
    """Count the step readings of a device that was not plainly its person's when they were taken.

    Args:
        step_readings: `person`, `serialnumber`, `sensorreadingtime` (UTC ms) of `step_trainer_trusted`.
        spans: `plainly_owned`, of all people that the readings may be of.
    """
    import numpy as np

    if not step_readings.num_rows or not spans.num_rows:
        return int(step_readings.num_rows)
    person_of, serial_of = (_numbers(spans[name]) for name in ("_person", "_serialnumber"))
    many = len(serial_of)

    def pairs(people: "pa.ChunkedArray", serials: "pa.ChunkedArray") -> "np.ndarray[Any, Any]":
        """Who and which device, as one number; -1 where no span tells of them."""
        who, which = _numbered(people, person_of), _numbered(serials, serial_of)
        return np.where((who < 0) | (which < 0), -1, who * many + which)

    told = pairs(spans["_person"], spans["_serialnumber"])
    begins = spans["_from"].to_numpy()
    order = np.lexsort((begins, told))
    told, begins = told[order], begins[order]
    ends = spans["_until"].fill_null(np.iinfo(np.int64).max).to_numpy()[order]
    read = pairs(step_readings["person"], step_readings["serialnumber"])
    at = step_readings["sensorreadingtime"].to_numpy()
    # Spans of one person and device are apart: only the last that begins by then may hold a reading.
    every = np.lexsort(
        (np.append(np.zeros(len(told)), np.ones(len(read))), np.append(begins, at), np.append(told, read))
    )
    last = np.maximum.accumulate(np.where(every < len(told), every, -1))
    span = np.empty(len(read), np.int64)
    is_reading = every >= len(told)
    span[every[is_reading] - len(told)] = last[is_reading]
    there = np.maximum(span, 0)
    is_plain = (span >= 0) & (told[there] == read) & (begins[there] <= at) & (at < ends[there])
    return int(np.count_nonzero(~is_plain))


def _numbers(texts: "pa.ChunkedArray") -> dict[str, int]:
    return {text: n for n, text in enumerate(texts.unique().to_pylist())}


def _numbered(texts: "pa.ChunkedArray", numbers: dict[str, int]) -> "np.ndarray[Any, Any]":
    """The number of each text, -1 where it has none."""
    import numpy as np
    import pyarrow as pa

    some = texts.combine_chunks()
    coded = some if pa.types.is_dictionary(some.type) else some.dictionary_encode()
    known = np.array([numbers.get(text, -1) for text in coded.dictionary.to_pylist()], np.int64)
    found: np.ndarray[Any, Any] = known[coded.indices.to_numpy()]
    return found


def plainly_owned(customer_staged: "DataFrame", consent: "DataFrame") -> "DataFrame":
    """Tell when each device is plainly whose.

    Args:
        customer_staged: All staged customer records.
        consent: Which addresses are one person.

    Returns:
        `_person`, `_serialnumber`, `_from`, `_until` (UTC ms, half-open; null: no end); spans of one person
        and device are apart.
    """
    from pyspark.sql import Window as Rows
    from pyspark.sql import functions as F

    named = (
        customer_staged.where("serialnumber is not null")
        .join(consent.select("participant", "person"), "participant")
        .select("person", "serialnumber", F.col("effective_at").alias("at"))
        .distinct()
    )
    by_device = named.groupBy("serialnumber").agg(
        (F.min("person") != F.max("person")).alias("is_shared"), F.min("person").alias("_person")
    )
    # Most devices are named by one person, and nobody else's they can be.
    alone = by_device.where("not is_shared").select(
        "_person",
        F.col("serialnumber").alias("_serialnumber"),
        F.lit(0).cast("bigint").alias("_from"),
        F.lit(None).cast("bigint").alias("_until"),
    )
    shared = named.join(by_device.where("is_shared"), "serialnumber", "left_semi")
    sharers = named.join(shared.select("person").distinct(), "person", "left_semi")
    instants = sharers.select("person", "at").distinct()
    following = F.lead("at").over(Rows.partitionBy("person").orderBy("at"))
    # The next instant at which a person names anything, and whether the device is among it.
    said = (
        shared.join(instants.select("person", "at", following.alias("left_at")), ["person", "at"])
        .join(
            shared.select("person", "serialnumber", F.col("at").alias("left_at"), F.lit(1).alias("_again")),
            ["person", "serialnumber", "left_at"],
            "left",
        )
        .select(
            "serialnumber",
            "at",
            "person",
            F.when(F.col("_again").isNull(), F.col("left_at")).alias("left_at"),
        )
    )
    by_serial = said.groupBy("serialnumber").agg(
        F.collect_list(F.struct("at", "person", "left_at")).alias("said")
    )
    return alone.unionByName(mapped(by_serial, SAID_SCHEMA, _rows, SPANS_SCHEMA))


def _rows(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    schema = arrow_columns(SPANS_SCHEMA)
    for batch in batches:
        rows: list[dict[str, Any]] = [
            {"_person": person, "_serialnumber": serial, "_from": begins, "_until": ends}
            for serial, said in zip(*(column.to_pylist() for column in batch.columns), strict=True)
            for person, begins, ends in plain_spans((s["at"], s["person"], s["left_at"]) for s in said)
        ]
        yield pa.RecordBatch.from_pylist(rows, schema=schema)


def plain_spans(said: Iterable[Said]) -> list[Span]:
    """When a device may be whose: person, from, until (UTC ms, half-open; None: no end).

    >>> plain_spans([(10 * DAY_MS, "p", None), (30 * DAY_MS, "q", None)]) == [
    ...     ("p", 0, 29 * DAY_MS), ("q", 31 * DAY_MS + 1, None)]
    True
    """
    told = sorted(said, key=lambda each: each[:2])
    crowd = _Crowd(told)
    # A person who names another and the device anew at one instant is said to have left first.
    events = sorted(
        [(at, 1, person) for at, person, _ in told]
        + [(left_at, 0, person) for _, person, left_at in told if left_at is not None]
    )
    newest: OrderedDict[str, int] = OrderedDict()
    spans: list[Span] = []
    first, second = told[0], next((each for each in told if each[1] != told[0][1]), None)
    candidate: str | None = None
    if (second is None or second[0] > first[0]) and not crowd.begins_at(first[0]):
        candidate = first[1]
    since = 0
    last_named_at = 0
    for at, group in groupby(events, key=lambda event: event[0]):
        _add(spans, candidate, since, at)
        for _, names, person in group:
            if names:
                newest[person] = at
                newest.move_to_end(person)
                last_named_at = at
            else:
                newest.pop(person, None)
                crowd.leaves(person)
        candidate = next(reversed(newest), None)
        tied = [newest[person] for _, person in zip(range(2), reversed(newest), strict=False)]
        if candidate is not None and (tied[0] in tied[1:] or crowd.holds(candidate, at)):
            candidate = None
        # Who is left of several has it without naming it anew only where the others came soon after.
        if candidate is not None and last_named_at > newest[candidate]:
            others = [u for u in _after(told, newest[candidate]) if u <= at]
            if not others or others[0] - newest[candidate] > 30 * DAY_MS:
                candidate = None
        since = at
    _add(spans, candidate, since, None)
    return _apart(spans, told)


def _add(spans: list[Span], person: str | None, begins: int, ends: int | None) -> None:
    """Add a span, joined to the last one where that is the same person's and touches it."""
    if person is None or begins == ends:
        return
    if spans and spans[-1][0] == person and spans[-1][2] == begins:
        begins = spans.pop()[1]
    spans.append((person, begins, ends))


def _after(told: list[Said], at: int) -> list[int]:
    """The first naming later than an instant, if there is one."""
    n = bisect_left(told, at + 1, key=lambda each: each[0])
    return [told[n][0]] if n < len(told) else []


class _Crowd:
    """Who named a device for the first time soon before or after others did.

    Args:
        told: All that was said of it, in order.
    """

    def __init__(self, told: list[Said]) -> None:
        first: dict[str, int] = {}
        for at, person, _ in told:
            first.setdefault(person, at)
        self._people = list(first)
        self._firsts = list(first.values())
        self._place = {person: n for n, person in enumerate(self._people)}
        self._stays = dict.fromkeys(first, True)
        # For each person up to which first naming nobody can have it, seen from theirs.
        self._until = list(self._firsts)
        for n in range(len(self._firsts)):
            for back, within in ((1, 7), (3, 30)):
                if n >= back and self._firsts[n] - self._firsts[n - back] <= within * DAY_MS:
                    for other in range(n - back, n):
                        self._until[other] = max(self._until[other], self._firsts[n])

    def begins_at(self, at: int) -> bool:
        """Whether the first one of all is not alone."""
        return self._until[0] > at or self._firsts.count(self._firsts[0]) > 1

    def leaves(self, person: str) -> None:
        """Somebody names another device."""
        self._stays[person] = False

    def holds(self, candidate: str, at: int) -> bool:
        """Whether somebody who named it as soon still does, or will before anybody can have it."""
        n = bisect_left(self._firsts, at + 1) - 1
        # Nobody has it while the first namings of a crowd are still to come.
        if any(self._until[m] > at for m in range(max(0, n - 3), n + 1)):
            return True
        place = self._place[candidate]
        if not self._stays[candidate]:
            return False
        near = [
            m
            for m in (place - 1, place + 1)
            if 0 <= m <= n and abs(self._firsts[m] - self._firsts[place]) <= 7 * DAY_MS
        ]
        for begin in range(max(0, place - 3), place + 1):
            if begin + 3 <= n and self._firsts[begin + 3] - self._firsts[begin] <= 30 * DAY_MS:
                near += [m for m in range(begin, begin + 4) if m != place]
        return any(self._stays[self._people[m]] for m in near)


def _apart(spans: list[Span], told: list[Said]) -> list[Span]:
    """Leave out what is within a day of somebody else's record that names the device, or of a take-over."""
    found: list[Span] = []
    first = 0
    first_who = told[0][1]
    second_at = next((at for at, who, _ in told if who != first_who), told[-1][0])
    for person, begins, ends in spans:
        while first < len(told) and told[first][0] + DAY_MS < begins:
            first += 1
        # Who takes it over has it a day later.
        at = begins + DAY_MS + 1 if begins > second_at or (first_who != person and begins) else begins
        for n in range(first, len(told)):
            named_at, who, _ = told[n]
            if ends is not None and max(at, named_at - DAY_MS) >= ends:
                break
            if who == person:
                continue
            if at < named_at - DAY_MS:
                found.append((person, at, named_at - DAY_MS))
            at = max(at, named_at + DAY_MS + 1)
        if ends is None or at < ends:
            found.append((person, at, ends))
    return found
