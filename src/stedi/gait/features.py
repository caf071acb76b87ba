"""What the model sees every 20 ms: features that turning the phone does not change."""

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stedi.gait.resampling import BIN_MS

Number = Any
"""A float, or an array of one a lane."""

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

_SIGNALS, _KEPT, _ROOM = 5, 71, 256
_NOW = len(_LAGS) * 2 + len(_SIDE_LAGS)
_PERIODS = len(_TOTAL_PERIODS) + len(_VERTICAL_PERIODS)
_SMALLEST = 0.3


def _share(tau_ms: float) -> float:
    return 1.0 - math.exp(-BIN_MS / tau_ms)


_GRAVITY, _LEVEL, _BURST = _share(1500.0), _share(1500.0), _share(300.0)
_LIGHT, _SIDE, _BAND, _BASE = _share(40.0), _share(60.0), _share(100.0), _share(800.0)
# Without keywords, a call of these takes half the time.
_multiply, _subtract, _add = np.multiply, np.subtract, np.add
_SCALARS = struct.Struct("<18d")


def _offsets() -> NDArray[np.intp]:
    columns = (
        (0, _LAGS), (1, _LAGS), (2, _SIDE_LAGS), (3, _TOTAL_PERIODS), (4, _VERTICAL_PERIODS)
    )  # fmt: skip
    return np.array(
        [(_KEPT - 1 - lag) * _SIGNALS + signal for signal, lags in columns for lag in lags], dtype=np.intp
    )


