"""A phone's accelerometer: its rate, clock, noise, resolution, and the readings it loses."""

from dataclasses import dataclass

import numpy as np

from stedi.sources.records import Reals

GRAVITY_MPS2 = 9.80665

RATES_HZ = (20.0, 50.0, 50.0, 100.0, 100.0, 200.0, 220.0, 400.0)
"""From which a phone's is drawn; 50 and 100 are the most common."""


@dataclass(frozen=True)
class Phone:
    """What differs between phones.

    Attributes:
        rate_hz: Readings a second.
        jitter: Standard deviation of the interval, as a share of it.
        bimodal: Whether readings come in pairs, a short interval after a long one.
        noise: Standard deviation of each reading, m/s2.
        step: Smallest difference it tells, m/s2.
        range_mps2: Beyond which it tells no more.
        offset: Error of each axis, m/s2.
        drop_outs_a_minute: How often readings are lost.
    """

    rate_hz: float
    jitter: float
    bimodal: bool
    noise: float
    step: float
    range_mps2: float
    offset: tuple[float, float, float]
    drop_outs_a_minute: float


def phone(rng: np.random.Generator, rate_hz: float | None = None) -> Phone:
    """Draw a phone, of a given rate or of any."""
    drawn = float(rng.choice(RATES_HZ))
    x, y, z = rng.normal(0, 0.08, 3).tolist()
    return Phone(
        rate_hz=rate_hz or drawn,
        jitter=rng.uniform(0.01, 0.12),
        bimodal=bool(rng.random() < 0.25),
        noise=rng.uniform(0.008, 0.05),
        step=float(rng.choice([0.0006, 0.0024, 0.0096, 0.0383])),
        range_mps2=float(rng.choice([2, 4, 8], p=[0.05, 0.35, 0.6])) * GRAVITY_MPS2,
        offset=(x, y, z),
        drop_outs_a_minute=rng.uniform(0, 0.6),
    )


def moments(phone: Phone, seconds: float, rng: np.random.Generator) -> Reals:
    """When the phone is read, in s, ascending by at least 0.5 ms; drop-outs left out."""
    interval = 1 / phone.rate_hz
    count = int((seconds - 0.2) * phone.rate_hz)
    at = np.asarray(rng.uniform(0.0, 0.1) + interval * np.arange(count), np.float64)
    if phone.bimodal:
        at[1::2] -= 0.55 * interval
    at += np.clip(rng.normal(0, phone.jitter, count), -0.2, 0.2) * interval
    at = np.maximum.accumulate(at - 0.0005 * np.arange(count)) + 0.0005 * np.arange(count)
    for begin in rng.uniform(0, seconds, rng.poisson(phone.drop_outs_a_minute * seconds / 60)):
        at = at[(at < begin) | (at > begin + min(rng.exponential(0.4), 3.0))]
    return np.asarray(at)


def read(phone: Phone, grid_s: Reals, truth: Reals, at_s: Reals, rng: np.random.Generator) -> Reals:
    """What the phone tells of an acceleration on an even grid, at the moments it is read, shape (n, 3)."""
    every = grid_s[1] - grid_s[0]
    # It averages over half its interval, so that little of what is faster folds back.
    width = max(int(0.5 / phone.rate_hz / every), 1)
    box = np.ones(width) / width
    told = np.stack([np.interp(at_s, grid_s, np.convolve(axis, box, "same")) for axis in truth.T], axis=1)
    told += np.array(phone.offset) + rng.normal(0, phone.noise, told.shape)
    limited = np.clip(told, -phone.range_mps2, phone.range_mps2)
    return np.asarray(np.rint(limited / phone.step) * phone.step)
