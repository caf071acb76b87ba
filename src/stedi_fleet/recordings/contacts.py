"""Steps from foot contacts: contacts without their bounces, and where a foot's contacts were missed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Times = npt.NDArray[np.float64]
"""Milliseconds, ascending, shape (n,)."""

BOUNCE_STRIDES = 0.5
"""A foot that touches again within half its median stride has not stepped. On the Oxford recordings no
interval lies between 0.50 and 0.55 strides: 110 are shorter, all others at least 0.55."""

MISSED_STRIDES = 1.5

LONGEST_GAP_MS = 300.0
"""The sensor is read every 90 to 100 ms; in a longer gap a contact is told late, or not at all."""


def initial_contacts(at_ms: Times, touching: npt.NDArray[Any]) -> Times:
    """When a foot came down, bounces left out.

    Args:
        at_ms: When the contact sensor was read.
        touching: 1 while the foot touches the ground, 0 else, shape (n,).

    Returns:
        Times of the first reading of each contact, shape (k,). A contact that the first reading
        finds is none, for nobody saw it begin.
    """
    edges: Times = at_ms[1:][np.diff(touching) == 1]
    if len(edges) < 3:
        return edges
    least = BOUNCE_STRIDES * float(np.median(np.diff(edges)))
    kept = [edges[0]]
    for edge in edges[1:]:
        if edge - kept[-1] >= least:
            kept.append(edge)
    return np.array(kept)


def missed(foot_ms: Times, other_ms: Times, end_ms: float) -> list[tuple[float, float]]:
    """Where a foot's contacts are missing: it pauses 1.5 strides while the other steps on.

    The other steps on where two of its contacts in the pause are no further apart than 1.5 strides;
    in a stand they are, for it makes the last step or the first.

    Args:
        foot_ms: The foot's initial contacts.
        other_ms: Those of the other foot.
        end_ms: When the sensor was read last; it was read first at 0.

    Returns:
        Stretches [from, to) in which the truth is not known, ascending.
    """
    if len(foot_ms) < 3:
        return [(0.0, end_ms)] if len(other_ms) > 2 else []
    longest = MISSED_STRIDES * float(np.median(np.diff(foot_ms)))
    bounds = np.concatenate([[0.0], foot_ms, [end_ms]])
    stretches = []
    for begin, end in zip(bounds[:-1], bounds[1:], strict=True):
        between = other_ms[(other_ms > begin) & (other_ms < end)]
        if end - begin > longest and np.any(np.diff(between) < longest):
            stretches.append((float(begin), float(end)))
    return stretches


def unread(at_ms: Times) -> list[tuple[float, float]]:
    """Stretches [from, to) in which the contact sensor was not read for longer than `LONGEST_GAP_MS`."""
    late = np.flatnonzero(np.diff(at_ms) > LONGEST_GAP_MS)
    # One further, for the contact that the first reading after the gap tells.
    return [(float(at_ms[i]), float(np.nextafter(at_ms[i + 1], np.inf))) for i in late]


def united(stretches: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The stretches, ascending, those that touch made one."""
    made: list[tuple[float, float]] = []
    for begin, end in sorted(stretches):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return tuple(made)
