"""Clocks that count ns or us since a device was switched on are found, ordinary times never."""

import numpy as np
import pytest

from stedi.sources.clocks import is_wrong_clock, with_long_steps

BOOT = 1_505_000_000_000
DAY = 86_400_000
HOUR = 3_600_000
RATES_HZ = (5, 10, 12.5, 20, 25, 33.3, 50, 52, 60, 66.7, 100, 125, 200, 250)
rng = np.random.default_rng(1)


def whole(times: object) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.asarray(times, dtype=np.float64).astype(np.int64)


@pytest.mark.parametrize("hz", [*RATES_HZ, 400, 500, 1000])
@pytest.mark.parametrize("jitter", [0, 0.001, 0.05])
@pytest.mark.parametrize("count", [100, 1000, 12_000])
def test_nanoseconds(hz: float, jitter: float, count: int) -> None:
    step = 1e9 / hz
    times = whole(BOOT + np.arange(count) * step + rng.normal(0, jitter * step, count))
    assert is_wrong_clock(rng.permutation(times))
    assert is_wrong_clock(np.concatenate([times[: count // 3], times[count // 2 :]])), "two walks"


@pytest.mark.parametrize("hz", [20, 50, 100, 200])
def test_microseconds_of_a_walk(hz: float) -> None:
    at_s = np.arange(3000) / hz
    size = 9.8 + 2 * np.sin(2 * np.pi * 1.8 * at_s) + rng.normal(0, 0.3, 3000)
    times = whole(BOOT + at_s * 1e6)
    assert is_wrong_clock(times, size)
    shuffled = rng.permutation(3000)
    assert is_wrong_clock(times[shuffled], size[shuffled])
    assert not is_wrong_clock(times, 9.8 + rng.normal(0, 2, 3000)), "20 s apart nothing follows"
    assert not is_wrong_clock(times, np.full(3000, 9.8)), "a phone at rest tells nothing"


N = np.arange(300)
ORDINARY = {
    "50 Hz": N * 20,
    "1 Hz": N * 1000,
    "starter data": np.cumsum(rng.uniform(2000, 4000, 300)),
    "every 20 s": N * 20_000,
    "a reading a day": N * DAY,
    "at about one time": N * DAY + rng.normal(0, HOUR, 300),
    "morning and evening": N // 2 * DAY + N % 2 * 10 * HOUR + rng.normal(0, HOUR / 3, 300),
    "three a day": N // 3 * DAY + N % 3 * 4 * HOUR,
    "at any hour": np.cumsum(rng.exponential(DAY / 3, 300)),
    "any time of each day": N * DAY + rng.uniform(0, DAY, 300),
    "weekly": N * 7 * DAY,
    "daytime": N // 5 * DAY + N % 5 * 3 * HOUR,
    "one time": N * 0,
    "walks of a month": N % 100 * 20 + N // 100 * 30 * DAY,
    **{f"every {m} min": N * m * 60_000 + rng.normal(0, 9000, 300) for m in (15, 20, 30, 40, 45, 60, 90)},
    **{f"every {h} h": N * h * HOUR for h in (1, 2, 3, 4, 5, 6, 7, 8, 12, 36)},
}


@pytest.mark.parametrize("what", ORDINARY)
def test_ordinary_times(what: str) -> None:
    times = whole(1_500_000_000_000 + ORDINARY[what])
    for some in (times, times[:30], rng.permutation(times), rng.permutation(times)[:100]):
        assert not is_wrong_clock(some, 9.8 + rng.normal(0, 2, len(some)))


def test_few_readings_tell_nothing() -> None:
    times = whole(BOOT + np.arange(20) * 2e7)
    assert is_wrong_clock(times)
    assert not is_wrong_clock(times[:19])
    assert not is_wrong_clock(np.repeat(times[:19], 6))


@pytest.mark.parametrize("moving", [True, False])
def test_only_devices_that_need_no_look_are_passed_over(moving: bool) -> None:
    kinds = [whole(BOOT + np.arange(300) * 1e9 / hz) for hz in RATES_HZ]
    kinds += [whole(BOOT + np.arange(3000) / hz * 1e6) for hz in (20, 50, 100, 200)]
    kinds += [whole(1_500_000_000_000 + times) for times in ORDINARY.values()]
    kinds += [times[:20] for times in kinds] + [times[:19] for times in kinds]
    size = 9.8 + 2 * np.sin(2 * np.pi * 1.8 * np.arange(3000) / 50)
    devices = np.repeat(np.arange(len(kinds)), [len(times) for times in kinds])
    shuffled = rng.permutation(len(devices))
    found = set(with_long_steps(devices[shuffled], np.concatenate(kinds)[shuffled], moving=moving).tolist())
    sizes = [size[: len(times)] if moving else None for times in kinds]
    wrong = {n for n, times in enumerate(kinds) if is_wrong_clock(times, sizes[n])}
    assert wrong
    assert wrong <= found
    assert len(found) < len(kinds)
