"""Moments of steps, read from the distance that a Step Trainer measured.

The method is ours, for nobody has published one for this sensor; its bounds were found on simulated sensors.
What it rests on: dips of a signal below a robust base, whose noise is 1.4826 times the median absolute
deviation (the standard deviation of a normal distribution: F. R. Hampel, JASA 69, 1974).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stedi.gait.sessions import Floats

LEAST_RATE_HZ = 7.0
"""Below it steps cannot be told: at 5 Hz a simulated sensor gives F1 0.949 at 150 ms, at 4 Hz 0.84."""

LEAST_DIP_MM = 25.0
LEAST_NOISE_MM = 1.0
"""Distances are whole millimetres; some sensors, and made-up streams, have no noise beside that."""
BOUNCE = 0.55
"""Of the local step time; a contact sooner after the last one is a bounce of the same foot."""
MISSED = 1.6
PAUSE = 2.6
"""Of the local step time: between the two, a contact was missed; above, nobody walked."""
LONGEST_CONTACT_MS = 600.0
DROP_OUT_READINGS = 3.5
GREATEST_LAG_MS = 200.0
_NEIGHBOURS = 8


@dataclass(frozen=True)
class Labels:
    """What the distance of one session says about steps.

    Attributes:
        steps_ms: Moments of initial contact of either foot, ascending, on the clock of the distance.
        masked: Half-open stretches [from, to) in ms that say nothing: drop-outs, missed contacts.
        rate_hz: Distance readings a second, by the median interval; 0 with fewer than two.
        refused: Why nothing can be learnt from this session, or None.
    """

    steps_ms: Floats
    masked: tuple[tuple[float, float], ...]
    rate_hz: float
    refused: str | None


def label(distance_ms: Floats, distance_mm: Floats) -> Labels:
    """Find the contacts in a distance stream: each is a dip below its base.

    A dip begins a contact; its moment is the centre of its depth. A contact too soon after the last is a
    bounce and left out. Where a contact was missed, where readings are missing, where the distance stays
    low or is not finite, and before the first and after the last reading, nothing is known: masked.

    Args:
        distance_ms: Strictly ascending times, shape (m,).
        distance_mm: Distances, shape (m,).
    """
    rate = rate_hz(distance_ms)
    nothing = np.zeros(0)
    if rate < LEAST_RATE_HZ:
        return Labels(
            nothing, (), rate, f"distance at {rate:.2g} Hz cannot show steps, {LEAST_RATE_HZ:g} Hz can"
        )
    told = np.isfinite(distance_mm)
    if np.count_nonzero(told) < 2:
        return Labels(nothing, (), rate, "no distance was measured")
    times, distances = distance_ms[told], distance_mm[told]
    masked = [(-np.inf, float(times[0])), (float(times[-1]), np.inf)]
    longest = DROP_OUT_READINGS * 1000.0 / rate
    masked += [(float(times[i]), float(times[i + 1])) for i in np.flatnonzero(np.diff(times) > longest)]
    contacts, low = _dips(times, distances)
    steps = _without_bounces(contacts)
    return Labels(steps, _joined(masked + low + _missed(steps)), rate, None)


def lag_ms(steps_ms: Floats, ends_ms: Floats, bins: Floats) -> float:
    """By how much labelled steps come after the peak of the phone's signal, in ms; NaN without steps.

    Args:
        steps_ms: Labelled steps.
        ends_ms: Ends of bins of 20 ms on the same clock, ascending, shape (n,), n > 0.
        bins: Their acceleration, shape (n, 3).

    The peak is that of the mean length of the acceleration around all steps, at most `GREATEST_LAG_MS`
    away. It holds what lies between the two clocks, and where in a step the phone feels it.
    """
    inside = steps_ms[(steps_ms > ends_ms[0]) & (steps_ms < ends_ms[-1])]
    if not len(inside):
        return float("nan")
    away = np.arange(-GREATEST_LAG_MS, GREATEST_LAG_MS + 1.0, 10.0)
    length = np.linalg.norm(bins, axis=1)
    mean = [float(np.interp(inside + shift, ends_ms - 10.0, length).mean()) for shift in away]
    return -float(away[int(np.argmax(mean))])


def rate_hz(times_ms: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Readings a second, by the median interval; 0 with fewer than two."""
    if len(times_ms) < 2:
        return 0.0
    return 1000.0 / max(float(np.median(np.diff(times_ms))), 1e-3)


def _dips(times: Floats, distances: Floats) -> tuple[Floats, list[tuple[float, float]]]:
    """Centres of the dips, and the stretches in which the distance stays low."""
    base, noise = _base(distances)
    depth = base - distances
    least = max(LEAST_DIP_MM, 4.0 * noise)
    deep = depth[depth > least]
    least = max(least, 0.4 * float(np.median(deep)) if len(deep) else 0.0)
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], depth > least, [False]]).astype(np.int8)))
    centres, low = [], []
    for begin, end in bounds.reshape(-1, 2):
        if times[end - 1] - times[begin] > LONGEST_CONTACT_MS:
            low.append((float(times[begin]), float(times[end - 1])))
            continue
        around = slice(max(begin - 1, 0), end + 1)
        weight = np.maximum(depth[around] - 2.0 * noise, 0.0)
        centres.append(float(np.average(times[around], weights=weight)))
    return np.array(centres), low


def _base(distances: Floats) -> tuple[float, float]:
    """What is measured between dips, and the standard deviation of its noise, both in mm.

    Of a fast walk half the readings lie in dips, so the upper ones begin; then all that belong to them.
    """
    base, top = (float(level) for level in np.percentile(distances, (75, 95)))
    noise = top - base
    for _ in range(4):
        between = distances[distances >= base - 2.5 * max(noise, LEAST_NOISE_MM)]
        base = float(np.median(between))
        noise = 1.4826 * float(np.median(np.abs(between - base)))
    return base, noise


def _local_step_ms(intervals: Floats) -> Floats:
    """Median of the intervals around each, bounces not counted."""
    least = BOUNCE * float(np.median(intervals))
    around = (intervals[max(0, i - _NEIGHBOURS) : i + _NEIGHBOURS + 1] for i in range(len(intervals)))
    return np.array([float(np.median(some[some > least])) for some in around])


def _without_bounces(contacts: Floats) -> Floats:
    if len(contacts) < 3:
        return contacts
    kept = [contacts[0]]
    for contact, local in zip(contacts[1:], _local_step_ms(np.diff(contacts)), strict=True):
        if contact - kept[-1] >= BOUNCE * local:
            kept.append(contact)
    return np.array(kept)


def _missed(steps: Floats) -> list[tuple[float, float]]:
    """Where a contact should have been: between two that are over one and a half step times apart."""
    if len(steps) < 3:
        return []
    intervals = np.diff(steps)
    local = _local_step_ms(intervals)
    missed = np.flatnonzero((intervals > MISSED * local) & (intervals < PAUSE * local))
    return [(float(steps[i] + 0.5 * local[i]), float(steps[i + 1] - 0.5 * local[i])) for i in missed]


def _joined(stretches: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(stretches):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)
