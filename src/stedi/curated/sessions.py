"""Sessions of people's readings, and which step reading is nearest to which moment.

People and moments are compared as one number, an instant: who, times 2^43, plus the moment in ms.
So one sort brings every person's readings together in the order of time, and readings of two people
are further apart than any gap. All functions work on whole arrays of instants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stedi.ground.errors import StediError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Instants = np.ndarray[Any, np.dtype[np.int64]]

GAP_MS = 30_000
"""A gap longer than this ends a session."""

TOLERANCE_STEP_INTERVALS = 0.6
LEAST_TOLERANCE_MS = 50
GREATEST_TOLERANCE_MS = 100

MOMENT_BITS = 43
"""Enough for any moment that a table may hold, in ms since 1970, and a gap beyond it."""

MOST_PEOPLE = 1 << (63 - MOMENT_BITS)
"""Of so many people instants would no longer be whole numbers of 64 bits."""


def instants(*readings: "tuple[pa.ChunkedArray, pa.ChunkedArray]") -> "tuple[list[str], list[Instants]]":
    """Number the people, and tell the instant of each reading.

    Args:
        readings: Of each sensor who and when (UTC ms), as columns of equal length.

    Returns:
        The people in order of their numbers, and the instants of each sensor's readings, unsorted.
    """
    import numpy as np

    coded = [_dictionary(people) for people, _ in readings]
    names = sorted({name for people in coded for name in people.dictionary.to_pylist()})
    if len(names) >= MOST_PEOPLE:
        raise StediError(
            f"A bucket holds readings of {len(names):,} people, too many to tell apart; nothing was done.\n"
            "Land them in a lake with more buckets."
        )
    number = {name: n for n, name in enumerate(names)}
    found = []
    for people, (_, moments) in zip(coded, readings, strict=True):
        numbers = np.array([number[name] for name in people.dictionary.to_pylist()], np.int64)
        found.append((numbers[people.indices.to_numpy()] << MOMENT_BITS) + moments.to_numpy())
    return names, found


def _dictionary(texts: "pa.ChunkedArray") -> "pa.DictionaryArray":
    import pyarrow as pa

    coded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
    if not coded.num_chunks:
        return pa.array([], pa.string()).dictionary_encode()
    return coded.unify_dictionaries().combine_chunks() if coded.num_chunks > 1 else coded.chunk(0)


def begins(*sensors: "Instants") -> "Instants":
    """The first instant of every session, sorted.

    A session is one person's readings, of either sensor, with no gap over 30 s.
    """
    import numpy as np

    every = np.sort(np.concatenate(sensors), kind="stable")
    return every[np.diff(every, prepend=-(GAP_MS + 1) - (1 << MOMENT_BITS)) > GAP_MS]


def session_of(begun: "Instants", at: "Instants") -> "Instants":
    """The number of the session that each instant lies in, among those that begin at some instants."""
    import numpy as np

    return np.searchsorted(begun, at, side="right") - 1


def who_and_when(at: "Instants") -> "tuple[Instants, Instants]":
    """The number of the person, and the moment (UTC ms), of each instant."""
    return at >> MOMENT_BITS, at & ((1 << MOMENT_BITS) - 1)


@dataclass(frozen=True)
class Steps:
    """Step readings, one an instant, sorted.

    Attributes:
        at: Their instants.
        distance: What each measured, mm: of several readings at one instant the smallest, so that the
            order of landing cannot matter.
    """

    at: "Instants"
    distance: "np.ndarray[Any, np.dtype[np.float64]]"

    @classmethod
    def single(cls, at: "Instants", distance: "np.ndarray[Any, Any]") -> "Steps":
        """Of step readings in any order."""
        import numpy as np

        order = np.lexsort((distance, at))
        at, distance = at[order], distance[order]
        first = np.diff(at, prepend=-1) != 0
        return cls(at[first], distance[first])


def nearest(begun: "Instants", steps: Steps, at: "Instants") -> "tuple[Instants, Instants]":
    """Find the nearest step reading of the same session, within the session's tolerance.

    A moment as near to two step readings belongs to the earlier one.

    Args:
        begun: The first instant of every session.
        steps: The step readings.
        at: Moments, as instants, in any order.

    Returns:
        The number of the step reading for each moment, and its time minus the moment's, ms; the
        number is -1 where none is near.
    """
    import numpy as np

    if not len(steps.at):
        return np.full(len(at), -1), np.zeros(len(at), np.int64)
    session, of_step = session_of(begun, at), session_of(begun, steps.at)
    reach = tolerances(len(begun), steps.at, of_step)[session]
    after = np.searchsorted(steps.at, at, side="left")
    candidates = []
    for number in (after - 1, after):
        there = np.clip(number, 0, len(steps.at) - 1)
        is_there = (number == there) & (of_step[there] == session)
        offset = steps.at[there] - at
        candidates.append((there, offset, is_there & (np.abs(offset) <= reach)))
    (before, back, is_back), (then, ahead, is_ahead) = candidates
    takes_back = is_back & (~is_ahead | (-back <= ahead))
    number = np.where(takes_back, before, np.where(is_ahead, then, -1))
    return number, np.where(takes_back, back, ahead)


def tolerances(sessions: int, steps: "Instants", of_step: "Instants") -> "Instants":
    """How far away a step reading may be, ms: 0.6 of its session's median interval, between 50 and 100 ms.

    Args:
        sessions: How many sessions there are.
        steps: Instants of step readings, sorted, each once.
        of_step: The session of each.
    """
    import numpy as np

    together = of_step[1:] == of_step[:-1]
    interval, session = np.diff(steps)[together], of_step[1:][together]
    order = np.lexsort((interval, session))
    interval, session = interval[order], session[order]
    first = np.flatnonzero(np.diff(session, prepend=-1))
    count = np.diff(np.append(first, len(session)))
    # The middle interval, or the mean of the two in the middle.
    median = (interval[first + (count - 1) // 2] + interval[first + count // 2]) / 2
    wished = np.full(sessions, float(LEAST_TOLERANCE_MS))
    wished[session[first]] = median * TOLERANCE_STEP_INTERVALS
    reach: Instants = np.floor(np.clip(wished, LEAST_TOLERANCE_MS, GREATEST_TOLERANCE_MS)).astype(np.int64)
    return reach


def with_any(sessions: int, numbers: "Sequence[Instants]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which of the sessions is named at least once among some numbers."""
    import numpy as np

    found = np.zeros(sessions, np.bool_)
    for some in numbers:
        found[some] = True
    return found
