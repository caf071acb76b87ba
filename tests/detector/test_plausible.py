"""Wrong units, wrong rates and shuffled times are named before a step is told."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from stedi.detector.plausible import (
    OPENING_SAMPLES,
    STANDARD_GRAVITY,
    InputError,
    Sample,
    checked,
    faults_of,
    rate_hz,
)


def walk(seconds: float = 10.0, rate: float = 50.0, gravity: float = STANDARD_GRAVITY) -> list[Sample]:
    times = np.arange(int(seconds * rate)) * 1000 / rate
    up = gravity * (1 + 0.3 * np.sin(times / 1000 * 2 * np.pi * 1.9))
    return [
        Sample(t, 0.0, 0.1, z, n) for n, (t, z) in enumerate(zip(times.tolist(), up.tolist(), strict=True), 1)
    ]


def faults(some: list[Sample], *, time_unit: str = "ms", unit: str = "m/s2") -> list[str]:
    try:
        list(checked(some, time_unit=time_unit, unit=unit))
    except InputError as error:
        return list(error.faults)
    return []


@pytest.mark.parametrize("rate", [20, 25, 50, 100, 405])
def test_good_readings_pass_as_they_are(rate: float) -> None:
    some = walk(rate=rate)
    assert list(checked(some)) == some


def test_wrong_units_are_named_both_ways() -> None:
    assert faults(walk(gravity=1.0)) == ["gravity is about 1, as if the axes were in g and not in m/s2"]
    # Told as g, what was m/s2 is made ten times as much.
    told_g = walk(gravity=STANDARD_GRAVITY**2)
    assert faults(told_g, unit="g") == ["gravity is about 9.9, as if the axes were in m/s2 and not in g"]
    (fault,) = faults(walk(gravity=0.05))
    assert fault.startswith("gravity is missing (about 0.11 m/s2, not 9.8)")
    assert faults(walk(gravity=981)) == ["gravity is about 992 m/s2, not 9.8: neither m/s2 nor g"]


@pytest.mark.parametrize("rate, told", [(19, "19"), (10, "10"), (1, "1"), (1 / 3, "0.33"), (4000, "4,000")])
def test_wrong_rates_are_named(rate: float, told: str) -> None:
    (fault,) = faults(walk(seconds=max(10, 60 / rate), rate=rate))
    assert fault.startswith(f"{told} readings a second, and 20 to 1000 are needed")


@pytest.mark.parametrize(
    "said, meant, factor", [("ms", "s", 1e-3), ("ms", "us", 1e3), ("ms", "ns", 1e6), ("ns", "ms", 1e-6)]
)
def test_a_wrong_unit_of_time_is_named(said: str, meant: str, factor: float) -> None:
    some = [sample._replace(t_ms=sample.t_ms * factor) for sample in walk(seconds=100, rate=100)]
    (fault,) = faults(some, time_unit=said)
    assert fault.endswith(f"they would be 100 if times were in {meant}")


def test_shuffled_times_are_named() -> None:
    some = walk()
    random = np.random.default_rng(3).permutation(len(some))
    (fault,) = faults([some[n] for n in random])
    assert fault.endswith("they are not in order")
    late = [*some[:300], some[301], some[300], *some[302:]]
    assert faults(late) == ["line 301: the time goes back by 20 ms: they are not in order"]


def test_what_came_before_a_fault_was_told_and_nothing_after() -> None:
    some = walk()
    passed: list[Sample] = []
    with pytest.raises(InputError):
        passed.extend(checked([*some[:300], some[10]]))
    seen = []
    with pytest.raises(InputError):
        for sample in checked([*some[:300], some[10]]):
            seen.append(sample)
    assert seen == some[:300]


def test_a_clock_too_coarse() -> None:
    some = [sample._replace(t_ms=sample.t_ms // 1000 * 1000) for sample in walk()]
    (fault,) = faults(some)
    assert "their clock is too coarse" in fault
    still = [*walk(), *(Sample(9980.0, 0.0, 0.1, 9.8, 500 + n) for n in range(400))]
    assert faults(still)[0].endswith("the time stands still")


def test_a_second_sample_of_a_time_is_left_out() -> None:
    some = walk()
    doubled = [*some[:20], some[19], *some[20:300], some[299], *some[300:]]
    assert list(checked(doubled)) == some


def test_a_gap_is_no_fault_and_a_rate_that_falls_is() -> None:
    some = walk()
    later = [s._replace(t_ms=s.t_ms + 60_000) for s in walk()]
    assert faults([*some, *later]) == []
    slow = [s._replace(t_ms=s.t_ms + 10_000) for s in walk(seconds=60, rate=8)]
    (fault,) = faults([*some, *slow])
    assert "readings a second, and 20 to 1000 are needed" in fault


def test_jitter_of_two_modes_is_no_wrong_rate() -> None:
    times = np.cumsum(np.tile([1.6, 7.8], 1000))
    assert rate_hz(times) == pytest.approx(2000 / 9.4, rel=1e-3)
    dense = np.column_stack([np.zeros((len(times), 2)), np.full(len(times), 9.8)])
    assert faults_of(times, dense) == []


@pytest.mark.parametrize("n", [0, 1])
def test_too_few(n: int) -> None:
    assert len(faults(walk()[:n])) == 1


def test_a_short_input_is_looked_at_when_it_ends() -> None:
    some = walk()[: OPENING_SAMPLES // 2]
    assert list(checked(some)) == some
    assert len(faults(walk(gravity=1.0)[:20])) == 1


def test_drop_outs_are_no_fault_until_nothing_is_left() -> None:
    some = [s._replace(x=float("nan")) if n % 3 else s for n, s in enumerate(walk())]
    assert len(list(checked(some))) == len(some)
    assert faults([s._replace(x=float("nan")) for s in walk()]) == ["no reading has three numbers"]


def test_memory_does_not_grow() -> None:
    def endless() -> Iterator[Sample]:
        for n in itertools.count():
            yield Sample(n * 20.0, 0.0, 0.0, 9.8, n + 1)

    import tracemalloc

    tracemalloc.start()
    for sample in itertools.islice(checked(endless()), 200_000):
        last = sample
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert last.line == 200_000 and peak < 500_000