class Features:
    """A row of features a bin, from the phone's acceleration alone, in constant time and memory.

    Gravity is an exponential mean over 1.5 s. From it and the bin come the total (|a| - g), the vertical
    (along gravity) and the side (across it): none depends on how the phone is held. Lagged values are divided
    by the level of the last 1.5 s, so that a soft walk looks as a hard one.

    With lanes, that many phones are followed in step, each as if alone, bit for bit: every number below is
    then an array over the lanes, and each operation is one that IEEE 754 rounds the same in an array.

    Attributes:
        row: The newest row, shape (n_features,) or (n_features, lanes), float32; the next bin overwrites it.
        level: Root mean square of the signal over the last 1.5 s, in m/s2.
    """

    def __init__(self, lanes: int | None = None) -> None:
        across = () if lanes is None else (lanes,)
        self._sqrt: Any = math.sqrt if lanes is None else np.sqrt
        self.row: NDArray[np.float32] = np.zeros((len(NAMES), *across), dtype=np.float32)
        out = self.row
        self._out_now = out[:_NOW]
        self._out_total = out[_NOW : _NOW + len(_TOTAL_PERIODS)]
        self._out_vertical = out[_NOW + len(_TOTAL_PERIODS) : _NOW + _PERIODS]
        self._out_shape = out[_NOW + _PERIODS :]
        self._offsets = _offsets()
        self._taken = np.zeros((_NOW + _PERIODS, *across))
        self._now = self._taken[:_NOW]
        self._pairs = self._taken[_NOW:]
        self._pairs_total = self._pairs[: len(_TOTAL_PERIODS)]
        self._pairs_vertical = self._pairs[len(_TOTAL_PERIODS) :]
        self._periods = np.zeros((_PERIODS, *across))
        self._periods_total = self._periods[: len(_TOTAL_PERIODS)]
        self._periods_vertical = self._periods[len(_TOTAL_PERIODS) :]
        self._past = np.zeros((_ROOM, _SIGNALS, *across))
        self._flat = self._past.reshape(-1, *across)
        self.clear()

    def clear(self) -> None:
        """Forget everything, as after a long gap."""
        self._past[:_KEPT] = 0.0
        self._at = _KEPT - 1
        self._periods[:] = 0.0
        self._bins = 0
        self._gravity: tuple[Any, ...] = (0.0,) * 3
        self._smooth: tuple[Any, ...] = (0.0,) * 8
        self._power: tuple[Any, ...] = (0.0,) * 6
        self.level: Any = 0.0

    def add(self, x: Number, y: Number, z: Number) -> None:
        """Take the mean acceleration of the next bin, in m/s2, and write `row`."""
        sqrt = self._sqrt
        self._bins += 1
        share = 1.0 / self._bins
        share = share if share > _GRAVITY else _GRAVITY
        gx, gy, gz = self._gravity
        gx += share * (x - gx)
        gy += share * (y - gy)
        gz += share * (z - gz)
        self._gravity = (gx, gy, gz)
        gravity = sqrt(gx * gx + gy * gy + gz * gz) + 1e-9
        along = (x * gx + y * gy + z * gz) / gravity
        square = x * x + y * y + z * z
        total, vertical = sqrt(square) - gravity, along - gravity
        side = sqrt(abs(square - along * along))

        light_t, light_v, side_mean, side_light, band_t, base_t, band_v, base_v = self._smooth
        light_t += _LIGHT * (total - light_t)
        light_v += _LIGHT * (vertical - light_v)
        side_mean += _LEVEL * (side - side_mean)
        side -= side_mean
        side_light += _SIDE * (side - side_light)
        band_t += _BAND * (total - band_t)
        base_t += _BASE * (total - base_t)
        band_v += _BAND * (vertical - band_v)
        base_v += _BASE * (vertical - base_v)
        self._smooth = (light_t, light_v, side_mean, side_light, band_t, base_t, band_v, base_v)
        sway_t, sway_v = band_t - base_t, band_v - base_v

        power_t, power_v, burst, power_side, power_band_t, power_band_v = self._power
        power_t += _LEVEL * (total * total - power_t)
        power_v += _LEVEL * (vertical * vertical - power_v)
        burst += _BURST * (total * total - burst)
        power_side += _LEVEL * (side * side - power_side)
        power_band_t += _LEVEL * (sway_t * sway_t - power_band_t)
        power_band_v += _LEVEL * (sway_v * sway_v - power_band_v)
        self._power = (power_t, power_v, burst, power_side, power_band_t, power_band_v)
        self.level = level = sqrt(power_t + 0.5 * power_v)

        at = self._at + 1
        if at == _ROOM:
            self._past[: _KEPT - 1] = self._past[_ROOM - _KEPT + 1 :]
            at = _KEPT - 1
        self._at = at
        self._past[at] = (light_t, light_v, side_light, sway_t, sway_v)
        window = self._flat[(at + 1 - _KEPT) * _SIGNALS : (at + 1) * _SIGNALS]
        window.take(self._offsets, 0, self._taken, "clip")

        inverse = 1.0 / (level + _SMALLEST)
        _multiply(self._now, inverse, self._out_now)
        pairs, periods = self._pairs, self._periods
        _multiply(self._pairs_total, sway_t, self._pairs_total)
        _multiply(self._pairs_vertical, sway_v, self._pairs_vertical)
        _subtract(pairs, periods, pairs)
        _multiply(pairs, _LEVEL, pairs)
        _add(periods, pairs, periods)
        _multiply(self._periods_total, 1.0 / (power_band_t + 0.01), self._out_total)
        _multiply(self._periods_vertical, 1.0 / (power_band_v + 0.01), self._out_vertical)
        self._out_shape[:] = (
            level,
            sqrt(burst) * inverse,
            sqrt(power_band_t) * inverse,
            sqrt(power_band_v) * inverse,
            sqrt(power_side) * inverse,
        )

    def state(self) -> bytes:
        """All it remembers of one phone, without lanes; of constant size."""
        past = self._past[self._at + 1 - _KEPT : self._at + 1]
        scalars = _SCALARS.pack(float(self._bins), *self._gravity, *self._smooth, *self._power)
        return scalars + past.tobytes() + self._periods.tobytes()

    def restore(self, state: bytes) -> None:
        """Go on from a state."""
        values = _SCALARS.unpack_from(state)
        self._bins = int(values[0])
        self._gravity, self._smooth, self._power = values[1:4], values[4:12], values[12:18]
        rest = np.frombuffer(state, dtype=np.float64, offset=_SCALARS.size)
        self._past[:_KEPT] = rest[: _KEPT * _SIGNALS].reshape(_KEPT, _SIGNALS)
        self._at = _KEPT - 1
        self._periods[:] = rest[_KEPT * _SIGNALS :]


STATE_BYTES = _SCALARS.size + (_KEPT * _SIGNALS + _PERIODS) * 8
