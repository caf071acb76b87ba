"""How a phone lies in space, over time."""

import numpy as np

from stedi.sources.records import Reals
from stedi_fleet.simulator.outing import Activity, Doing

TAKEN_S = 0.8
"""How long it takes to put a phone down, or to take it up."""


def in_phone_axes(moved: Reals, activities: list[Activity], at_s: Reals, rng: np.random.Generator) -> Reals:
    """Turn acceleration from up and two horizontal directions into the axes of a phone.

    The phone is carried at a random attitude that drifts by degrees. Whoever handles or waves it turns it
    to and fro; after that, and after it was put down, it is carried at another attitude.
    """
    key_s, keys = _keys(activities, rng)
    segment = np.clip(np.searchsorted(key_s, at_s, side="right") - 1, 0, len(keys) - 2)
    share = (at_s - key_s[segment]) / np.maximum(key_s[segment + 1] - key_s[segment], 1e-9)
    share = np.clip(share, 0, 1)
    between = _interpolated(keys[segment], keys[segment + 1], share * share * (3 - 2 * share))
    drift = np.radians(rng.uniform(1, 5, 2)) * np.sin(
        2 * np.pi * at_s[:, None] / rng.uniform(40, 120, 2) + rng.uniform(0, 2 * np.pi, 2)
    )
    upward, along, across = moved.T
    # Small angles: a first-order turn about the two horizontal directions, then its length restored.
    tilted = np.stack([upward, along + drift[:, 0] * upward, across + drift[:, 1] * upward], axis=1)
    tilted *= (np.linalg.norm(moved, axis=1) / np.maximum(np.linalg.norm(tilted, axis=1), 1e-9))[:, None]
    return _turned(between, tilted)


def _keys(activities: list[Activity], rng: np.random.Generator) -> tuple[Reals, Reals]:
    """Moments and attitudes, as unit quaternions, between which the phone turns smoothly."""
    carried = _any_attitude(rng)
    moments, attitudes = [activities[0].begin_s], [carried]

    def at(moment: float, attitude: Reals) -> None:
        moments.append(moment)
        attitudes.append(attitude)

    for activity in activities:
        if activity.doing in (Doing.HANDLED, Doing.WAVED):
            at(activity.begin_s, carried)
            moment = activity.begin_s + rng.uniform(0.5, 1.5)
            while moment < activity.end_s - TAKEN_S:
                at(moment, _near(attitudes[-1], rng.uniform(0.1, 1.2), rng))
                moment += rng.uniform(0.5, 3.0)
            carried = _any_attitude(rng)
            at(activity.end_s, carried)
        elif activity.doing is Doing.STILL:
            at(activity.begin_s, carried)
            lying = _near(np.array([1.0, 0, 0, 0]), 0.03, rng)
            at(activity.begin_s + TAKEN_S, lying)
            at(activity.end_s - TAKEN_S, lying)
            carried = _near(carried, 0.3, rng)
            at(activity.end_s, carried)
    at(activities[-1].end_s, carried)
    return np.array(moments), np.array(attitudes)


def _any_attitude(rng: np.random.Generator) -> Reals:
    return _unit(rng.normal(size=4))


def _near(attitude: Reals, radians: float, rng: np.random.Generator) -> Reals:
    """An attitude turned about a random axis."""
    axis = _unit(rng.normal(size=3))
    w, v = np.cos(radians / 2), np.sin(radians / 2) * axis
    return np.concatenate(
        [
            [w * attitude[0] - v @ attitude[1:]],
            w * attitude[1:] + attitude[0] * v + np.cross(v, attitude[1:]),
        ]
    )


def _unit(vector: Reals) -> Reals:
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def _interpolated(begin: Reals, end: Reals, share: Reals) -> Reals:
    """Normalised linear interpolation the short way round, shape (n, 4)."""
    end = end * np.where(np.sum(begin * end, axis=1) < 0, -1.0, 1.0)[:, None]
    return _unit(begin + share[:, None] * (end - begin))


def _turned(quaternions: Reals, vectors: Reals) -> Reals:
    """Each vector turned by its quaternion."""
    w, v = quaternions[:, :1], quaternions[:, 1:]
    twice = 2 * np.cross(v, vectors)
    return np.asarray(vectors + w * twice + np.cross(v, twice))
