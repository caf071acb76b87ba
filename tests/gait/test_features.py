"""Features do not depend on how the phone is held, nor on who else is followed."""

import numpy as np

from stedi.gait.features import NAMES, STATE_BYTES, Features
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
    walks = [bins(seed) for seed in range(3)]
    together = Features(3)
    for moment in range(len(walks[0])):
        together.add(*(np.array([signal[moment, axis] for signal in walks]) for axis in range(3)))
        if moment == 700:
            assert together.row.shape == (len(NAMES), 3)
    for lane, signal in enumerate(walks):
        alone = rows(signal, Features())[-1]
        assert (alone == together.row[:, lane]).all()


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
