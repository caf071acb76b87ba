"""What the model sees every 20 ms: features that turning the phone does not change.

Where the formulas are from. Gravity as a running mean of acceleration, and the part of acceleration along
it: D. Mizell, Using gravity to estimate accelerometer orientation, ISWC 2003; running and not over a whole
recording, so that it is known at once, as in Android's reference of SensorEvent. Steps as peaks of the
autocorrelation of trunk acceleration: R. Moe-Nilssen and J. L. Helbostad, Estimation of gait cycle
characteristics by trunk accelerometry, Journal of Biomechanics 37 (2004). That it is kept up to date a
bin at a time with exponential weights, the lags, the time constants and the division by the level are ours.
"""

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stedi.gait.resampling import BIN_MS

Number = Any
"""A float, or an array of one a lane."""

Numbers = tuple[Number, ...]

VERSION = 1
"""Of the features; a model is used with the version it was trained on."""

_LAGS = (0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 15, 18, 21, 24, 27, 30, 35, 40, 45, 50, 55, 60, 70)
_SIDE_LAGS = (0, 2, 4, 6, 9, 12, 15, 20, 25, 30, 40, 50)
_TOTAL_PERIODS = tuple(range(12, 72, 2))
_VERTICAL_PERIODS = tuple(range(12, 72, 4))
_SHAPE = ("level", "burst", "total_band", "vertical_band", "side_band")

NAMES: tuple[str, ...] = (
    *(f"total_{lag * 20}" for lag in _LAGS),
    *(f"vertical_{lag * 20}" for lag in _LAGS),
    *(f"side_{lag * 20}" for lag in _SIDE_LAGS),
    *(f"total_period_{lag * 20}" for lag in _TOTAL_PERIODS),
    *(f"vertical_period_{lag * 20}" for lag in _VERTICAL_PERIODS),
    *_SHAPE,
)
"""One a feature: signal and its lag, or the period of an autocorrelation, in ms."""

SIGNALS, KEPT, ROOM = 5, 71, 256
NOW = len(_LAGS) * 2 + len(_SIDE_LAGS)
N_PERIODS = len(_TOTAL_PERIODS) + len(_VERTICAL_PERIODS)
TAKEN = NOW + N_PERIODS
TOTAL = slice(0, len(_TOTAL_PERIODS))
VERTICAL = slice(len(_TOTAL_PERIODS), N_PERIODS)
_SMALLEST = 0.3


def _share(tau_ms: float) -> float:
    return 1.0 - math.exp(-BIN_MS / tau_ms)


GRAVITY, _LEVEL, _BURST = _share(1500.0), _share(1500.0), _share(300.0)
_LIGHT, _SIDE, _BAND, _BASE = _share(40.0), _share(60.0), _share(100.0), _share(800.0)
REST = 1.0 - _LEVEL
_REST_OF_EACH = np.full(N_PERIODS, REST, dtype=np.float32)
_WHICH_SCALE = np.repeat(
    np.arange(5),
    [NOW, *(len(_TOTAL_PERIODS), len(_VERTICAL_PERIODS)) * 2],
)
# Without keywords, a call of these takes half the time.
_multiply, _add = np.multiply, np.add
N_MEANS = 17
_SCALARS = struct.Struct(f"<{1 + N_MEANS}d")
_FIVE = struct.Struct("<5f")
_MOMENT_BYTES, _SHAPE_AT, _pack = _FIVE.size, 4 * TAKEN, _FIVE.pack_into


def offsets() -> NDArray[np.intp]:
    """Where in the signals of the last `KEPT` bins the values of a row stand."""
    columns = (
        (0, _LAGS), (1, _LAGS), (2, _SIDE_LAGS), (3, _TOTAL_PERIODS), (4, _VERTICAL_PERIODS)
    )  # fmt: skip
    return np.array(
        [(KEPT - 1 - lag) * SIGNALS + signal for signal, lags in columns for lag in lags], dtype=np.intp
    )


