"""What detecting and training cost: time a sample, phones a core, size of the model, memory of training.

The recordings are the Oxford Step Counter DataSet (CC BY 4.0); without them nothing is measured.

    python -m bench.detector --page docs/benchmarks-detector.md
"""

import argparse
import gc
import resource
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.lakes import starter_data
from bench.measure import least_cpu_s
from stedi.detector.fleet import Fleet
from stedi.detector.model import Model
from stedi.detector.online import Detector
from stedi.gait.sessions import Floats, Session
from stedi.model.training import Trained, train
from stedi_fleet.recordings import Recording, find, read
from stedi_fleet.recordings.distance import distance

RATES_HZ = (50.0, 100.0, 200.0, 400.0)
PHONES, PHONE_HZ, SECONDS = 1000, 50.0, 10.0
TIMES = 60


@dataclass(frozen=True)
class Measured:
    """Of one thing that was measured, with what it is allowed."""

    what: str
    found: str
    goal: str = ""


def session(walk: Recording) -> Session:
    at_ms, mm = distance(walk)
    elapsed = np.round(walk.t_ms).astype(np.int64)
    return Session(walk.person, walk.name, elapsed, walk.acceleration, np.round(at_ms), mm.astype(np.float64))


def at_rate(walk: Recording, rate_hz: float) -> tuple[Floats, Floats]:
    t = np.arange(0.0, walk.t_ms[-1], 1000.0 / rate_hz)
    return t, np.stack([np.interp(t, walk.t_ms, axis) for axis in walk.acceleration.T], axis=1)


def single(model: Model, walk: Recording, times: int) -> Iterable[Measured]:
    """The rates in turns, so that none meets all of what else the machine does."""
    walks = {}
    for rate in RATES_HZ:
        t, acceleration = at_rate(walk, rate)
        walks[rate] = list(zip(t.tolist(), acceleration.tolist(), strict=True))[: int(60 * rate)]
    least = dict.fromkeys(RATES_HZ, float("inf"))
    for _ in range(times):
        for rate, samples in walks.items():

            def one_at_a_time(detector: Detector, samples: list[tuple[float, list[float]]] = samples) -> None:
                for moment, (x, y, z) in samples:
                    detector.detect_one(moment, x, y, z)

            least[rate] = min(least[rate], least_cpu_s(one_at_a_time, lambda: Detector(model), times=1))
    for rate, spent in least.items():
        micros = spent / len(walks[rate]) * 1e6
        yield Measured(f"one sample at a time, {rate:g} Hz", f"{micros:.1f} us a sample", "20 us")


def many(model: Model, walks: list[Recording], phones: int) -> Measured:
    """Phones in step, as they come from a queue: a tenth of a second of all of them at once."""
    t = np.arange(0.0, SECONDS * 1000, 1000.0 / PHONE_HZ)
    signals = []
    for phone in range(phones):
        walk = walks[phone % len(walks)]
        begin = 20_000.0 + 37.0 * phone % 50_000.0
        axes = [np.interp(t + begin, walk.t_ms, axis) for axis in walk.acceleration.T]
        signals.append(np.stack(axes, axis=1).tolist())
    ticks = np.array_split(np.arange(len(t)), int(SECONDS * 10))
    batches = [[(phone, t[i], *signals[phone][i]) for i in tick for phone in range(phones)] for tick in ticks]
    gc.freeze()  # the readings prepared above are no cost of detecting
    steps = 0

    def in_step(fleet: Fleet) -> None:
        nonlocal steps
        steps = sum(len(fleet.detect(batch)) for batch in batches)

    spent = least_cpu_s(in_step, lambda: Fleet(model), times=5)
    return Measured(
        f"{phones:,} phones at {PHONE_HZ:g} Hz, {SECONDS:g} s of each",
        f"{spent:.1f} s of one core ({spent / SECONDS:.0%}), {steps:,} steps",
        f"{SECONDS:g} s",
    )


def training(walks: list[Recording]) -> tuple[Trained, list[Measured]]:
    learnt_from = [session(walk) for walk in walks]
    before, cpu = time.perf_counter(), time.process_time()
    made = train(lambda: iter(learnt_from), seed=1)
    wall, cpu = time.perf_counter() - before, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return made, [
        Measured(f"training on {len(walks)} recordings", f"{wall:.0f} s ({cpu:.0f} s of CPU)", "120 s"),
        Measured("memory of that process, recordings included", f"{peak:.2f} GB"),
        Measured("rows learnt from", f"{made.rows:,} with {made.steps:,} labelled steps"),
        Measured("model.onnx", f"{len(made.onnx) / 1000:.0f} kB", "300 kB"),
        Measured("greatest difference from LightGBM", f"{made.parity:.1e}", "1e-5"),
    ]


def page(costs: list[Measured], times: int) -> str:
    lines = "".join(f"| {cost.what} | {cost.found} | {cost.goal} |\n" for cost in costs)
    return (
        "# What detecting and training cost\n\n"
        "Written by `make bench-detector` (`bench/detector.py` says what was done), on "
        f"{time.strftime('%Y-%m-%d')}.\n"
        "CPU time of one core, the least of "
        f"{times} turns for one phone and of 5 for many.\n"
        "Recordings: Oxford Step Counter DataSet, CC BY 4.0.\n\n"
        "| what | measured | goal |\n|---|---|---|\n" + lines
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--recordings", type=Path, default=starter_data().with_name("oxford"))
    parser.add_argument("--phones", type=int, default=PHONES)
    parser.add_argument("--times", type=int, default=TIMES)
    chosen = parser.parse_args(arguments)
    walks = [read(path) for path in find(chosen.recordings)]
    made, costs = training(walks)
    model = Model(made.onnx, made.detector)
    costs += [*single(model, walks[0], chosen.times), many(model, walks, chosen.phones)]
    told = page(costs, chosen.times)
    print(told)
    if chosen.page:
        chosen.page.write_text(told)


if __name__ == "__main__":
    main()
