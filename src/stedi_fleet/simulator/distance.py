"""What a Step Trainer measures: a dip at every footfall, noise, and footfalls it does not see."""

import numpy as np

from stedi.sources.records import Reals

READ_EVERY_S = 0.1
JITTER_S = 0.004
BASE_MM = (240.0, 260.0)
DIP_MM = (100.0, 150.0)
DIP_WIDTH_S = 0.055
NOISE_MM = 8.0
MISSED = 0.015
"""Share of footfalls that make no dip worth the name."""
DROP_OUTS_A_MINUTE = 0.5
RANGE_MM = (20.0, 4000.0)


def distance(contacts_s: Reals, seconds: float, rng: np.random.Generator) -> tuple[Reals, Reals]:
    """Read the distance about ten times a second.

    Args:
        contacts_s: Moments of initial contact of either foot, ascending.
        seconds: How long to read.
        rng: Of everything random.

    Returns:
        Moments in s, ascending, and distances in mm, both of shape (m,).
    """
    count = int((seconds - 0.2) / READ_EVERY_S)
    at_s = np.asarray(rng.uniform(0.05, 0.15) + READ_EVERY_S * np.arange(count), np.float64)
    at_s += np.clip(rng.normal(0, JITTER_S, count), -0.02, 0.02)
    for begin in rng.uniform(0, seconds, rng.poisson(DROP_OUTS_A_MINUTE * seconds / 60)):
        at_s = at_s[(at_s < begin) | (at_s > begin + rng.uniform(0.5, 2.5))]
    # Footfalls at no time stand on either side, so that every reading lies between two.
    contacts = np.concatenate([[-np.inf], contacts_s, [np.inf]])
    depth = rng.uniform(*DIP_MM) * np.exp(rng.normal(0, 0.1, len(contacts)))
    depth[rng.random(len(contacts)) < MISSED] *= 0.1
    after = np.searchsorted(contacts, at_s)
    mm = rng.uniform(*BASE_MM) + rng.normal(0, NOISE_MM, len(at_s))
    for nearest in (after - 1, after):
        mm -= depth[nearest] * np.exp(-0.5 * ((at_s - contacts[nearest]) / DIP_WIDTH_S) ** 2)
    return at_s, np.clip(mm, *RANGE_MM)
