"""The commands that are measured, as somebody types them, and the data that they are given."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.grow import grow
from bench.measure import Cost, measured

REPOSITORY = Path(__file__).resolve().parents[1]
CACHE = REPOSITORY / ".cache" / "bench"
PYTHON = REPOSITORY / ".venv" / "bin" / "python"
SPARK_PYTHON = REPOSITORY / ".venv-spark" / "bin" / "python"
STEDI = PYTHON.with_name("stedi")

TABLES = (
    "customer_trusted", "accelerometer_trusted", "customers_curated", "step_trainer_trusted",
    "machine_learning_curated",
)  # fmt: skip
"""What the peers make too."""

STARTER = dict(zip(TABLES, (482, 32_025, 464, 11_297, 32_025), strict=True))
"""Rows that a run makes of the starter data, and so do they: nothing in it is refused or corrected."""

OBJECTS_BETWEEN_COLLECTIONS = 500_000
"""As the command line sets it."""

IMPORTED = "import time:"
IMPORTS = """
import gc, importlib, os
gc.set_threshold({threshold})
for name in {names}:
    try:
        importlib.import_module(name)
    except ImportError:
        pass  # Only the one that imports it may do so.
os._exit(0)
"""


class OtherRowsError(Exception):
    """A measured command made other rows than it must: a comparison of different work says nothing."""


@dataclass(frozen=True)
class Bench:
    """Where things are measured, and on what.

    Attributes:
        data: A landing zone; the starter data unless a test brings its own.
        cache: A folder for what is made of it.
        rows: The rows of each table that one copy of it gives.
    """

    data: Path = field(default_factory=lambda: starter_data())
    cache: Path = CACHE
    rows: Mapping[str, int] = field(default_factory=lambda: STARTER)

    def keys(self) -> dict[str, str]:
        """The environment of a command of ours: keys of lakes that are thrown away."""
        return {"STEDI_KEYS": str(self.cache / "keys")}

    def landing(self, copies: int) -> Path:
        """A landing zone of so many copies; made once."""
        if copies == 1:
            return self.data
        landing = self.cache / f"landing-{copies}x"
        grow(self.data, landing, copies)
        return landing

    def megabytes(self, copies: int) -> float:
        """The size of that landing zone."""
        return bytes_in(self.landing(copies)) / 1e6

    def run(self, landing: Path, lake: Path) -> Cost:
        """`stedi run`, on Sail."""
        return measured(run_command(landing, lake), self.keys())

    def run_on_spark(self, landing: Path, lake: Path, environment: Mapping[str, str]) -> Cost:
        """The same, on Spark with two cores."""
        told = ("--engine", "spark", "--master", "local[2]")
        command = run_command(landing, lake, *told, stedi=SPARK_PYTHON.with_name("stedi"))
        return measured(command, {**self.keys(), **environment})

    def require_rows(self, rows: Mapping[str, int], copies: int, whose: str) -> None:
        """Stop unless a result is the right one.

        Raises:
            OtherRowsError: It is not.
        """
        expected = {name: count * copies for name, count in self.rows.items()}
        if {name: rows[name] for name in expected} != expected:
            raise OtherRowsError(f"{whose} made other rows than expected: {rows} and not {expected}")


def starter_data() -> Path:
    """Where the starter data is; STEDI_DATA names the folder above it."""
    return Path(os.environ.get("STEDI_DATA", REPOSITORY / "../shared/data")).resolve() / "stedi"


def run_command(landing: Path, lake: Path, *more: str, stedi: Path = STEDI) -> list[str | Path]:
    """`stedi run`; `more` are options that stand before the command."""
    where = ["--landing", landing, "--settle", "0", "--json"]
    return [stedi, "--quiet", "--lake", lake, *more, "run", *where]


def rows_made(cost: Cost) -> dict[str, int]:
    """The rows of each table that a run tells of."""
    tables = json.loads(cost.output)["tables"]
    return {name: tables[name]["rows"] for name in TABLES}


def imports(command: Sequence[str | Path], environment: Mapping[str, str], cache: Path) -> Cost:
    """What it costs to start Python and import all that a command imports, by asking the command itself."""
    asked = {**os.environ, **environment, "PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run([*map(str, command)], env=asked, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith(IMPORTED)]
    names = [line.rpartition("|")[2].strip() for line in lines if "[us]" not in line]
    script = cache / "imports.py"
    # A file: the client of Spark takes `python -c` for its own doctests.
    script.write_text(IMPORTS.format(threshold=OBJECTS_BETWEEN_COLLECTIONS, names=names))
    return measured([PYTHON, script], {"OPENBLAS_NUM_THREADS": "1"})


def bytes_in(folder: Path, pattern: str = "*.json") -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern))


def emptied(folder: Path) -> Path:
    """The folder's path, with nothing there."""
    shutil.rmtree(folder, ignore_errors=True)
    return folder
