"""Where the time of a run goes: imports, then each step with wall time, CPU time and memory.

python bench/profile_run.py LANDING LAKE
python bench/profile_run.py --imports
"""

import functools
import gc
import importlib
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stedi.cli.main import OBJECTS_BETWEEN_COLLECTIONS
from stedi.engine.session import ALLOCATOR

IMPORTED = (
    "stedi.cli.main",
    "stedi.cli.running",
    "pysail.spark",
    "pyspark.sql.connect.session",
    "pyarrow.parquet",
    "pyarrow.compute",
    "stedi.store.catalog",
    "pyiceberg.io.pyarrow",
)
"""What a run imports, sooner or later."""

STEPS = {
    "stedi.pipeline.run": ("stage",),
    "stedi.pipeline.deriving": ("build_all", "as_declared", "consented_only", "accounted"),
    "stedi.pipeline.staged_rows": ("_rows", "_by_file", "staged_as_declared"),
    "stedi.pipeline.build": ("build_one",),
    "stedi.pipeline.gate": ("check",),
    "stedi.pipeline.publish": ("publish",),
    "stedi.pipeline.ledger": ("commit",),
}
STORE = ("create", "append", "replace")


class Told:
    """Prints each step when it ends, indented below the step it is part of, with what it cost."""

    def __init__(self) -> None:
        self.depth = 0

    def around(self, step: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The same function, timed."""

        @functools.wraps(step)
        def timed(*given: Any, **named: Any) -> Any:
            self.depth += 1
            wall, cpu = time.perf_counter(), time.process_time()
            try:
                return step(*given, **named)
            finally:
                self.depth -= 1
                about = [g.name for g in given if isinstance(getattr(g, "name", None), str)]
                indented = "  " * self.depth + " ".join([name, *about])
                self.line(indented, time.perf_counter() - wall, time.process_time() - cpu)

        return timed

    def line(self, name: str, wall_s: float, cpu_s: float) -> None:
        """Print what a step cost, and the highest memory until now."""
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"{name:55} {wall_s:7.2f} s wall {cpu_s:7.2f} s CPU {peak_mb:7,.0f} MB", flush=True)


def import_all() -> None:
    for name in IMPORTED:
        importlib.import_module(name)


def main() -> None:
    # As a run does, and before anything is imported that allocates.
    os.environ.update(ALLOCATOR, OPENBLAS_NUM_THREADS="1")
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    wall, cpu = time.perf_counter(), time.process_time()
    import_all()
    if sys.argv[1] == "--imports":
        os._exit(0)
    told = Told()
    told.line("imports", time.perf_counter() - wall, time.process_time() - cpu)
    for module_name, steps in STEPS.items():
        module = importlib.import_module(module_name)
        for step in steps:
            setattr(module, step, told.around(getattr(module, step), step.removeprefix("_")))

    from stedi.config import create
    from stedi.pipeline import run, stage
    from stedi.store.local import LocalStore

    for step in STORE:
        setattr(LocalStore, step, told.around(getattr(LocalStore, step), f"store.{step}"))
    reading = stage.read_all
    all_read = told.around(reading, "read_all")
    stage.read_all = all_read
    landing, lake = map(Path, sys.argv[1:])
    told.around(run.run, "run")(create(lake), landing, settle_s=0)


if __name__ == "__main__":
    main()
