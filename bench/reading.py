"""How fast landed lines are read, beside pyarrow's and DuckDB's JSON readers in the same run.

The peers are lenient and give fewer columns: they check no line, no person, no bucket.

    python -m bench.reading
"""

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.json

from bench.lakes import starter_data
from bench.measure import least_cpu_s
from stedi.landing import accelerometer, customer, step_trainer
from stedi.sources.examining import Examined, examined
from stedi.sources.lines import SHAPES, read_blocks
from stedi.sources.listing import listed
from stedi.sources.records import envelopes
from stedi.sources.source import Source

SOURCES = (accelerometer.SOURCE, step_trainer.SOURCE, customer.SOURCE)
LANDED_AT = 1_700_000_000_000


def landed(source: Source, megabytes: float, data: Path) -> bytes:
    """The lines of a source, again and again until they are as many megabytes."""
    folder = data / source.name
    once = b"".join(file.read_bytes() for file in sorted(folder.rglob("*.json")))
    return once * (int(megabytes * 1_000_000) // len(once) + 1)


def in_envelopes(lines: bytes, source: Source, size: int = 44) -> bytes:
    """The same readings, `size` of them in an envelope: what fits a unit that Firehose bills."""
    rows = [json.loads(line) for line in lines.splitlines()]
    return b"".join(
        line + b"\n"
        for line in envelopes(source.name, sorted(rows, key=lambda r: r[source.identity.key]), size)
    )


def ours(content: bytes, source: Source, shapes: int = SHAPES) -> int:
    stream = io.BytesIO(content)
    blocks = read_blocks(stream, source, landed_at=LANDED_AT, buckets=16, shapes=shapes)
    return sum(block.accepted.num_rows for block in blocks)


def arrow(content: bytes) -> int:
    options = pyarrow.json.ReadOptions(use_threads=False, block_size=1 << 22)
    rows: int = pyarrow.json.read_json(pa.BufferReader(content), read_options=options).num_rows
    return rows


def duck(path: str) -> int:
    with duckdb.connect(config={"threads": 1}) as connection:
        query = f"select * from read_json('{path}', format='newline_delimited')"
        return len(connection.sql(query).to_arrow_table())


def looked_at(landing: Path) -> int:
    """The first pass over a landed file: whole, hashed, its lines counted."""
    (file,) = listed(landing, SOURCES, settle_s=0)
    found = examined(file, SOURCES)
    return found.lines if isinstance(found, Examined) else 0


def cpu_s(read: Callable[[], int], times: int) -> float:
    return least_cpu_s(lambda _: read(), lambda: None, times)


def two_threads(content: bytes, source: Source, times: int) -> float:
    """How many times faster two threads read two files than one thread does."""
    one, two = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(times):
            before = time.perf_counter()
            for _ in range(2):
                ours(content, source)
            between = time.perf_counter()
            list(pool.map(ours, [content] * 2, [source] * 2))
            one.append(between - before)
            two.append(time.perf_counter() - between)
    return min(one) / min(two)


def compared(source: Source, megabytes: float, times: int, data: Path) -> str:
    """One line of the table."""
    content = landed(source, megabytes, data)
    some = content[: content.index(b"\n", len(content) // 50) + 1]
    with tempfile.TemporaryDirectory() as landing:
        file = Path(landing, source.name, "landed.json")
        file.parent.mkdir()
        file.write_bytes(content)
        first = len(content) / 1e6 / cpu_s(lambda: looked_at(Path(landing)), times)
        strict = len(content) / 1e6 / cpu_s(lambda: ours(content, source), times)
        lenient = len(content) / 1e6 / cpu_s(lambda: arrow(content), times)
        ducks = len(content) / 1e6 / cpu_s(lambda: duck(str(file)), times)
    single = len(some) / 1e6 / cpu_s(lambda: ours(some, source, shapes=0), times)
    return (
        f"{source.name:14} {first:10.0f} {strict:7.0f} {single:11.1f} {lenient:8.0f} {ducks:7.0f}"
        f" {strict / lenient:13.2f} {strict / ducks:12.2f} {two_threads(content, source, times):11.2f}x"
    )


def compared_with_lines(source: Source, megabytes: float, times: int, data: Path) -> str:
    """How fast envelopes are read, beside the same readings as lines, in MB of either."""
    lines = landed(source, 0, data)
    packed = in_envelopes(lines, source)
    lines *= int(megabytes * 1_000_000) // len(lines) + 1
    packed *= int(megabytes * 1_000_000) // len(packed) + 1
    plain = len(lines) / 1e6 / cpu_s(lambda: ours(lines, source), times)
    strict = len(packed) / 1e6 / cpu_s(lambda: ours(packed, source), times)
    some = packed[: packed.index(b"\n", len(packed) // 50) + 1]
    single = len(some) / 1e6 / cpu_s(lambda: ours(some, source, shapes=0), times)
    return f"{source.name:14} {plain:10.0f} {strict:10.0f} {single:11.1f} {strict / plain:15.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--data", type=Path, default=starter_data())
    chosen = parser.parse_args(arguments)
    print("MB per CPU s   first look    ours  one by one  pyarrow  DuckDB", end="  ")
    print("ours/pyarrow  ours/DuckDB  two threads")
    for source in SOURCES:
        print(compared(source, chosen.megabytes, chosen.times, chosen.data))
    print("MB per CPU s        lines  envelopes  one by one  envelopes/lines")
    for source in SOURCES:
        if source.has_envelopes:
            print(compared_with_lines(source, chosen.megabytes, chosen.times, chosen.data))


if __name__ == "__main__":
    main()
