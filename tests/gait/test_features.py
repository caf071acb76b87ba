"""Features do not depend on how the phone is held, nor on who else is followed."""

import numpy as np

from stedi.gait.features import ROOM, STATE_BYTES, Features
from stedi.gait.lanes import Lanes
from walking import rotation, walk


def bins(seed: int) -> np.ndarray:  # type: ignore[type-arg]
    return walk(seed, seconds=20.0, rate_hz=50.0).acceleration


def rows(signal: np.ndarray, followed: Features) -> np.ndarray:  # type: ignore[type-arg]
    told = []
    for x, y, z in signal.tolist():
        followed.add(x, y, z)
        told.append(followed.row.copy())
    return np.array(told)


def test_turning_the_phone_changes_no_feature() -> None:
    signal = bins(1)
    plain = rows(signal, Features())
    for seed in range(5):
        turned = rows(signal @ rotation(seed).T, Features())
        # The side component is a root of a difference, so its error is the root of the rounding.
        assert np.abs(turned - plain).max() < 1e-5


def test_each_lane_is_as_if_alone_bit_for_bit() -> None:
    """Whoever else takes a bin, and whenever each began; longer than a lane has room for."""
    rng = np.random.default_rng(4)
    walks = [bins(seed) for seed in range(5)]
    together, alone = Lanes(2), [Features() for _ in walks]
    together.grow(5)
    taken = np.zeros(5, dtype=np.intp)
    for moment in range(1200):
        lanes = rng.permutation(5)[: rng.integers(1, 6)]
        if moment == 700:
            together.clear(2)
            alone[2].clear()
        found, levels = together.add(lanes, np.array([walks[lane][taken[lane] % 1000] for lane in lanes]))
        for lane, row, level in zip(lanes, found, levels, strict=True):
            alone[lane].add(*walks[lane][taken[lane] % 1000].tolist())
            assert (alone[lane].row == row).all()
            assert alone[lane].level == level
        taken[lanes] += 1
    assert taken.min() > 2 * ROOM


def test_more_than_its_room_is_no_seam() -> None:
    signal = np.concatenate([bins(seed) for seed in range(6)])
    assert len(signal) > 4096  # more than it keeps room for
    whole, restored = Features(), Features()
    for number, (x, y, z) in enumerate(signal.tolist()):
        whole.add(x, y, z)
        restored.add(x, y, z)
        assert (whole.row == restored.row).all()
        if number % 1000 == 999:
            state = restored.state()
            assert len(state) == STATE_BYTES
            restored = Features()
            restored.restore(state)


def test_zero_gravity_and_a_first_bin_are_finite() -> None:
    for bin_ in ((0.0, 0.0, 0.0), (1e-12, 0.0, 0.0), (160.0, -160.0, 160.0)):
        followed = Features()
        followed.add(*bin_)
        assert np.isfinite(followed.row).all()
