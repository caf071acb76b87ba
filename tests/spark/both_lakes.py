"""What happens to a lake of each engine: two deliveries, and somebody who leaves; and what it then holds."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stedi import audit
from stedi.building.releases import newest
from stedi.erasure.procedure import carry_out
from stedi.lake.config import Lake, create, opened
from stedi.landing import requests
from stedi.privacy.keys import NAMES, Keys
from stedi.run.run import run
from stedi.schema.arrow import arrow_schema
from stedi.store.opening import store_of
from stedi.tables import TABLES, table

NOW_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
BUCKETS = 4
DATA = ("fleet", "starter")
PHASES = ("first", "second", "withdrawn")

RUNS_OWN = {
    "landed_files": {"batch"},
    "requests": {"request"},
    "releases": {"run_id", "snapshots"},
}
"""Columns that tell of the run and not of what landed."""


def lay(landing: Path, folder: Path) -> None:
    """Split what landed into two deliveries: of each source's files, every other one comes later."""
    files = [p for p in sorted(landing.rglob("*")) if p.is_file() and not p.is_symlink()]
    by_source: dict[str, list[Path]] = {}
    for path in files:
        by_source.setdefault(path.relative_to(landing).parts[0], []).append(path)
    for source, of_source in by_source.items():
        if source == "truth":
            continue
        for number, path in enumerate(of_source):
            to = folder / ("second" if number % 2 else "first") / path.relative_to(landing)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)


def live(lake: Lake, given: Path) -> Iterator[str]:
    """Let everything happen to a lake, and name each phase when it is over."""
    for hours, phase in enumerate(PHASES[:2]):
        at_ms = NOW_MS + hours * HOUR_MS
        run(lake, given / phase, settle_s=0, clock=lambda at_ms=at_ms: at_ms)
        yield phase
    email = who_leaves(lake)
    carry_out(lake, requests.WITHDRAW, email, clock=lambda: NOW_MS + 2 * HOUR_MS)
    yield PHASES[2]


def who_leaves(lake: Lake) -> str:
    """The first person, by address, who has rows in curated."""
    return min(row["person"] for row in rows(lake, "phone_readings").to_pylist())


def rows(lake: Lake, name: str) -> pa.Table:
    """All rows of a table, as its newest snapshot has them, read by neither engine."""
    store = store_of(lake)
    try:
        files = store.files(table(name))
        schema = arrow_schema(table(name))
        parts = [pq.ParquetFile(f.path).read(columns=table(name).names).cast(schema) for f in files]
    finally:
        store.close()
    return pa.concat_tables([schema.empty_table(), *parts])


def contents(lake: Lake) -> dict[str, pa.Table]:
    """Every table of a lake, without what a run makes up."""
    found = {}
    for each in TABLES:
        if each.kind.value == "iceberg":
            whole = rows(lake, each.name)
            found[each.name] = whole.drop_columns(
                [c for c in whole.column_names if c in RUNS_OWN.get(each.name, ())]
            )
    return found


def twin(of: Path, keys: Path, root: Path, to: Path, glue: str | None) -> Lake:
    """A lake with the id and the keys of another, so that pseudonyms are equal, and nothing else of it.

    Args:
        of: The other lake, or a copy of its description.
        keys: The folder of keys that the other uses.
        root: Where the twin lies.
        to: The folder of keys that the twin uses: each has an audit log of its own.
        glue: The catalog of its tables; None for one of its own.
    """
    told = json.loads((of / "lake.json").read_text())
    given, own = Keys(keys / told["lake_id"]), Keys(to / told["lake_id"])
    own.folder.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(given.path(name), own.path(name))
    (root / "landing").mkdir(parents=True)
    (root / "lake.json").write_text(json.dumps({**told, "root": str(root.resolve()), "glue": glue}))
    lake = opened(root)
    audit.begin(lake)
    return lake


def new(root: Path) -> Lake:
    """A lake of a few buckets."""
    lake = create(root, buckets=BUCKETS)
    audit.begin(lake)
    return lake


def dispositions(lake: Lake) -> Any:
    """What became of the accepted rows, as the newest release tells it."""
    store = store_of(lake)
    try:
        release = newest(store)
        assert release is not None
        return release.dispositions
    finally:
        store.close()
