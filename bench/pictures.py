"""The pictures of docs/benchmarks.md: what runs cost as landing grows, and how that compares."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter

from bench.drawing import save
from bench.results import Results
from bench.runs import DUCKDB, OURS, PYSPARK, SPARK

SHOWN = {
    OURS: ("our run", "#1f6fb2", "-"),
    DUCKDB: ("DuckDB script", "#d9730d", "-"),
    PYSPARK: ("plain PySpark", "#7a4fa3", "-"),
    SPARK: ("our run on Spark", "#1f6fb2", "--"),
}
RATIOS = (
    (OURS, DUCKDB, "our run / DuckDB script", "#d9730d"),
    (OURS, PYSPARK, "our run / plain PySpark", "#7a4fa3"),
    (SPARK, PYSPARK, "our run on Spark / plain PySpark", "#1f6fb2"),
)
MEASURES = (("cpu_s", "CPU, s"), ("wall_s", "wall, s"), ("peak_mb", "peak memory, MB"))


def draw(runs: Results, folder: Path) -> list[str]:
    """Write every picture; return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"growth": growth(runs), "ratios": ratios(runs)}
    for name, figure in pictures.items():
        save(figure, folder / f"{name}.svg")
    return list(pictures)


def growth(runs: Results) -> Any:
    """Cost against megabytes, both logarithmic: parallel lines grow alike."""
    figure, axes = plt.subplots(1, len(MEASURES), figsize=(9, 3))
    for axis, (measure, name) in zip(axes, MEASURES, strict=True):
        for what, (label, colour, style) in SHOWN.items():
            if not (sizes := runs.sizes(what)):
                continue
            axis.plot(
                [megabytes(runs, copies) for copies in sizes],
                [runs.median(what, copies, measure) for copies in sizes],
                color=colour, linestyle=style, marker="o", markersize=3, label=label,
            )  # fmt: skip
        axis.set(title=name, xlabel="MB landed")
        scaled(axis, runs)
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.yaxis.set_minor_formatter("")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(SHOWN))
    return figure


def ratios(runs: Results) -> Any:
    figure, axis = plt.subplots(figsize=(9, 2.8))
    for ours, theirs, label, colour in RATIOS:
        if not (sizes := runs.sizes(ours, theirs)):
            continue
        values = [runs.ratio(ours, theirs, copies, "cpu_s") for copies in sizes]
        places = [megabytes(runs, copies) for copies in sizes]
        axis.plot(places, values, color=colour, marker="o", markersize=3, label=label)
        for place, value in zip(places, values, strict=True):
            axis.annotate(
                f"{value:.2f}", (place, value), textcoords="offset points", xytext=(0, 5), fontsize=7
            )
    axis.axhline(1, color="#555555", linewidth=0.7, linestyle=":")
    axis.set(title="CPU, as a ratio", xlabel="MB landed", ylim=(0, None))
    scaled(axis, runs)
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def scaled(axis: Any, runs: Results) -> None:
    places = [megabytes(runs, copies) for copies in runs.sizes()]
    axis.set_xscale("log")
    axis.set_xlim(places[0] / 1.5, places[-1] * 1.5)
    axis.set_xticks(places, [f"{place:,.0f}" for place in places])
    axis.minorticks_off()


def megabytes(runs: Results, copies: int) -> float:
    return float(runs.about["megabytes"][str(copies)])
