"""What a lake's folder holds, byte for byte, and lakes that grow by one delivery after the other."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import preforked
from deliveries import Delivery, deliveries
from stedi.ground.failpoints import VARIABLE
from stedi.lake.config import Lake
from stedi.run.run import RunReport, run
from stedi.schema.table import Kind
from stedi.store.local import LocalStore
from stedi.tables import TABLES

RUNS = """
import sys
from pathlib import Path
from stedi.lake.config import opened
from stedi.run.run import run

run(opened(Path(sys.argv[1])), clock=lambda: int(sys.argv[2]))
"""
"""Runs a lake at a time."""


@dataclass
class Grown:
    """A lake, the history it follows, and how much of that has landed."""

    lake: Lake
    seed: int
    landed: int = 0
    history: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.history = deliveries(self.seed, count=4)

    @property
    def now(self) -> int:
        """When the newest delivery landed, UTC ms."""
        return self.history[max(self.landed - 1, 0)].landed_at

    def run(self, *, full: bool = False) -> RunReport:
        """A run at that time."""
        return run(self.lake, full=full, clock=lambda: self.now)


def land_next(grown: Grown, *, runs: bool) -> None:
    """Land the next delivery of the history."""
    grown.history[grown.landed].write(grown.lake.landing, f"{grown.landed}")
    grown.landed += 1
    if runs:
        grown.run()


def every_byte(root: Path) -> dict[str, str]:
    """A hash of every file of a lake but for the locks, which tell who held them last."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def orphans(lake: Lake) -> list[str]:
    """Files in the tables' folders that no metadata leads to."""
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        reached = {p for t in TABLES if t.kind is Kind.ICEBERG for p in store.reached(t)}
    finally:
        store.close()
    return [str(p) for p in lake.warehouse.rglob("*") if p.is_file() and p not in reached]


def killed(lake: Lake, program: str, point: str, *arguments: object) -> int:
    """The exit code of a process that runs a program over a lake and dies at a point."""
    environment = {**os.environ, VARIABLE: point}
    return preforked.run(program, lake.root, *arguments, env=environment).returncode
