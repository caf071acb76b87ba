"""Walks for tests of signals: a plain kinematic model whose steps are known, and a model trained on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from stedi.detector.model import Model
from stedi.gait.sessions import Session
from stedi.model.training import Trained, train

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Walk:
    """Times in ms, acceleration in m/s2, and when feet met the ground."""

    t_ms: Floats
    acceleration: Floats
    steps_ms: Floats

    def turned(self, rotation: Floats) -> "Walk":
        return Walk(self.t_ms, self.acceleration @ rotation.T, self.steps_ms)


def walk(seed: int, *, seconds: float = 60.0, rate_hz: float = 100.0, still: float = 5.0) -> Walk:
    """Stand still for `still` seconds, then walk to the end."""
    rng = np.random.default_rng(seed)
    interval = rng.uniform(450.0, 650.0)
    count = int((seconds - still) * 1000 / interval)
    steps = still * 1000 + np.cumsum(interval * (1 + 0.03 * rng.normal(size=count)))
    t = np.arange(0.0, seconds * 1000, 1000.0 / rate_hz)
    turns = np.interp(t, steps, np.arange(count), left=0.0, right=count - 1.0)
    walking = (t > steps[0] - interval) & (t < steps[-1])
    height = rng.uniform(2.0, 4.0)
    since = t - steps[np.clip(np.searchsorted(steps, t, "right") - 1, 0, None)]
    shock = np.where(since >= 0, np.exp(-since / 45.0) * np.sin(since / 16.0), 0.0)
    up = height * (np.cos(2 * np.pi * turns - 0.6) + 0.3 * np.sin(4 * np.pi * turns)) + 2 * height * shock
    ahead = 0.5 * height * np.sin(2 * np.pi * turns + 0.4)
    aside = 0.4 * height * np.sin(np.pi * turns)
    moving = np.stack([aside, ahead, up], axis=1) * walking[:, None]
    held = rotation(seed)
    acceleration = (moving + [0.0, 0.0, 9.81]) @ held.T + 0.05 * rng.normal(size=moving.shape)
    return Walk(t, acceleration, steps)


def rotation(seed: int) -> Floats:
    """A proper rotation in space."""
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    turned: Floats = q * np.sign(np.linalg.det(q))
    return turned


def distance(
    steps_ms: Floats, end_ms: float, *, rate_hz: float = 10.0, noise_mm: float = 8.0, seed: int = 0
) -> tuple[Floats, Floats]:
    """A Step Trainer's stream: base 250 mm, a dip at every step, 8 mm of noise."""
    at = np.arange(0.0, end_ms, 1000.0 / rate_hz)
    away = np.abs(at[:, None] - steps_ms[None, :]).min(axis=1)
    dips = 130.0 * np.exp(-0.5 * (away / 55.0) ** 2)
    return at, np.round(250.0 - dips + np.random.default_rng(seed).normal(0.0, noise_mm, len(at)))


def session(seed: int, *, rate_hz: float = 10.0, phone_hz: float = 100.0, seconds: float = 60.0) -> Session:
    walked = walk(seed, seconds=seconds, rate_hz=phone_hz)
    at, mm = distance(walked.steps_ms, seconds * 1000, rate_hz=rate_hz, seed=seed)
    elapsed = walked.t_ms.astype(np.int64)
    return Session(f"subject-{seed % 4}", f"session-{seed}", elapsed, walked.acceleration, at, mm)


def sessions() -> Iterator[Session]:
    return (session(seed) for seed in range(6))


@cache
def trained() -> Trained:
    return train(sessions, seed=7)


def model() -> Model:
    return Model(trained().onnx, trained().detector)