def moment(
    means: Numbers, share: Number, x: Number, y: Number, z: Number, sqrt: Any
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Take one bin into the running means, of one phone, or as arrays of many.

    Each operation is one that IEEE 754 rounds the same in an array.

    Args:
        means: Gravity (3), smoothed signals (8) and powers (6) before the bin.
        share: Of the bin in gravity.
        x: Mean acceleration of the bin in m/s2; so are y and z.
        sqrt: For such numbers.

    Returns:
        The means; the signals that are remembered (total, vertical and side, smoothed, and total and vertical
        around their mean); by what lagged values, products of total and of vertical, and autocorrelations of
        total and of vertical are multiplied; the features of `_SHAPE`, of which the first is the level.
    """
    (
        gx, gy, gz, light_t, light_v, side_mean, side_light, band_t, base_t, band_v, base_v,
        power_t, power_v, burst, power_side, power_band_t, power_band_v,
    ) = means  # fmt: skip
    gx = gx + share * (x - gx)
    gy = gy + share * (y - gy)
    gz = gz + share * (z - gz)
    gravity = sqrt(gx * gx + gy * gy + gz * gz) + 1e-9
    along = (x * gx + y * gy + z * gz) / gravity
    square = x * x + y * y + z * z
    total, vertical = sqrt(square) - gravity, along - gravity
    side = sqrt(abs(square - along * along))

    # Band-pass as the difference of two exponential means: 100 ms takes out shocks, 800 ms what drifts. Ours.
    light_t = light_t + _LIGHT * (total - light_t)
    light_v = light_v + _LIGHT * (vertical - light_v)
    side_mean = side_mean + _LEVEL * (side - side_mean)
    side = side - side_mean
    side_light = side_light + _SIDE * (side - side_light)
    band_t = band_t + _BAND * (total - band_t)
    base_t = base_t + _BASE * (total - base_t)
    band_v = band_v + _BAND * (vertical - band_v)
    base_v = base_v + _BASE * (vertical - base_v)
    sway_t, sway_v = band_t - base_t, band_v - base_v

    square_t = total * total
    power_t = power_t + _LEVEL * (square_t - power_t)
    power_v = power_v + _LEVEL * (vertical * vertical - power_v)
    burst = burst + _BURST * (square_t - burst)
    power_side = power_side + _LEVEL * (side * side - power_side)
    power_band_t = power_band_t + _LEVEL * (sway_t * sway_t - power_band_t)
    power_band_v = power_band_v + _LEVEL * (sway_v * sway_v - power_band_v)
    level = sqrt(power_t + 0.5 * power_v)
    inverse = 1.0 / (level + _SMALLEST)
    return (
        (
            gx, gy, gz, light_t, light_v, side_mean, side_light, band_t, base_t, band_v, base_v,
            power_t, power_v, burst, power_side, power_band_t, power_band_v,
        ),
        (light_t, light_v, side_light, sway_t, sway_v),
        (
            inverse, _LEVEL * sway_t, _LEVEL * sway_v,
            1.0 / (power_band_t + 0.01), 1.0 / (power_band_v + 0.01),
        ),
        (
            level,
            sqrt(burst) * inverse,
            sqrt(power_band_t) * inverse,
            sqrt(power_band_v) * inverse,
            sqrt(power_side) * inverse,
        ),
    )  # fmt: skip


class Features:
    """A row of features a bin, from the phone's acceleration alone, in constant time and memory.

    Gravity is an exponential mean over 1.5 s. From it and the bin come the total (|a| - g), the vertical
    (along gravity) and the side (across it): none depends on how the phone is held. Lagged values are divided
    by the level of the last 1.5 s, so that a soft walk looks as a hard one.

    Attributes:
        row: The newest row, shape (n_features,), float32; the next bin overwrites it.
        level: Root mean square of the signal over the last 1.5 s, in m/s2.
    """

    # A scalar is packed into the memory of an array: to convert it takes numpy four times as long.
    __slots__ = (
        "row", "level", "_row", "_memory", "_past", "_windows", "_scalars", "_spread", "_scales", "_taken",
        "_by_taken", "_products", "_periods", "_by_periods", "_offsets", "_at", "_bins", "_means",
    )  # fmt: skip

    def __init__(self) -> None:
        self._row = bytearray(4 * len(NAMES))
        self.row: NDArray[np.float32] = np.frombuffer(self._row, np.float32)
        self._taken = self.row[:TAKEN]
        self._products = self.row[NOW:TAKEN]
        self._memory = bytearray(4 * ROOM * SIGNALS)
        self._past = np.frombuffer(self._memory, np.float32).reshape(ROOM, SIGNALS)
        flat = self._past.reshape(-1)
        ends = range(KEPT * SIGNALS, ROOM * SIGNALS + 1, SIGNALS)
        self._windows = [flat[end - KEPT * SIGNALS : end].take for end in ends]
        self._offsets = offsets()
        self._scalars = bytearray(_MOMENT_BYTES)
        self._spread = np.frombuffer(self._scalars, np.float32).take
        self._scales = np.zeros(TAKEN + N_PERIODS, dtype=np.float32)
        self._by_taken, self._by_periods = self._scales[:TAKEN], self._scales[TAKEN:]
        self._periods = np.zeros(N_PERIODS, dtype=np.float32)
        self.clear()

    def clear(self) -> None:
        """Forget everything, as after a long gap."""
        self._past[:KEPT] = 0.0
        self._at = KEPT - 1
        self._periods[:] = 0.0
        self._bins = 0
        self._means: Numbers = (0.0,) * N_MEANS
        self.level = 0.0

    def add(self, x: float, y: float, z: float) -> None:
        """Take the mean acceleration of the next bin, in m/s2, and write `row`."""
        self._bins = bins = self._bins + 1
        share = 1.0 / bins
        self._means, signals, scales, shape = moment(
            self._means, share if share > GRAVITY else GRAVITY, x, y, z, math.sqrt
        )
        self.level = shape[0]
        at = self._at + 1
        if at == ROOM:
            self._past[: KEPT - 1] = self._past[ROOM - KEPT + 1 :]
            at = KEPT - 1
        self._at = at
        _pack(self._memory, at * _MOMENT_BYTES, *signals)
        self._windows[at - KEPT + 1](self._offsets, 0, self._taken, "clip")
        _pack(self._scalars, 0, *scales)
        self._spread(_WHICH_SCALE, 0, self._scales, "clip")
        taken, products, periods = self._taken, self._products, self._periods
        _multiply(taken, self._by_taken, taken)
        _multiply(periods, _REST_OF_EACH, periods)
        _add(periods, products, periods)
        _multiply(periods, self._by_periods, products)
        _pack(self._row, _SHAPE_AT, *shape)

    def state(self) -> bytes:
        """All it remembers of a phone; of constant size."""
        past = self._past[self._at + 1 - KEPT : self._at + 1]
        return _SCALARS.pack(self._bins, *self._means) + past.tobytes() + self._periods.tobytes()

    def restore(self, state: bytes) -> None:
        """Go on from a state."""
        bins, *means = _SCALARS.unpack_from(state)
        self._bins, self._means = int(bins), tuple(means)
        rest = np.frombuffer(state, dtype=np.float32, offset=_SCALARS.size)
        self._past[:KEPT] = rest[: KEPT * SIGNALS].reshape(KEPT, SIGNALS)
        self._at = KEPT - 1
        self._periods[:] = rest[KEPT * SIGNALS :]


STATE_BYTES = _SCALARS.size + (KEPT * SIGNALS + N_PERIODS) * 4
