"""In which order lines land, in which files, how often and how packed changes no table."""

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contents import contents
from deliveries import SOURCES as NAMES
from deliveries import Delivery, Line, deliveries
from killed import Content, Due, at, differing, lake_with_keys
from stedi.asking.reader import reading
from stedi.lake.config import Lake
from stedi.tables import SOURCES, STAGED

SEEDS = range(40)
IN_CI = 1


def told(lake: Lake) -> Content:
    """Derived tables and dispositions as they are; of staged rows, what landed.

    Which of several equal lines was taken, from which file, is not told: it is the first that landed.
    """
    found: Content = {name: rows for name, rows in contents(lake).items()}
    with reading(lake) as reader:
        for source in SOURCES:
            rows: Counter[tuple[object, ...]] = Counter()
            for file in reader.files(source.staged):
                read = pq.ParquetFile(file.path).read(columns=source.landed.names)
                rows.update(tuple(row.values()) for row in read.to_pylist())
            found[source.staged.name] = rows
    assert {source.staged.name for source in SOURCES} <= {table.name for table in STAGED}
    return found


def land(landing: Path, source: str, name: str, lines: list[Line], *, packed: bool) -> None:
    content = "".join(json.dumps(line) + "\n" for line in lines).encode()
    folder = landing / source
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "json.gz" if packed else "json"
    (folder / f"{name}.{suffix}").write_bytes(gzip.compress(content) if packed else content)


def in_one(landing: Path, history: list[Delivery]) -> None:
    """All lines of a source in one file."""
    for source in NAMES:
        land(landing, source, "all", [x for d in history for x in d.lines[source]], packed=False)


def shuffled(lake: Lake, landing: Path, history: list[Delivery], rng: random.Random, moment_ms: int) -> None:
    """Run after run, in files of a few lines, in any order, many of them twice, packed or not."""
    files: list[tuple[str, list[Line]]] = []
    for delivery in history:
        for source in NAMES:
            lines = rng.sample(delivery.lines[source], len(delivery.lines[source]))
            while lines:
                size = rng.randrange(1, 12)
                files.append((source, lines[:size]))
                lines = lines[size:]
    files += rng.sample(files, len(files) // 2)
    rng.shuffle(files)
    runs = rng.randrange(1, 4)
    for number, (source, lines) in enumerate(files):
        land(landing, source, f"{number:03}", lines, packed=rng.random() < 0.3)
        if number % (len(files) // runs + 1) == len(files) // runs:
            at(lake, Due(landing, moment_ms))
    at(lake, Due(landing, moment_ms))


@pytest.mark.parametrize(
    "seed", [pytest.param(s, marks=[] if s < IN_CI else pytest.mark.long) for s in SEEDS]
)
def test_order_and_repetition_change_no_table(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    history = deliveries(seed, count=3)
    moment_ms = history[-1].landed_at
    one = lake_with_keys(tmp_path / "one")
    in_one(tmp_path / "one_in", history)
    at(one, Due(tmp_path / "one_in", moment_ms))
    other = lake_with_keys(tmp_path / "other")
    shuffled(other, tmp_path / "other_in", history, rng, moment_ms)
    wrong = differing(told(other), told(one))
    assert not wrong, wrong


def test_each_file_reversed_twice_and_packed(tmp_path: Path) -> None:
    history = deliveries(7, count=3)
    moment_ms = history[-1].landed_at
    lakes = [lake_with_keys(tmp_path / name) for name in ("one", "other")]
    for number, delivery in enumerate(history):
        for source in NAMES:
            lines = delivery.lines[source]
            land(tmp_path / "one_in", source, f"{number}", lines, packed=False)
            for name, packed in (("x", False), ("y", True)):
                land(tmp_path / "other_in", source, f"{9 - number}{name}", lines[::-1], packed=packed)
    for lake in lakes:
        at(lake, Due(tmp_path / f"{lake.root.name}_in", moment_ms))
    one, other = map(told, lakes)
    assert not differing(other, one)
