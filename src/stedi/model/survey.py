"""What sessions can show, before anything is learnt from them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from stedi.gait.gravity import Unit, unit_of
from stedi.gait.labels import LEAST_RATE_HZ, label, rate_hz
from stedi.gait.resampling import BIN_MS
from stedi.gait.sessions import Session
from stedi.ground.errors import QualityGateError

LEAST_PHONE_HZ = 20.0
LEAST_STEPS = 100
_SLACK = 0.9
"""Of a rate: a phone at 20 Hz that jitters is one at 20 Hz."""


@dataclass
class Survey:
    """What all sessions together can show.

    Attributes:
        subjects: Whose sessions can be learnt from.
        sessions: How many those are.
        bins: Their length in bins of 20 ms.
        steps: Their labelled steps.
        label_rates_hz: Of the distance, of every session.
        phone_rates_hz: Of the phone, of every session.
        refused: Reason -> sessions it keeps out.
        people_refused: Reason -> whose sessions those are.
    """

    subjects: set[str] = field(default_factory=set)
    sessions: int = 0
    bins: int = 0
    steps: int = 0
    label_rates_hz: list[float] = field(default_factory=list)
    phone_rates_hz: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    people_refused: dict[str, set[str]] = field(default_factory=dict)


def survey(sessions: Iterable[Session]) -> Survey:
    """Look at all sessions once.

    Raises:
        QualityGateError: They cannot show steps.
    """
    found = Survey()
    for session in sessions:
        _add(found, session)
    _require_steps(found)
    return found


def refusal(session: Session) -> str | None:
    """Why nothing can be learnt from a session, or None."""
    if rate_hz(session.distance_ms) < LEAST_RATE_HZ:
        return f"distance below {LEAST_RATE_HZ:g} Hz"
    if _phone_rate_hz(session) < _SLACK * LEAST_PHONE_HZ:
        return f"acceleration below {LEAST_PHONE_HZ:g} Hz"
    if label(session.distance_ms, session.distance_mm).refused:
        return "no distance was measured"
    # Never scaled silently: what a phone meant by its numbers is not known.
    unit = unit_of(session.acceleration)
    return None if unit is Unit.PLAUSIBLE else unit.value


def _add(found: Survey, session: Session) -> None:
    found.label_rates_hz.append(rate_hz(session.distance_ms))
    found.phone_rates_hz.append(_phone_rate_hz(session))
    if reason := refusal(session):
        found.refused[reason] += 1
        found.people_refused.setdefault(reason, set()).add(session.subject)
        return
    found.subjects.add(session.subject)
    found.sessions += 1
    found.bins += int((session.elapsed_ms[-1] - session.elapsed_ms[0]) / BIN_MS)
    found.steps += len(label(session.distance_ms, session.distance_mm).steps_ms)


def _require_steps(found: Survey) -> None:
    count = len(found.label_rates_hz)
    if not count:
        raise QualityGateError(
            "No model was trained: there is no session to learn from.",
            ["0 sessions with readings of a phone and of a Step Trainer at the same time"],
        )
    if found.steps >= LEAST_STEPS:
        return
    faults = [
        f"distance: {_median(found.label_rates_hz):.2f} Hz (median of {count:,} sessions); "
        f"at least {LEAST_RATE_HZ:g} Hz is needed, better 10 Hz: a step lasts about half a second",
        f"acceleration: {_median(found.phone_rates_hz):.2f} Hz; at least {LEAST_PHONE_HZ:g} Hz is needed",
        f"labelled steps: {found.steps:,}; at least {LEAST_STEPS:,} are needed",
        *(
            f"{number:,} sessions were refused: {reason} ({len(found.people_refused[reason]):,} people)"
            for reason, number in sorted(found.refused.items())
        ),
    ]
    raise QualityGateError("No model was trained: this data cannot show steps.", faults)


def _phone_rate_hz(session: Session) -> float:
    """Of moments, for several readings may tell one time."""
    return rate_hz(np.unique(session.elapsed_ms).astype(np.float64))


def _median(rates: list[float]) -> float:
    return float(np.median(rates))
