"""What a trained detector does with simulated phones; writes docs/handling.md.

    python -m bench.handling --model DIR [--page docs/handling.md]

The public recordings hold next to no time without steps: false steps while a phone is handled are told here.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.lakes import REPOSITORY
from stedi.detector.model import EXACT, FAST, Model
from stedi.detector.online import Detector
from stedi.model.matching import matched
from stedi.model.report import table
from stedi_fleet.simulator.carrying import Position
from stedi_fleet.simulator.lifelike import SimulatedWalk, walks
from stedi_fleet.simulator.outing import Doing

Times = npt.NDArray[np.float64]

PAGE = REPOSITORY / "docs/handling.md"
SEED = 11
WITHOUT_STEPS = {
    Doing.HANDLED: "handled: taken out, typed on, turned, put away",
    Doing.STILL: "still, put down",
    Doing.STANDING: "carried, standing",
    Doing.WAVED: "waved about without a pause, 0.5 to 2 m/s² on each axis",
    Doing.SHAKEN: "shaken deliberately, 1.8 to 5 times a second",
}
MINUTES = 2.0
PHONES = 21
RATES_HZ = (20.0, 50.0, 100.0, 200.0, 400.0)
TOLERANCE_MS = 150.0

HEAD = """<!-- Written by `make docs-detection`; change bench/handling.py. -->

# What the detector does with simulated phones

Recordings of real walks hold next to no time without steps. So this is judged on simulated phones
([how like real ones they are](walks.md)), with a model that learnt from the public recordings alone. It is
no claim of accuracy: nobody recorded how people handle a phone. Handling is made of reaches of 3 to 60 cm and
taps, with rests between; waving never rests. Which of the two is nearer to people was not measured.

"""


def steps_of(model: Model, point: str, walk: SimulatedWalk) -> Times:
    detector = Detector(model, point)
    steps = detector.detect_many(walk.t_ms, walk.acceleration) + detector.flush()
    return np.sort(np.array([step.step_ms for step in steps], dtype=np.float64))


def false_steps(model: Model, phones: int, minutes: float) -> str:
    """Steps told where nobody takes any: all phones, and the one that told most."""
    rows = []
    for doing, told in WITHOUT_STEPS.items():
        cells = [told, f"{phones * minutes:.0f}"]
        for point in (FAST, EXACT):
            rates = [
                len(steps_of(model, point, walk)) / (walk.t_ms[-1] / 60_000)
                for walk in walks(people=phones, minutes=minutes, seed=SEED, only=doing)
            ]
            cells.append(f"{np.mean(rates):.2f} ({np.median(rates):.1f}, {max(rates):.1f})")
        rows.append(cells)
    return table(["phone", "minutes", *(f"`{point}`" for point in (FAST, EXACT))], rows)


def scored(model: Model, some: Sequence[SimulatedWalk]) -> list[str]:
    cells = [f"{sum(len(walk.true_steps_ms) for walk in some):,}"]
    for point in (FAST, EXACT):
        pairs = found = true = 0
        errors = []
        for walk in some:
            # Whoever shakes a phone makes steps, as the table above says; they are not counted twice.
            steps = outside(steps_of(model, point, walk), walk.during(Doing.SHAKEN, Doing.WAVED))
            pairs += len(matched(steps, walk.true_steps_ms, TOLERANCE_MS)[0])
            found, true = found + len(steps), true + len(walk.true_steps_ms)
            errors.append(100 * abs(len(steps) - len(walk.true_steps_ms)) / len(walk.true_steps_ms))
        cells.append(f"{np.mean(errors):.1f} % · {2 * pairs / (found + true):.3f}")
    return cells


def outside(at_ms: Times, stretches: Sequence[tuple[float, float]]) -> Times:
    for begin, end in stretches:
        at_ms = at_ms[(at_ms < begin) | (at_ms > end + 1000)]
    return at_ms


def main(arguments: Sequence[str] | None = None) -> None:
    """Detect and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--phones", type=int, default=PHONES)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    given = parser.parse_args(arguments)
    model = Model.load(given.model)
    mixed = list(walks(people=given.phones, minutes=given.minutes, seed=SEED))
    by_position = [
        [str(position), *scored(model, [walk for walk in mixed if walk.position == position])]
        for position in Position
    ]
    by_rate = [
        [
            f"{rate:g} Hz",
            *scored(
                model,
                list(walks(people=max(1, given.phones // 3), minutes=given.minutes, seed=SEED, rate_hz=rate)),
            ),
        ]
        for rate in RATES_HZ
    ]
    heads = ["", "true steps", *(f"`{point}`: count error · F1" for point in (FAST, EXACT))]
    sha256 = hashlib.sha256(model.onnx).hexdigest()
    text = f"""{HEAD}Model: SHA-256 `{sha256[:16]}`…, {given.phones} phones, seed {SEED}.

## Where nobody takes a step

Steps told per minute: mean over the phones (median, worst phone).

{false_steps(model, given.phones, given.minutes)}
Shaking at the pace of walking looks like walking to any accelerometer; a hand that never rests is near it.

## Where people walk, stop, shuffle and handle their phone

Count error: mean over recordings. F1 at ±{TOLERANCE_MS:g} ms without lag. Shaking and waving are left out.

{table(heads, by_position)}
The same walks, read at different rates:

{table(heads, by_rate)}"""
    given.page.write_text(text)
    print(given.page.read_text())


if __name__ == "__main__":
    main()
