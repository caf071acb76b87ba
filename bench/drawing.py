"""How all pictures of the pages are drawn: SVG with text as text, the same bytes from the same data."""

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")

plt.rcParams.update(
    {
        "svg.hashsalt": "stedi", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 8,
        "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e6e6e6",
        "grid.linewidth": 0.6, "axes.edgecolor": "#888888", "axes.titlesize": 9, "axes.axisbelow": True,
        "legend.frameon": False, "lines.linewidth": 1.1, "figure.constrained_layout.use": True,
        "path.simplify": True, "path.simplify_threshold": 0.5, "savefig.facecolor": "white",
    }
)  # fmt: skip


def save(figure: Any, path: Path) -> None:
    """Write a picture, and let go of it."""
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    # A tenth of a point is enough, and the files are half as large.
    path.write_text(LONG_NUMBER.sub(lambda number: f"{float(number[0]):.1f}", path.read_text()))
