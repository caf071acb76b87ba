"""What was measured, kept as JSON in `bench/results`: every single cost, the machine, and what else ran."""

import datetime
import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.lakes import PYTHON, REPOSITORY, SPARK_PYTHON
from bench.measure import Cost

FOLDER = REPOSITORY / "bench" / "results"
SCHEMA = "stedi.bench/1"
PACKAGES = ("duckdb", "pysail", "pyspark-client", "pyiceberg", "pyarrow")
SPARK_PACKAGES = ("pyspark",)
QUIET = 0.1
"""Cores that other work may take on average on a machine that is called quiet."""

Entry = Mapping[str, Any]


@dataclass
class Results:
    """What one go of a benchmark found.

    Attributes:
        measure: Which benchmark.
        about: What it was done with: the machine, versions, sizes.
        costs: Each single measurement: `what`, at which `size`, in which `turn`, and what it cost.
    """

    measure: str
    about: dict[str, Any] = field(default_factory=dict)
    costs: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, size: int, turn: int, cost: Cost, **more: Any) -> None:
        """Keep what was measured, and say it."""
        self.costs.append(
            {
                "what": what,
                "size": size,
                "turn": turn,
                "wall_s": round(cost.wall_s, 3),
                "cpu_s": round(cost.cpu_s, 3),
                "peak_mb": round(cost.peak_mb, 1),
                "others": round(cost.others, 2),
                **more,
            }
        )
        print(
            f"{size:>6} {what:28} {cost.wall_s:8.1f} s wall {cost.cpu_s:8.2f} s CPU {cost.peak_mb:7,.0f} MB"
            f"   others {cost.others:.1f} cores",
            flush=True,
        )

    def of(self, what: str, size: int) -> list[Entry]:
        """The measurements of something at a size, in the order of turns."""
        return [each for each in self.costs if (each["what"], each["size"]) == (what, size)]

    def sizes(self, *whats: str) -> list[int]:
        """At which sizes all of these were measured."""
        return sorted(
            set.intersection(*({c["size"] for c in self.costs if c["what"] == w} for w in whats))
            if whats
            else {c["size"] for c in self.costs}
        )

    def median(self, what: str, size: int, of: str) -> float:
        """The median of the turns; of memory, and of what is counted, the greatest."""
        values = [each[of] for each in self.of(what, size) if of in each]
        return float(statistics.median(values) if of in ("wall_s", "cpu_s") else max(values))

    def ratio(self, ours: str, theirs: str, size: int, of: str) -> float:
        """The median of what each turn says: this machine is faster at one time than at another."""
        pairs = zip(self.of(ours, size), self.of(theirs, size), strict=False)
        return statistics.median(a[of] / b[of] for a, b in pairs)

    def others(self) -> float | None:
        """How many cores other work took on average meanwhile; None where unknown."""
        known = [each for each in self.costs if "others" in each]
        wall = sum(each["wall_s"] for each in known)
        return sum(each["others"] * each["wall_s"] for each in known) / wall if wall else None

    def is_quiet(self) -> bool:
        """Whether nothing else is known to have run."""
        others = self.others()
        return others is not None and others < QUIET

    def save(self, path: Path) -> None:
        """Write them, a measurement a line."""
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"schema": SCHEMA, "measure": self.measure, "about": self.about}
        costs = ",\n".join(f"  {json.dumps(each)}" for each in self.costs)
        path.write_text(f'{json.dumps(told, indent=1)[:-2]},\n "costs": [\n{costs}\n ]\n}}\n')


def load(path: Path) -> Results:
    told = json.loads(path.read_text())
    return Results(told["measure"], told["about"], told["costs"])


def begun(measure: str, **more: Any) -> Results:
    """Results with nothing measured yet, of this machine and now."""
    now = datetime.datetime.now(datetime.UTC)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    about = {
        "date": f"{now:%Y-%m-%d}",
        "commit": _said("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"),
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_gb": round(memory / 1e9),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "spark_versions": {name: version(name, SPARK_PYTHON) for name in SPARK_PACKAGES},
        **more,
    }
    return Results(measure, about)


def where(results: Results) -> str:
    """A sentence: when, on which machine, and whether it had other work."""
    about = results.about
    others = results.others()
    if others is None:
        noise = about.get("noise", "what else ran was not recorded")
    elif results.is_quiet():
        noise = "the machine had no other work"
    else:
        noise = (
            f"other work took {others:.1f} of its cores meanwhile, so that wall times say little, and CPU "
            "times are near at best"
        )
    names = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    spark = about["spark_versions"].get("pyspark")
    return (
        f"Measured on {about['date']} at `{about['commit']}`: {about['cores']} cores ({about['processor']}), "
        f"{about['memory_gb']} GB; {noise}. Python {about['python']}; {names}"
        + (f"; PySpark {spark} beside it." if spark else ".")
    )


def version(package: str, python: Path = PYTHON) -> str:
    """A package's version in an environment; nothing where it is not installed."""
    if not python.exists():
        return ""
    return _said(python, "-c", f"from importlib.metadata import version; print(version('{package}'))")


def _said(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table."""
    heads = list(heads)
    return [f"| {' | '.join(line)} |" for line in (heads, ["---"] * len(heads), *rows)]


def sizes_of(text: str, times: int) -> dict[int, int]:
    """Sizes and how often each is measured.

    >>> sizes_of("1:7 10 50:1", times=3)
    {1: 7, 10: 3, 50: 1}
    """
    parts = (part.partition(":") for part in text.split())
    return {int(size): int(often or times) for size, _, often in parts}
