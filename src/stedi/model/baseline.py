"""The plain detector that every other stands beside: a causal band-pass, and its peaks."""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

RATE_HZ = 50.0
LOW_HZ, HIGH_HZ = 0.5, 2.5
LEAST_PEAK_MPS2 = 0.7
LEAST_BETWEEN_MS = 300.0
LONGEST_GAP_MS = 1000.0
"""The best of six choices on the Oxford recordings: it has seen what it is judged on, its rival has not."""

_Q = math.sqrt(0.5)


def _biquad(cutoff_hz: float, *, high: bool) -> tuple[float, float, float, float, float]:
    """A second-order Butterworth filter: b0, b1, b2, a1, a2.

    Source: R. Bristow-Johnson, Cookbook formulae for audio EQ biquad filter coefficients.
    """
    omega = 2 * math.pi * cutoff_hz / RATE_HZ
    cosine, alpha = math.cos(omega), math.sin(omega) / (2 * _Q)
    edge = (1 + cosine) / 2 if high else (1 - cosine) / 2
    middle = -2 * edge if high else 2 * edge
    a0 = 1 + alpha
    return edge / a0, middle / a0, edge / a0, -2 * cosine / a0, (1 - alpha) / a0


def _filtered(signal: Floats, coefficients: tuple[float, float, float, float, float]) -> Floats:
    b0, b1, b2, a1, a2 = coefficients
    out = np.empty(len(signal))
    x1 = x2 = y1 = y2 = 0.0
    for n, x in enumerate(signal.tolist()):
        y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
        out[n] = y
        x2, x1, y2, y1 = x1, x, y1, y
    return out


def _even(t_ms: Floats, acceleration: Floats) -> tuple[Floats, Floats]:
    """Length of the acceleration less gravity in bins of 20 ms: when each ends, and its mean.

    An empty bin has what the one before had.
    """
    size = np.linalg.norm(acceleration, axis=1)
    known = np.isfinite(size)
    t_ms, size = t_ms[known], size[known]
    if not len(t_ms):
        return np.array([]), np.array([])
    width = 1000 / RATE_HZ
    places = ((t_ms - t_ms[0]) // width).astype(np.int64)
    count = np.bincount(places)
    last = np.maximum.accumulate(np.where(count > 0, np.arange(len(count)), 0))
    mean = (np.bincount(places, size) / np.maximum(count, 1))[last]
    return t_ms[0] + (np.arange(len(count)) + 1) * width, mean - mean[0]


def detected(t_ms: Floats, acceleration: Floats) -> tuple[Floats, Floats]:
    """Steps by band-pass (0.5 to 2.5 Hz) and peaks of at least 0.7 m/s2, 0.3 s apart.

    Causal: a peak is known one bin after it. It begins anew after a gap of over a second.

    Args:
        t_ms: Ascending, shape (n,).
        acceleration: x, y, z in m/s2, shape (n, 3).

    Returns:
        When each step was, and when it was told; ascending.
    """
    steps: list[float] = []
    cuts = np.flatnonzero(np.diff(t_ms) > LONGEST_GAP_MS) + 1
    for some, axes in zip(np.split(t_ms, cuts), np.split(acceleration, cuts), strict=True):
        ends, signal = _even(some, axes)
        band = _filtered(_filtered(signal, _biquad(LOW_HZ, high=True)), _biquad(HIGH_HZ, high=False))
        is_peak = np.zeros(len(band), np.bool_)
        is_peak[1:-1] = (band[1:-1] > band[:-2]) & (band[1:-1] >= band[2:]) & (band[1:-1] >= LEAST_PEAK_MPS2)
        for moment in ends[is_peak].tolist():
            if not steps or moment - steps[-1] >= LEAST_BETWEEN_MS:
                steps.append(moment)
    found = np.array(steps)
    return found, found + 1000 / RATE_HZ
