"""Whether readings are what they are said to be: their unit, their rate, the order of their times."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stedi.ground.errors import QualityGateError

Floats = NDArray[np.float64]

STANDARD_GRAVITY = 9.80665
LEAST_RATE_HZ = 20.0
GREATEST_RATE_HZ = 1000.0
SLACK = 0.975
"""A clock may run a little slow and its rate still be what it is called."""

TIME_UNITS = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}
"""In ms."""

UNITS = {"m/s2": 1.0, "g": STANDARD_GRAVITY}
"""In m/s2."""

OPENING_MS = 2000.0
OPENING_SAMPLES = 40
BLOCK_SAMPLES = 256
_GRAVITY = (4.0, 25.0)
_EQUAL_TIMES = 0.2
_GAP = 10.0


class Sample(NamedTuple):
    """One reading of the phone.

    Attributes:
        t_ms: When, on the clock of the input.
        x: m/s2; NaN where it is missing.
        y: m/s2.
        z: m/s2.
        line: Where in the input it stands, from 1.
    """

    t_ms: float
    x: float
    y: float
    z: float
    line: int


class InputError(QualityGateError):
    """Readings are not what they are said to be, so no step is told of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(
            "These readings are not as --columns, --time-unit and --unit say; no step is told.", faults
        )


def rate_hz(t_ms: Floats) -> float:
    """Samples a second, gaps left aside; 0 with fewer than two times.

    Args:
        t_ms: Ascending, shape (n,).
    """
    between = np.diff(t_ms)
    between = between[between > 0]
    if not len(between):
        return 0.0
    return float(1000.0 / between[between <= _GAP * np.median(between)].mean())


def faults_of(t_ms: Floats, acceleration: Floats, *, time_unit: str = "ms", unit: str = "m/s2") -> list[str]:
    """What speaks against some readings, each with what to do; empty where nothing does.

    Args:
        t_ms: Their times, in ms by what was said of them, shape (n,).
        acceleration: x, y, z, in m/s2 by what was said of them, NaN where missing, shape (n, 3).
        time_unit: What was said of the times.
        unit: What was said of the acceleration.
    """
    if len(t_ms) < 2:
        return ["fewer than two readings: nothing can be said of them"]
    if not np.isfinite(t_ms).all():
        return ["a time is missing or no number"]
    back = np.flatnonzero(np.diff(t_ms) < 0)
    if len(back):
        return [
            f"times go back at {len(back):,} of {len(t_ms):,} readings, at first after reading "
            f"{back[0] + 1:,}: they are not in order"
        ]
    return [*_rate_faults(t_ms, time_unit), *_unit_faults(acceleration, unit)]


def _rate_faults(t_ms: Floats, time_unit: str) -> list[str]:
    equal = float(np.mean(np.diff(t_ms) == 0))
    if equal > _EQUAL_TIMES:
        return [
            f"{equal:.0%} of the readings have the time of the one before: "
            "their clock is too coarse, tell times to the millisecond"
        ]
    rate = rate_hz(t_ms)
    if LEAST_RATE_HZ * SLACK <= rate <= GREATEST_RATE_HZ:
        return []
    fault = f"{_number(rate)} readings a second, and {LEAST_RATE_HZ:g} to {GREATEST_RATE_HZ:g} are needed"
    for other, factor in TIME_UNITS.items():
        if other != time_unit and LEAST_RATE_HZ <= rate * TIME_UNITS[time_unit] / factor <= GREATEST_RATE_HZ:
            told = _number(rate * TIME_UNITS[time_unit] / factor)
            return [f"{fault}; they would be {told} if times were in {other}"]
    return [fault]


def _unit_faults(acceleration: Floats, unit: str) -> list[str]:
    size = np.linalg.norm(acceleration, axis=1)
    size = size[np.isfinite(size)]
    if not len(size):
        return ["no reading has three numbers"]
    median = float(np.median(size))
    if _GRAVITY[0] <= median <= _GRAVITY[1]:
        return []
    told = median / UNITS[unit]
    for other, factor in UNITS.items():
        if other != unit and _GRAVITY[0] <= told * factor <= _GRAVITY[1]:
            return [f"gravity is about {_number(told)}, as if the axes were in {other} and not in {unit}"]
    gravity = STANDARD_GRAVITY / UNITS[unit]
    if median < _GRAVITY[0]:
        return [
            f"gravity is missing (about {_number(told)} {unit}, not {gravity:.2g}): "
            "readings with gravity are needed, not linear acceleration"
        ]
    return [f"gravity is about {_number(told)} {unit}, not {gravity:.2g}: neither m/s2 nor g"]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def checked(samples: Iterable[Sample], *, time_unit: str = "ms", unit: str = "m/s2") -> Iterator[Sample]:
    """Let samples pass, in bounded memory, once their beginning is what it is said to be.

    The first two seconds are held until their rate and unit are known. From then on each sample passes
    at once, and times that go back or a rate that falls end it. A second sample of the same time
    is left out.

    Raises:
        InputError: They are not what they are said to be.
    """
    opening: list[Sample] = []
    is_open = True
    block: list[float] = []
    last: Sample | None = None
    equal = 0
    for sample in samples:
        if last is not None and sample.t_ms < last.t_ms:
            raise InputError(
                [
                    f"line {sample.line:,}: the time goes back by {_number(last.t_ms - sample.t_ms)} ms: "
                    "they are not in order"
                ]
            )
        equal = equal + 1 if last is not None and sample.t_ms == last.t_ms else 0
        last = sample
        if is_open:
            opening.append(sample)
            is_long = sample.t_ms - opening[0].t_ms >= OPENING_MS or len(opening) >= 4 * GREATEST_RATE_HZ
            if len(opening) >= OPENING_SAMPLES and is_long:
                is_open = False
                yield from _opened(opening, time_unit, unit)
                opening = []
            continue
        if equal:
            if equal > BLOCK_SAMPLES:
                raise InputError([f"line {sample.line:,}: the time stands still"])
            continue
        block.append(sample.t_ms)
        if len(block) == BLOCK_SAMPLES:
            if faults := _rate_faults(np.array(block), time_unit):
                raise InputError([f"up to line {sample.line:,}: {fault}" for fault in faults])
            block = []
        yield sample
    if is_open:
        yield from _opened(opening, time_unit, unit)


def _opened(opening: list[Sample], time_unit: str, unit: str) -> Iterator[Sample]:
    """The samples that were held, each time once."""
    if not opening:
        raise InputError(["there is no reading"])
    readings = np.array([sample[:4] for sample in opening])
    if faults := faults_of(readings[:, 0], readings[:, 1:], time_unit=time_unit, unit=unit):
        raise InputError(faults)
    before = -np.inf
    for sample in opening:
        if sample.t_ms > before:
            yield sample
        before = sample.t_ms
