"""Readings at any rate, brought to 50 bins a second as they come.

Means of a signal that is linear between readings, by the trapezoidal rule: exact for such a signal. Ours.
"""

import struct

BIN_MS = 20.0
LONGEST_GAP_MS = 1000.0
"""Over a longer pause nothing is assumed: the signal begins anew."""
MOST_MPS2 = 1000.0
"""Six times what a phone's sensor can show; one such value would stay in every mean for seconds."""

Bin = tuple[float, float, float]
_NONE: tuple[Bin, ...] = ()
_STATE = struct.Struct("<9d")
STATE_BYTES = _STATE.size


class Resampler:
    """Means over bins of 20 ms of the signal that is linear between readings.

    Bins are counted from the first reading. Means, not picks: a rate of 400 Hz is averaged, 20 Hz is
    interpolated, and both give nearly the same bins. Constant time and memory a reading.

    Attributes:
        last_ms: When the newest reading was taken.
        end_ms: End of the newest whole bin.
        restarted: Whether the newest reading came after too long a gap, so that bins are counted anew.
    """

    __slots__ = ("last_ms", "_x", "_y", "_z", "_sx", "_sy", "_sz", "end_ms", "restarted", "_begun")

    def __init__(self) -> None:
        self.last_ms = self._x = self._y = self._z = self._sx = self._sy = self._sz = 0.0
        self.end_ms = 0.0
        self._begun = False
        self.restarted = False

    def add(self, t: float, x: float, y: float, z: float) -> tuple[Bin, ...] | list[Bin]:
        """The bins that a reading completes, mostly none or one; `end_ms` is the end of the last.

        A reading that is not finite or beyond any sensor, is exactly zero on all axes (a sensor that has
        not begun), or is not later than the one before is skipped. After too long a gap, or when the clock
        was set back by as much, bins are counted anew.
        """
        # Written so that a NaN is refused, too.
        if (
            not (-MOST_MPS2 < x < MOST_MPS2 and -MOST_MPS2 < y < MOST_MPS2 and -MOST_MPS2 < z < MOST_MPS2)
            or t - t != 0.0
            or (x == 0.0 and y == 0.0 and z == 0.0)
        ):
            return _NONE
        passed = t - self.last_ms
        if not self._begun or not -LONGEST_GAP_MS <= passed <= LONGEST_GAP_MS:
            self.restarted = self._begun
            self._begun = True
            self.last_ms, self._x, self._y, self._z = t, x, y, z
            self._sx = self._sy = self._sz = 0.0
            self.end_ms = t
            return _NONE
        self.restarted = False
        if passed <= 0.0:
            return _NONE
        bins: tuple[Bin, ...] | list[Bin] = _NONE
        at, ax, ay, az = self.last_ms, self._x, self._y, self._z
        edge = self.end_ms + BIN_MS
        if t >= edge:
            bins = []
            px, py, pz = (x - ax) / passed, (y - ay) / passed, (z - az) / passed
            bx, by, bz = ax, ay, az
            while t >= edge:
                since, half = edge - self.last_ms, (edge - at) * 0.5
                ex, ey, ez = self._x + px * since, self._y + py * since, self._z + pz * since
                bins.append(
                    (
                        (self._sx + (bx + ex) * half) / BIN_MS,
                        (self._sy + (by + ey) * half) / BIN_MS,
                        (self._sz + (bz + ez) * half) / BIN_MS,
                    )
                )
                self._sx = self._sy = self._sz = 0.0
                at, bx, by, bz = edge, ex, ey, ez
                self.end_ms = edge
                edge += BIN_MS
            ax, ay, az = bx, by, bz
        half = (t - at) * 0.5
        self._sx += (ax + x) * half
        self._sy += (ay + y) * half
        self._sz += (az + z) * half
        self.last_ms, self._x, self._y, self._z = t, x, y, z
        return bins

    def state(self) -> bytes:
        """All it remembers."""
        begun = 1.0 if self._begun else 0.0
        return _STATE.pack(
            self.last_ms, self._x, self._y, self._z, self._sx, self._sy, self._sz, self.end_ms, begun
        )

    def restore(self, state: bytes) -> None:
        """Go on from a state."""
        values = _STATE.unpack(state)
        self.last_ms, self._x, self._y, self._z, self._sx, self._sy, self._sz, self.end_ms = values[:8]
        self._begun = values[8] != 0.0
