"""The signal of a walk: steps, and what a phone and a Step Trainer measure of them.

A kinematic model, made to look like walking and not fitted to anybody: the trunk rises and falls once a
step, sways once a stride, and each heel strike sends a short damped shock. No claim of accuracy rests on it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stedi.sources.records import Distances, Instants, Reals

GRAVITY_MPS2 = 9.80665
PHONE_INTERVAL_MS = 20
TRAINER_INTERVAL_MS = 100
DISTANCE_RANGE_MM = (20, 4000)
DISTANCE_NOISE_MM = 8.0
DIP_WIDTH_S = 0.055
SHOCK_HZ = 10.0
SHOCK_DECAY_S = 0.045


@dataclass(frozen=True)
class Walker:
    """How one person walks.

    Attributes:
        cadence_spm: Usual steps per minute.
        rise_m: Half the height by which the trunk rises and falls in a step.
        forward: Fore-aft acceleration, as a share of the vertical one.
        sway: Sideways acceleration, as a share of the vertical one.
        harmonics: Shares of the second to fourth harmonic of a step.
        phases: Their phases in turns.
        shock_mps2: Height of the heel strike.
        asymmetry: By what share steps of the left foot are longer in time than those of the right.
        base_mm: What the Step Trainer reads between footfalls.
        dip_mm: By how much a footfall comes nearer.
    """

    cadence_spm: float
    rise_m: float
    forward: float
    sway: float
    harmonics: Reals
    phases: Reals
    shock_mps2: float
    asymmetry: float
    base_mm: float
    dip_mm: float


@dataclass(frozen=True)
class Recording:
    """What the sensors recorded of one stretch, and what truly happened.

    Attributes:
        phone_ms: Times of the phone readings, shape (n,).
        acceleration_mps2: Acceleration with gravity in the phone's axes, shape (n, 3).
        trainer_ms: Times of the Step Trainer readings, shape (m,).
        distance_mm: Distance to the nearest object, shape (m,).
        steps_ms: Moments of initial contact, shape (k,).
        bouts: Index into `steps_ms` of the first and the last contact of each walking bout, shape (b, 2).
    """

    phone_ms: Instants
    acceleration_mps2: Reals
    trainer_ms: Instants
    distance_mm: Distances
    steps_ms: Instants
    bouts: Instants


def walker(rng: np.random.Generator) -> Walker:
    """Draw a person."""
    return Walker(
        cadence_spm=rng.uniform(84, 126),
        rise_m=rng.uniform(0.014, 0.024),
        forward=rng.uniform(0.45, 0.75),
        sway=rng.uniform(0.2, 0.45),
        harmonics=rng.uniform([0.2, 0.06, 0.02], [0.45, 0.2, 0.08]),
        phases=rng.uniform(0, 1, 3),
        shock_mps2=rng.uniform(1.5, 5.0),
        asymmetry=rng.uniform(-0.03, 0.03),
        base_mm=rng.uniform(240, 260),
        dip_mm=rng.uniform(110, 150),
    )


def recording(person: Walker, start_ms: int, seconds: float, rng: np.random.Generator) -> Recording:
    """Record a stretch of `seconds`, 12 at least: bouts of walking with short stands between them."""
    bouts = _bouts(person, seconds, rng)
    phone_s = _ticks(seconds, PHONE_INTERVAL_MS, 1.5, 6, rng)
    trainer_s = _ticks(seconds, TRAINER_INTERVAL_MS, 4.0, 20, rng)
    acceleration = _in_phone_axes(*_trunk(person, bouts, phone_s, rng), phone_s, rng)
    distance = _distance(person, np.concatenate(bouts), trainer_s, rng)
    phone_on, trainer_on = (_received(at, seconds, rng) for at in (phone_s, trainer_s))
    ends = np.cumsum([len(bout) for bout in bouts])
    return Recording(
        phone_ms=_instants(phone_s, start_ms)[phone_on],
        # Adding zero turns -0.0 into 0.0.
        acceleration_mps2=np.round(acceleration, 4)[phone_on] + 0.0,
        trainer_ms=_instants(trainer_s, start_ms)[trainer_on],
        distance_mm=distance[trainer_on],
        steps_ms=_instants(np.concatenate(bouts), start_ms),
        bouts=np.stack([np.concatenate([[0], ends[:-1]]), ends - 1], axis=1),
    )


def _instants(at_s: Reals, start_ms: int) -> Instants:
    return start_ms + np.rint(at_s * 1000).astype(np.int64)


def _ticks(
    seconds: float, interval_ms: int, jitter_ms: float, most_ms: int, rng: np.random.Generator
) -> Reals:
    """Whole-millisecond times of a sensor in seconds: own phase, jitter short of changing their order."""
    phase = rng.integers(most_ms, interval_ms + most_ms)
    count = int((seconds * 1000 - phase - most_ms) // interval_ms)
    jitter = np.clip(np.rint(rng.normal(0, jitter_ms, count)), -most_ms, most_ms)
    at_s: Reals = (phase + interval_ms * np.arange(count) + jitter) / 1000
    return at_s


def _bouts(person: Walker, seconds: float, rng: np.random.Generator) -> list[Reals]:
    """Moments of initial contact in seconds, one array a walking bout."""
    bouts: list[Reals] = []
    begin = rng.uniform(1.5, 3.0)
    while seconds - begin > 6:
        end = min(begin + rng.uniform(12, 40), seconds - 1.5)
        interval_s = 60 / (person.cadence_spm * rng.uniform(0.96, 1.04))
        count = int((end - begin) / interval_s) + 1
        wander = np.convolve(rng.normal(0, 0.012, count + 4), np.ones(5) / np.sqrt(5), "valid")
        intervals = interval_s * (1 + wander + rng.normal(0, 0.012, count))
        intervals *= 1 + person.asymmetry * (-1.0) ** np.arange(count)
        intervals[:2] *= [1.2, 1.08]  # setting off
        intervals[-1] *= 1.15  # coming to a stand
        contacts = begin + np.cumsum(intervals)
        bouts.append(contacts[contacts < end])
        begin = end + rng.uniform(4, 10)
    return bouts


def _trunk(person: Walker, bouts: list[Reals], at_s: Reals, rng: np.random.Generator) -> tuple[Reals, Reals]:
    """Acceleration forward, sideways and upward without gravity, shape (n, 3), and the stride's swing.

    A phase grows by one from contact to contact; an envelope is zero where nobody walks.
    """
    interval_s = 60 / person.cadence_spm
    knots = np.concatenate([[b[0] - 1.1 * interval_s, *b, b[-1] + interval_s] for b in bouts])
    strength = np.concatenate([[0.0, *rng.normal(1, 0.08, len(b)), 0.0] for b in bouts])
    phase = np.interp(at_s, knots, np.arange(len(knots)))
    envelope = np.interp(at_s, knots, strength, left=0, right=0)

    turn = 2 * np.pi
    # The trunk is lowest, and pushed upward most, a tenth of a step after the contact.
    lag = phase - 0.1
    overtones = sum(
        share * np.cos(turn * (order * lag + shift))
        for order, share, shift in zip((2, 3, 4), person.harmonics, person.phases, strict=True)
    )
    height_mps2 = person.rise_m * (turn / interval_s) ** 2
    swing = np.cos(turn * (phase / 2 - 0.1)) * envelope
    upward = height_mps2 * (np.cos(turn * lag) + overtones) * envelope
    forward = height_mps2 * person.forward * (np.sin(turn * lag) + 0.6 * overtones) * envelope
    sideways = height_mps2 * person.sway * swing

    shock = _shock(np.concatenate(bouts), at_s, rng) * person.shock_mps2
    trunk = np.stack([forward - 0.6 * shock, sideways + 0.2 * shock, upward + shock], axis=1)
    idle_hz, idle_phase = rng.uniform(0.15, 1.0, 3), rng.uniform(0, turn, 3)
    trunk += 0.05 * np.sin(turn * idle_hz * at_s[:, None] + idle_phase)
    return trunk, swing


def _shock(contacts: Reals, at_s: Reals, rng: np.random.Generator) -> Reals:
    """The damped ringing after each contact, about one high."""
    last = np.searchsorted(contacts, at_s, side="right") - 1
    since = np.where(last >= 0, at_s - contacts[last], np.inf)
    since = np.minimum(since, 1.0)
    strength = np.clip(rng.normal(1, 0.15, len(contacts)), 0.4, 1.6)[last]
    ringing: Reals = 1.6 * strength * np.exp(-since / SHOCK_DECAY_S) * np.sin(2 * np.pi * SHOCK_HZ * since)
    return ringing


def _in_phone_axes(trunk: Reals, swing: Reals, at_s: Reals, rng: np.random.Generator) -> Reals:
    """What a phone carried at a random attitude reads: it drifts by degrees and rocks with the stride."""
    slow = 2 * np.pi * at_s[:, None] / rng.uniform(50, 150, 2) + rng.uniform(0, 2 * np.pi, 2)
    tilt = (
        np.radians(rng.uniform(2, 6, 2)) * np.sin(slow)
        + np.radians(rng.uniform(0.5, 2.5, 2)) * swing[:, None]
    )
    (cos_a, cos_b), (sin_a, sin_b) = np.cos(tilt).T, np.sin(tilt).T
    forward, sideways, upward = trunk[:, 0], trunk[:, 1], trunk[:, 2] + GRAVITY_MPS2
    sideways, upward = cos_a * sideways - sin_a * upward, sin_a * sideways + cos_a * upward
    forward, upward = cos_b * forward + sin_b * upward, cos_b * upward - sin_b * forward
    # Signs as of the diagonal: without them the factor favours some attitudes.
    attitude, triangle = np.linalg.qr(rng.normal(size=(3, 3)))
    attitude *= np.sign(np.diag(triangle))
    attitude *= np.sign(np.linalg.det(attitude))
    noise = rng.normal(0, 0.04, trunk.shape)
    read: Reals = np.stack([forward, sideways, upward], axis=1) @ attitude.T + noise
    return read


def _distance(person: Walker, contacts: Reals, at_s: Reals, rng: np.random.Generator) -> Distances:
    """Distance in whole mm: a dip at every footfall of either foot."""
    # Footfalls at no time stand on either side, so that every reading lies between two.
    contacts = np.concatenate([[-np.inf], contacts, [np.inf]])
    depth = rng.normal(person.dip_mm, 10, len(contacts))
    after = np.searchsorted(contacts, at_s)
    distance = person.base_mm + rng.normal(0, DISTANCE_NOISE_MM, len(at_s))
    for nearest in (after - 1, after):
        distance -= depth[nearest] * np.exp(-0.5 * ((at_s - contacts[nearest]) / DIP_WIDTH_S) ** 2)
    return np.clip(np.rint(distance), *DISTANCE_RANGE_MM).astype(np.int64)


def _received(at_s: Reals, seconds: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which readings arrived: one drop-out of a second or more in every minute begun."""
    arrived = np.ones(len(at_s), bool)
    for _ in range(int(np.ceil(seconds / 60))):
        begin = rng.uniform(0.05, 0.85) * seconds
        arrived &= (at_s < begin) | (at_s > begin + rng.uniform(1.05, 2.5))
    return arrived
