"""What somebody does with a phone for a while, and when their feet come down."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from stedi.sources.records import Instants, Reals


class Doing(StrEnum):
    """What is done in a stretch of time; feet come down in the first two only."""

    WALKING = "walking"
    SHUFFLING = "shuffling"
    STANDING = "standing"
    HANDLED = "handled"
    """The phone is taken out, typed on, turned, put away."""
    WAVED = "waved"
    """Moved about without a pause and without rhythm, as by somebody who talks with their hands."""
    SHAKEN = "shaken"
    """Deliberately, to and fro; to an accelerometer that may look like walking."""
    STILL = "still"
    """Put down."""


ON_FOOT = (Doing.WALKING, Doing.SHUFFLING)

BETWEEN = {
    Doing.STANDING: (0.42, 2.0, 8.0),
    Doing.HANDLED: (0.24, 8.0, 25.0),
    Doing.STILL: (0.14, 8.0, 25.0),
    Doing.SHUFFLING: (0.10, 8.0, 16.0),
    Doing.WAVED: (0.05, 5.0, 12.0),
    Doing.SHAKEN: (0.05, 5.0, 12.0),
}
"""What comes between walks: how often, and how long it lasts at least and at most, in s."""

WALK_S = (12.0, 45.0)
SHORTEST_WALK_S = 6.0
STAND_S = (1.2, 2.5)


@dataclass(frozen=True)
class Gait:
    """How one person walks, wherever the phone is.

    Attributes:
        cadence_spm: Usual steps per minute.
        vigour: Strength of all movement, 1 as usual.
        asymmetry: By what share steps of one foot take longer than those of the other.
        wander: Standard deviation of the cadence's slow drift, as a share.
        jitter: Standard deviation of single steps, as a share.
        contact_phase: When in the step's cycle the foot comes down, in turns after the upward push.
    """

    cadence_spm: float
    vigour: float
    asymmetry: float
    wander: float
    jitter: float
    contact_phase: float


@dataclass(frozen=True)
class Activity:
    """What was done from `begin_s` to `end_s`; `contacts` are the steps in it.

    Attributes:
        doing: What.
        begin_s: When it began.
        end_s: When it ended; the next begins there.
        contacts: Moments of initial contact in s, shape (k,); none unless on foot.
        strength: How hard each was, about 1, shape (k,).
    """

    doing: Doing
    begin_s: float
    end_s: float
    contacts: Reals
    strength: Reals


def gait(rng: np.random.Generator) -> Gait:
    """Draw a person: cadence and spread as in the recordings, 80 to 125 steps a minute."""
    return Gait(
        cadence_spm=float(np.clip(rng.normal(112, 11), 80, 132)),
        vigour=float(np.exp(rng.normal(0, 0.18))),
        asymmetry=float(rng.normal(0, 0.018)),
        wander=rng.uniform(0.008, 0.02),
        jitter=rng.uniform(0.010, 0.022),
        contact_phase=rng.normal(0.12, 0.04),
    )


def outing(person: Gait, seconds: float, rng: np.random.Generator) -> list[Activity]:
    """What somebody does in `seconds`, 12 at least: walks, and other things between them.

    Activities follow one another without a gap, from 0 to `seconds`; the first and the last are stands.
    """
    done = [_still(Doing.STANDING, 0.0, rng.uniform(1.5, 3.0))]
    end_s = seconds - 1.5
    while end_s - done[-1].end_s > SHORTEST_WALK_S:
        begin = done[-1].end_s
        until = min(begin + rng.uniform(*WALK_S), end_s)
        done.append(_on_foot(Doing.WALKING, person, begin, until, rng))
        if end_s - until < 2 * SHORTEST_WALK_S:
            break
        for between in _between(person, until, rng):
            if between.end_s < end_s:
                done.append(between)
    done.append(_still(Doing.STANDING, done[-1].end_s, seconds))
    return done


def bouts(activities: list[Activity]) -> Instants:
    """Index of the first and last step of each bout among all steps, shape (b, 2)."""
    ends = np.cumsum([len(each.contacts) for each in activities if len(each.contacts)])
    return np.stack([np.concatenate([[0], ends[:-1]]), ends - 1], axis=1)


def _between(person: Gait, begin: float, rng: np.random.Generator) -> list[Activity]:
    doings = list(BETWEEN)
    doing = doings[int(rng.choice(len(doings), p=[BETWEEN[each][0] for each in doings]))]
    _, shortest, longest = BETWEEN[doing]
    lasts = rng.uniform(shortest, longest)
    if doing is Doing.STANDING:
        return [_still(doing, begin, begin + lasts)]
    before, after = rng.uniform(*STAND_S, 2)
    first = _still(Doing.STANDING, begin, begin + before)
    end = first.end_s + lasts
    if doing is Doing.SHUFFLING:
        middle = _on_foot(doing, person, first.end_s, end, rng)
    else:
        middle = _still(doing, first.end_s, end)
    return [first, middle, _still(Doing.STANDING, end, end + after)]


def _still(doing: Doing, begin: float, end: float) -> Activity:
    return Activity(doing, begin, end, np.zeros(0), np.zeros(0))


def _on_foot(doing: Doing, person: Gait, begin: float, end: float, rng: np.random.Generator) -> Activity:
    """A bout: it sets off, wanders in cadence, slows in turns, and comes to a stand."""
    shuffles = doing is Doing.SHUFFLING
    interval_s = (
        60 / (person.cadence_spm * rng.normal(1, 0.035)) * (rng.uniform(1.15, 1.5) if shuffles else 1)
    )
    count = max(int((end - begin) / interval_s), 4)
    uneven = 2.2 if shuffles else 1.0
    drift = np.convolve(rng.normal(0, 1, count + 11), np.ones(12) / np.sqrt(12), "valid")
    intervals = interval_s * (1 + uneven * (person.wander * drift + rng.normal(0, person.jitter, count)))
    intervals *= 1 + person.asymmetry * (-1.0) ** np.arange(count)
    strength = np.exp(rng.normal(0, 0.08, count)) * (rng.uniform(0.35, 0.6) if shuffles else 1)
    turn = int(rng.integers(8, 30))
    while turn + 4 < count and not shuffles:
        intervals[turn : turn + 3] *= rng.uniform(1.04, 1.16)
        strength[turn : turn + 3] *= rng.uniform(0.65, 0.9)
        turn += int(rng.integers(12, 45))
    intervals[:2] *= [1.15, 1.05]
    intervals[-1] *= 1.15
    strength[0], strength[-1] = 0.7 * strength[0], 0.6 * strength[-1]
    contacts = begin + 0.4 * interval_s + np.cumsum(intervals) - intervals[0]
    # What would come down too near to the end stays up.
    kept = contacts < end - 0.3
    return Activity(doing, begin, end, contacts[kept], strength[kept])
