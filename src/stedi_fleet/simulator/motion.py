"""How a phone accelerates while its owner walks, stands, handles, shakes or puts it down."""

import numpy as np

from stedi.sources.records import Reals
from stedi_fleet.simulator.carrying import HARMONICS, USUAL_CADENCE_SPM, Carriage
from stedi_fleet.simulator.outing import ON_FOOT, Activity, Doing, Gait

TURN = 2 * np.pi
SHOCK_DECAY_S = 0.05
SHOCK_RISE_S = 0.012
SHOCK_DELAY_S = -0.05
ROUGH_HZ, RATTLE_HZ = 5.0, 13.0


class Motion:
    """One phone carried in one way by one person; draws what stays the same as long as it is.

    Args:
        person: Who walks.
        carriage: How the phone moves with them.
        rng: Of everything random.
    """

    def __init__(self, person: Gait, carriage: Carriage, rng: np.random.Generator) -> None:
        self._person = person
        self._carriage = carriage
        self._rng = rng
        self._phases = rng.uniform(0, 1, (HARMONICS, 3))
        # The push upward tells the step; its overtone is less sure, all else is as people differ.
        self._phases[1, 0] = person.contact_phase
        self._phases[3, 0] = rng.normal(-0.2, 0.12)
        spread = np.exp(rng.normal(0, 0.2, (HARMONICS, 3)))
        spread[1, 0] = 1.0
        self._amplitudes = np.array([carriage.upward, carriage.along, carriage.across]).T * spread
        self._near_foot = int(rng.integers(2))
        self._shock_shares = np.array([1.0, *rng.normal(0, 0.7, 2)])
        self._shock_hz = carriage.shock_hz * rng.uniform(0.8, 1.25, 3)

    def acceleration(self, activities: list[Activity], at_s: Reals) -> Reals:
        """Acceleration without gravity: upward and in two horizontal directions, m/s2, shape (n, 3).

        Args:
            activities: What is done, without a gap.
            at_s: An even grid of moments, ascending.
        """
        total = np.zeros((len(at_s), 3))
        for activity in activities:
            within = slice(*np.searchsorted(at_s, [activity.begin_s, activity.end_s]))
            if within.start == within.stop:
                continue
            moments = at_s[within]
            if activity.doing in ON_FOOT:
                total[within] += self._steps(activity, moments)
            elif activity.doing is Doing.HANDLED:
                total[within] += self._handled(moments)
            elif activity.doing is Doing.WAVED:
                busy = np.clip(0.8 + 0.7 * _rough(moments, 0.3, self._rng)[:, :1], 0.05, 2.5)
                hertz = self._rng.uniform(1.2, 3.0)
                total[within] += self._rng.uniform(0.5, 2.0) * busy * _rough(moments, hertz, self._rng)
            elif activity.doing is Doing.SHAKEN:
                total[within] += self._shaken(moments)
            if activity.doing is not Doing.STILL:
                total[within] += self._carriage.idle * _rough(moments, 1.2, self._rng)
        return total

    def _steps(self, activity: Activity, at_s: Reals) -> Reals:
        contacts, strength = activity.contacts, activity.strength
        if not len(contacts):
            return np.zeros((len(at_s), 3))
        interval = 60 / self._person.cadence_spm if len(contacts) < 3 else float(np.median(np.diff(contacts)))
        knots = np.concatenate([[contacts[0] - interval], contacts, [contacts[-1] + interval]])
        stride = np.interp(at_s, knots, np.arange(-1, len(contacts) + 1)) / 2
        hard = np.interp(at_s, knots, [0.0, *strength, 0.0], left=0, right=0)
        # A faster step is a harder one, with the square of its cadence.
        harder = self._person.vigour * (60 / interval / USUAL_CADENCE_SPM) ** 2
        moved = np.zeros((len(at_s), 3))
        for order in range(HARMONICS):
            sway = 1 + 0.08 * _rough(at_s, 0.5, self._rng)
            cycle = (order + 1) * stride[:, None] + self._phases[order]
            moved += self._amplitudes[order] * np.cos(TURN * cycle) * sway
        moved *= (harder * hard)[:, None]
        moved += harder * self._shocks(contacts, strength, at_s)
        rough = (
            self._carriage.roughness
            * harder
            * hard[:, None]
            * _rough(at_s, ROUGH_HZ, self._rng, is_fast=True)
        )
        return np.asarray(moved + rough)

    def _shocks(self, contacts: Reals, strength: Reals, at_s: Reals) -> Reals:
        """The ringing after each heel strike."""
        begun = contacts + SHOCK_DELAY_S
        last = np.searchsorted(begun, at_s, side="right") - 1
        since = np.where(last >= 0, np.minimum(at_s - begun[last], 1.0), 1.0)
        near, far = self._carriage.shock
        foot = np.where((np.arange(len(contacts)) + self._near_foot) % 2, near, far)
        height = (strength * foot * np.exp(self._rng.normal(0, 0.2, len(contacts))))[last]
        damped = height * np.exp(-since / SHOCK_DECAY_S) * (1 - np.exp(-since / SHOCK_RISE_S))
        # At this phase the ringing has no mean: a blow does not lift anybody.
        phase = np.arctan(TURN * self._shock_hz * SHOCK_DECAY_S)
        ringing = np.sin(TURN * self._shock_hz * since[:, None] - phase)
        return np.asarray(damped[:, None] * self._shock_shares * ringing)

    def _handled(self, at_s: Reals) -> Reals:
        """Hands at a phone: they reach, turn and come to rest, and type in between.

        Source: a reach of a hand has the least jerk it can have (Flash and Hogan, 1985,
        doi:10.1523/JNEUROSCI.05-07-01688.1985); how far, how long and how often is drawn, not measured.
        """
        rng = self._rng
        moved = rng.uniform(0.1, 0.3) * _rough(at_s, 3.0, rng)
        moment = at_s[0] + rng.exponential(0.5)
        while moment < at_s[-1] - 0.4:
            lasts = rng.uniform(0.4, 1.2)
            around = slice(*np.searchsorted(at_s, [moment, moment + lasts]))
            share = (at_s[around] - moment) / lasts
            far_m = float(np.clip(np.exp(rng.normal(np.log(0.18), 0.6)), 0.03, 0.6))
            reach = far_m / lasts**2 * (60 * share - 180 * share**2 + 120 * share**3)
            moved[around] += reach[:, None] * _direction(rng)
            moment += lasts + rng.exponential(1.5)
            if rng.random() < 0.4:
                moment = self._type(at_s, moment, moved)
        return np.asarray(moved)

    def _type(self, at_s: Reals, begin: float, moved: Reals) -> float:
        """Add some seconds of taps; return when they end."""
        rng = self._rng
        end = begin + rng.uniform(1, 6)
        tap, direction = begin, _direction(rng)
        while tap < end:
            around = slice(*np.searchsorted(at_s, [tap, tap + 0.2]))
            since = at_s[around] - tap
            ring = np.exp(-since / 0.02) * np.sin(TURN * rng.uniform(12, 25) * since)
            moved[around] += rng.exponential(1.0) * ring[:, None] * direction
            tap += rng.uniform(0.12, 0.5)
        return end

    def _shaken(self, at_s: Reals) -> Reals:
        rng = self._rng
        direction = _direction(rng)
        hertz = rng.uniform(1.8, 5.0) * (1 + 0.05 * _rough(at_s, 0.5, rng)[:, 0])
        cycles = np.cumsum(hertz) * (at_s[1] - at_s[0]) if len(at_s) > 1 else at_s
        grown = np.minimum(1.0, 3 * np.minimum(at_s - at_s[0], at_s[-1] - at_s))
        swing = rng.uniform(4, 14) * grown * (np.sin(TURN * cycles) + 0.25 * np.sin(2 * TURN * cycles))
        return np.asarray(swing[:, None] * direction + 0.5 * _rough(at_s, 4.0, rng))


def _direction(rng: np.random.Generator) -> Reals:
    drawn = rng.normal(size=3)
    return np.asarray(drawn / np.linalg.norm(drawn))


def _rough(at_s: Reals, hertz: float, rng: np.random.Generator, *, is_fast: bool = False) -> Reals:
    """Three independent noises of unit power, below `hertz` or, if fast, near it; shape (n, 3)."""
    lasts = at_s[-1] - at_s[0]
    every = 1 / (16 * hertz)
    count = int(lasts / every) + 2
    width = np.diff(np.hanning(11)) if is_fast else np.hanning(11)[1:-1]
    noise = rng.normal(size=(count + len(width) - 1, 3))
    smooth = np.stack([np.convolve(axis, width / np.linalg.norm(width), "valid") for axis in noise.T], axis=1)
    knots = at_s[0] + every * np.arange(count)
    return np.stack([np.interp(at_s, knots, axis) for axis in smooth.T], axis=1)
