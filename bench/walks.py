"""Draw simulated walks beside recorded ones, and write docs/walks.md (`make walks`).

Needs the Oxford Step Counter DataSet in `$STEDI_DATA/oxford`, and matplotlib. The same data and code give the
same bytes.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.lakes import REPOSITORY, starter_data
from bench.walks_drawn import draw
from stedi_fleet.recordings import Recording, find, read
from stedi_fleet.simulator.carrying import Position
from stedi_fleet.simulator.lifelike import SimulatedWalk, walks
from stedi_fleet.simulator.outing import ON_FOOT

Reals = npt.NDArray[np.float64]

DOCS = REPOSITORY / "docs"
RATE_HZ = 100
WINDOW = 512
BANDS_HZ = ((0.5, 1.4), (1.4, 2.6), (2.6, 7.0), (7.0, 20.0))
CONTACTS_EVERY_MS = 95.0
PEOPLE = 42
MINUTES = 3.0
SEED = 1


@dataclass(frozen=True)
class Looked:
    """What is compared of one recording.

    Attributes:
        walk: It.
        at_s: Moments at 100 Hz.
        upward: Acceleration along slow gravity, which is left out, m/s2.
        level: Acceleration at a right angle to it, m/s2, shape (n, 3).
        power_upward: Power spectrum while walking, (m/s2)^2 a Hz, at `FREQUENCIES`.
        power_level: The same of both horizontal directions together.
        intervals_s: Times between steps.
    """

    walk: Recording
    at_s: Reals
    upward: Reals
    level: Reals
    power_upward: Reals
    power_level: Reals
    intervals_s: Reals


FREQUENCIES = np.fft.rfftfreq(WINDOW, 1 / RATE_HZ)


def looked_at(walk: Recording) -> Looked:
    at_s = np.arange(0, walk.t_ms[-1] / 1000, 1 / RATE_HZ)
    acceleration = np.stack([np.interp(at_s, walk.t_ms / 1000, axis) for axis in walk.acceleration.T], axis=1)
    window = np.hanning(3 * RATE_HZ + 1)
    half = len(window) // 2
    gravity = np.stack(
        [np.convolve(np.pad(axis, half, "edge"), window / window.sum(), "valid") for axis in acceleration.T],
        axis=1,
    )
    length = np.linalg.norm(gravity, axis=1, keepdims=True)
    upward = np.sum((acceleration - gravity) * gravity / length, axis=1)
    level = acceleration - gravity - upward[:, None] * gravity / length
    walking = is_walking(walk, at_s)
    return Looked(
        walk=walk,
        at_s=at_s,
        upward=upward,
        level=level,
        power_upward=power(upward, walking),
        power_level=np.sum([power(axis, walking) for axis in level.T], axis=0),
        intervals_s=intervals_s(walk),
    )


def is_walking(walk: Recording, at_s: Reals) -> npt.NDArray[np.bool_]:
    """Whether a step was less than 0.9 s ago and the next is as near."""
    steps = np.concatenate([[-np.inf], walk.true_steps_ms / 1000, [np.inf]])
    after = np.searchsorted(steps, at_s)
    return np.asarray((at_s - steps[after - 1] < 0.9) & (steps[after] - at_s < 0.9))


def power(signal: Reals, walking: npt.NDArray[np.bool_]) -> Reals:
    """Welch's estimate from the windows in which somebody walks."""
    window = np.hanning(WINDOW)
    spectra = []
    for begin in range(0, len(signal) - WINDOW, WINDOW // 2):
        if walking[begin : begin + WINDOW].mean() > 0.98:
            part = signal[begin : begin + WINDOW]
            spectra.append(np.abs(np.fft.rfft((part - part.mean()) * window)) ** 2)
    if not spectra:
        return np.full(len(FREQUENCIES), np.nan)
    return np.asarray(np.mean(spectra, axis=0) * 2 / (RATE_HZ * np.sum(window**2)))


def intervals_s(walk: Recording) -> Reals:
    """Times between steps, each told by the next reading of a contact sensor, for so are the real ones."""
    steps = walk.true_steps_ms
    if isinstance(walk, SimulatedWalk):
        every = np.random.default_rng(SEED).normal(CONTACTS_EVERY_MS, 6, int(walk.t_ms[-1] / 80))
        readings = np.cumsum(every)
        steps = readings[np.searchsorted(readings, steps)]
    between = np.diff(steps[walk.is_known(steps)]) / 1000
    usual = np.median(between)
    return np.asarray(between[(between > 0.6 * usual) & (between < 1.5 * usual)])


def rms(spectrum: Reals, band_hz: tuple[float, float]) -> float:
    within = (band_hz[0] <= FREQUENCIES) & (band_hz[1] > FREQUENCIES)
    return float(np.sqrt(spectrum[within].sum() * FREQUENCIES[1]))


def carried(looked: Iterable[Looked], position: str) -> list[Looked]:
    return [each for each in looked if each.walk.position == position]


def row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | " + " | ".join(cells) + " |"


def strengths(real: Sequence[Looked], simulated: Sequence[Looked]) -> list[str]:
    heads = [f"{low:g} to {high:g} Hz" for low, high in BANDS_HZ]
    lines = [row("carried", ["direction", *heads]), row("---", ["---"] * (1 + len(heads)))]
    for position in Position:
        for direction in ("upward", "level"):
            cells = []
            for band in BANDS_HZ:
                two = [
                    np.nanmedian(
                        [rms(getattr(each, f"power_{direction}"), band) for each in carried(some, position)]
                    )
                    for some in (real, simulated)
                ]
                cells.append(f"{two[0]:.2f} / {two[1]:.2f}")
            lines.append(row(str(position), [direction, *cells]))
    return lines


def gaits(looked: Sequence[Looked]) -> list[str]:
    """Cadence, spread and asymmetry, of the middle recording and of nine in ten."""
    cadences = [60 / each.intervals_s.mean() for each in looked]
    spreads = [100 * each.intervals_s.std() / each.intervals_s.mean() for each in looked]
    limps = [100 * limp(each.intervals_s) for each in looked]
    return [
        f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
        for some, digits in ((cadences, 0), (spreads, 1), (limps, 1))
        for middle, low, high in [np.percentile(some, [50, 5, 95])]
    ]


def limp(intervals: Reals) -> float:
    """By what share steps of one foot take longer than those of the other."""
    return abs(float(np.mean(intervals * (-1.0) ** np.arange(len(intervals))))) / float(intervals.mean())


def page(real: Sequence[Looked], simulated: Sequence[Looked], names: Sequence[str], minutes: float) -> str:
    on_foot = sum(end - begin for each in simulated for begin, end in each.walk.during(*ON_FOOT)) / 60_000
    told = {
        "recorded": (
            f"{len(real)} recordings of {len({each.walk.person for each in real})} people, "
            f"{sum(len(each.walk.true_steps_ms) for each in real):,} steps"
        ),
        "simulated": (
            f"{len(simulated)} people for {minutes:g} minutes each, {on_foot:.0f} minutes on foot, "
            f"{sum(len(each.walk.true_steps_ms) for each in simulated):,} steps"
        ),
    }
    text = (Path(__file__).parent / "walks.md").read_text()
    blocks = {
        "STRENGTHS": "\n".join(strengths(real, simulated)),
        "GAITS": "\n".join(
            [
                row("", ["steps a minute", "spread of step times, %", "difference of the feet, %"]),
                row("---", ["---"] * 3),
                row("recorded", gaits(real)),
                row("simulated", gaits(simulated)),
            ]
        ),
        "RECORDED": told["recorded"],
        "SIMULATED": told["simulated"],
    }
    for name, block in blocks.items():
        text = text.replace(f"{{{name}}}", block)
    missing = [name for name in names if f"walks/{name}.svg" not in text]
    assert not missing, f"the page shows no picture of {missing}"
    return text


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=Path, default=starter_data().with_name("oxford"))
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--docs", type=Path, default=DOCS)
    asked = parser.parse_args(arguments)
    real = [looked_at(read(path)) for path in find(asked.recordings)]
    simulated = [looked_at(walk) for walk in walks(people=asked.people, minutes=asked.minutes, seed=SEED)]
    folder = asked.docs / "walks"
    folder.mkdir(exist_ok=True)
    names = draw(real, simulated, FREQUENCIES, folder)
    (asked.docs / "walks.md").write_text(page(real, simulated, names, asked.minutes))
    for name in names:
        print(f"docs/walks/{name}.svg   {(folder / f'{name}.svg').stat().st_size / 1000:.0f} kB")
    print("docs/walks.md")


if __name__ == "__main__":
    main()
