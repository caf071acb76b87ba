"""The pictures of docs/walks.md: simulated walks beside recorded ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator

from bench.drawing import save
from stedi_fleet.recordings.distance import distance
from stedi_fleet.simulator.carrying import Position
from stedi_fleet.simulator.lifelike import SimulatedWalk
from stedi_fleet.simulator.outing import Doing

if TYPE_CHECKING:
    from bench.walks import Looked

REAL, SIMULATED, STEP = "#1f6fb2", "#d9730d", "#555555"
BOTH = (("recorded", REAL), ("simulated", SIMULATED))
COLOURS = {
    Doing.WALKING: "#cfe3f5", Doing.SHUFFLING: "#b7d7b0", Doing.STANDING: "#f2f2f2",
    Doing.HANDLED: "#f8d9b4", Doing.WAVED: "#f5efa0", Doing.SHAKEN: "#f3b6b6", Doing.STILL: "#ded3ea",
}  # fmt: skip


def draw(
    real: "Sequence[Looked]",
    simulated: "Sequence[Looked]",
    frequencies: npt.NDArray[np.float64],
    folder: Path,
) -> list[str]:
    """Write every picture; return their names."""
    pictures: dict[str, Any] = {
        "spectra-upward": spectra(real, simulated, frequencies, "upward"),
        "spectra-level": spectra(real, simulated, frequencies, "level"),
        "step-times": step_times(real, simulated),
        "stretches": stretches(real, simulated),
        "activities": activities(simulated),
        "distance": distances(real, simulated),
    }
    for name, figure in pictures.items():
        save(figure, folder / f"{name}.svg")
    return list(pictures)


def spectra(
    real: "Sequence[Looked]",
    simulated: "Sequence[Looked]",
    frequencies: npt.NDArray[np.float64],
    direction: str,
) -> Any:
    figure, axes = plt.subplots(2, 4, figsize=(9, 4.4), sharex=True, sharey=True)
    # Evenly on a logarithmic axis, where a hundred points between 10 and 20 Hz would show noise alone.
    wanted = np.geomspace(0.5, 20, 60)
    within = np.unique(np.abs(frequencies[:, None] - wanted).argmin(axis=0))
    for axis, position in zip(axes.flat, Position, strict=False):
        for some, (name, colour) in zip((real, simulated), BOTH, strict=True):
            all_powers = np.array(
                [getattr(each, f"power_{direction}") for each in some if each.walk.position == position]
            )[:, within]
            middle, low, high = np.nanpercentile(all_powers, [50, 10, 90], axis=0)
            axis.fill_between(frequencies[within], low, high, color=colour, alpha=0.18, linewidth=0)
            axis.plot(frequencies[within], middle, color=colour, label=name)
        axis.set(title=position, yscale="log", xscale="log", ylim=(1e-4, 100), xlim=(0.4, 20))
        axis.set_xticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
        axis.set_yticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
        axis.minorticks_off()
        axis.tick_params(labelbottom=True)
    legend(axes.flat[-1], axes.flat[0])
    for axis in axes[:, 0]:
        axis.set_ylabel("(m/s²)² / Hz")
    for axis in (*axes[1, :3], axes[0, 3]):
        axis.set_xlabel("Hz")
    return figure


def legend(empty: Any, of: Any) -> None:
    """The legend of a picture, where a panel is left over."""
    empty.axis("off")
    empty.legend(*of.get_legend_handles_labels(), loc="center", fontsize=10)


def step_times(real: "Sequence[Looked]", simulated: "Sequence[Looked]") -> Any:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
    for some, (name, colour) in zip((real, simulated), BOTH, strict=True):
        relative = np.concatenate([each.intervals_s / np.median(each.intervals_s) for each in some])
        left.hist(
            relative,
            np.arange(0.35, 1.9, 0.1),
            density=True,
            color=colour,
            alpha=0.45,
            label=name,
            linewidth=0,
        )
        cadences = [60 / each.intervals_s.mean() for each in some]
        right.hist(cadences, np.arange(70, 141, 5), density=True, color=colour, alpha=0.45, linewidth=0)
    left.set(xlabel="time between steps / its median in the recording", ylabel="density")
    right.set(xlabel="steps a minute, mean of a recording", ylabel="density")
    left.legend()
    return figure


def steadiest(each: "Looked", seconds: float) -> float:
    """Where `seconds` of walking begin that are typical of the recording."""
    steps = each.walk.true_steps_ms[each.walk.is_known(each.walk.true_steps_ms)] / 1000
    usual = np.median(np.diff(steps))
    begins = [
        step
        for step in steps
        if step + seconds < each.at_s[-1]
        and np.all(np.diff(steps[(steps >= step) & (steps <= step + seconds)]) < 1.35 * usual)
        and np.count_nonzero((steps >= step) & (steps <= step + seconds)) > 0.85 * seconds / usual
    ]
    return float(begins[len(begins) // 2] if begins else steps[len(steps) // 2])


def mark(axis: Any, steps: npt.NDArray[np.float64]) -> None:
    """Dotted lines, all in one path."""
    x = np.repeat(steps, 3)
    y = np.tile([0.0, 1.0, np.nan], len(steps))
    axis.plot(x, y, color=STEP, linewidth=0.7, linestyle=":", transform=axis.get_xaxis_transform())


def stretches(real: "Sequence[Looked]", simulated: "Sequence[Looked]") -> Any:
    seconds = 3.0
    figure, axes = plt.subplots(len(Position), 2, figsize=(9, 9), sharex=True, sharey="row")
    for axis in axes.flat:
        axis.yaxis.set_major_locator(MaxNLocator(3))
    for row, position in zip(axes, Position, strict=True):
        for axis, some, (name, colour) in zip(row, (real, simulated), BOTH, strict=True):
            there = [each for each in some if each.walk.position == position]
            # The one of middling strength stands for all.
            each = sorted(there, key=lambda looked: looked.upward.std())[len(there) // 2]
            begin = steadiest(each, seconds)
            part = slice(*np.searchsorted(each.at_s, [begin, begin + seconds]))
            axis.plot(each.at_s[part][::2] - begin, each.upward[part][::2], color=colour)
            steps = each.walk.true_steps_ms / 1000 - begin
            mark(axis, steps[(steps >= 0) & (steps <= seconds)])
            axis.set_title(f"{position}, {name}", loc="left")
        row[0].set_ylabel("m/s²")
    for axis in axes[-1]:
        axis.set(xlabel="s", xlim=(0, seconds), xticks=range(4))
    return figure


def activities(simulated: "Sequence[Looked]") -> Any:
    """The recording in which most is done."""
    walks = [each.walk for each in simulated if isinstance(each.walk, SimulatedWalk)]
    walk = max(walks, key=lambda each: len({spell.doing for spell in each.activities}))
    figure, axis = plt.subplots(figsize=(9, 2.6))
    at_s = np.arange(0, walk.t_ms[-1] / 1000, 0.1)
    length = np.linalg.norm(walk.acceleration, axis=1)
    edges = np.searchsorted(walk.t_ms / 1000, at_s)
    pairs = [(begin, end) for begin, end in zip(edges[:-1], edges[1:], strict=True) if end > begin]
    low, high = np.array([(length[b:e].min(), length[b:e].max()) for b, e in pairs]).T
    for spell in walk.activities:
        axis.axvspan(spell.begin_ms / 1000, spell.end_ms / 1000, color=COLOURS[spell.doing], linewidth=0)
    axis.fill_between([walk.t_ms[b] / 1000 for b, _ in pairs], low, high, color=SIMULATED, linewidth=0)
    axis.set(xlabel="s", ylabel="|a|, m/s²", xlim=(0, at_s[-1]), title=f"{walk.position}, {walk.phone}")
    done = {spell.doing for spell in walk.activities}
    handles = [plt.Rectangle((0, 0), 1, 1, color=COLOURS[doing]) for doing in Doing if doing in done]
    axis.legend(
        handles, [doing for doing in Doing if doing in done], ncols=7, loc="upper center",
        bbox_to_anchor=(0.5, -0.22),
    )  # fmt: skip
    axis.grid(visible=False)
    return figure


def distances(real: "Sequence[Looked]", simulated: "Sequence[Looked]") -> Any:
    seconds = 12.0
    figure, axes = plt.subplots(2, 1, figsize=(9, 3.6), sharex=True, sharey=True)
    one, other = real[0], simulated[0]
    assert isinstance(other.walk, SimulatedWalk)
    read_ms, mm = distance(one.walk)
    for axis, each, at_s, told, (name, colour) in (
        (axes[0], one, read_ms / 1000, mm, BOTH[0]),
        (axes[1], other, other.walk.distance_ms / 1000, other.walk.distance_mm, BOTH[1]),
    ):
        begin = steadiest(each, seconds)
        part = (at_s >= begin) & (at_s <= begin + seconds)
        moments, mm = at_s[part] - begin, told[part].astype(float)
        breaks = np.flatnonzero(np.diff(moments) > 0.3) + 1
        moments, mm = (np.insert(values, breaks, np.nan) for values in (moments, mm))
        axis.plot(moments, mm, color=colour, marker=".", markersize=4, linewidth=0.7)
        steps = each.walk.true_steps_ms / 1000 - begin
        mark(axis, steps[(steps >= 0) & (steps <= seconds)])
        axis.set_title(
            "made from the contacts of a recorded walk" if name == "recorded" else "simulated", loc="left"
        )
        axis.set(ylabel="mm", xlim=(0, seconds))
    axes[1].set_xlabel("s")
    return figure
