"""How long after it landed a file is published, by a follower of the demo's fleet.

python -m bench.following                  a file a second, one or a few lines of a device at a time
python -m bench.following --every 10 --seconds-a-file 2

The fleet is the demo's, broken lines and files included. Its large files land in pieces, as a collector of a
stream would land them, in an order of chance but for the customers, who come first. A file has landed when it
has its name, and is published when its release was committed.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.lakes import CACHE, STEDI, Bench, emptied
from bench.measure import Cost, busy_s
from bench.results import FOLDER, Results, begun, table, where
from stedi.asking.reader import store_with_releases
from stedi.lake.config import opened
from stedi.staging.ledger import Ledger

RESULTS = FOLDER / "following.json"
WHAT = "following"
LINES_A_PIECE = 2_000
LONGEST_S = 600


@dataclass(frozen=True)
class Piece:
    """What lands as one file."""

    name: str
    content: bytes


def pieces(fleet: Path, lines: int, seed: int = 1) -> list[Piece]:
    """The fleet's files, the large plain ones cut, in the order in which they land."""
    cut = list(_cut(fleet, lines))
    customers = [piece for piece in cut if piece.name.startswith("customer/")]
    others = [piece for piece in cut if not piece.name.startswith("customer/")]
    random.Random(seed).shuffle(others)
    return [*customers, *others]


def _cut(fleet: Path, lines: int) -> Iterator[Piece]:
    for file in sorted(path for path in fleet.rglob("*") if path.is_file()):
        name = str(file.relative_to(fleet))
        if name.startswith("truth/"):
            continue
        content = file.read_bytes()
        rows = content.splitlines(keepends=True)
        if file.suffix != ".json" or len(rows) <= lines or b"\x00" in content[:4]:
            yield Piece(name, content)
            continue
        for number in range(0, len(rows), lines):
            path = Path(name)
            part = path.with_name(f"{path.stem}-{number // lines:04}{path.suffix}")
            yield Piece(str(part), b"".join(rows[number : number + lines]))


def land(piece: Piece, landing: Path) -> float:
    """Let a file appear whole; return when, seconds since 1970."""
    path = landing / piece.name
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(piece.content)
    unfinished.rename(path)
    return time.time()


def published_at(lake: Path) -> dict[str, float]:
    """When each file was published, seconds since 1970."""
    with store_with_releases(opened(lake)) as (store, releases):
        by_run = {release.run_id: release.published_at / 1000 for release in releases}
        entries = Ledger.of(store).entries
    return {e.path: at for e in entries if (at := by_run.get(e.batch.rpartition("-")[0])) is not None}


def followed(
    bench: Bench, lake: Path, landing: Sequence[Piece], *, every_s: float, seconds_a_file: float
) -> tuple[Cost, list[float], int]:
    """Follow a lake while files land; return what it cost, how long each file took, and the releases."""
    environment = {**os.environ, **bench.keys()}
    subprocess.run([STEDI, "--quiet", "--lake", lake, "init"], env=environment, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    out, said = bench.cache / "following.jsonl", bench.cache / "said"
    command = [STEDI, "--lake", lake, "follow", "--json", "--every", str(every_s)]
    began, busy, own = time.perf_counter(), busy_s(), time.process_time()
    with out.open("wb") as stream, said.open("wb") as errors:
        process = subprocess.Popen([*map(str, command)], stdout=stream, stderr=errors, env=environment)
    until = time.monotonic() + LONGEST_S
    while "following" not in said.read_text() and time.monotonic() < until:
        time.sleep(0.1)
    landed = {piece.name: land(piece, lake / "landing") for piece in _paced(landing, seconds_a_file)}
    until = time.monotonic() + LONGEST_S
    while _files_told(out) < len(landed):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the follower published {_files_told(out)} of {len(landed)} files")
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    wall_s = time.perf_counter() - began
    cpu_s = usage.ru_utime + usage.ru_stime
    others = (busy_s() - busy - cpu_s - (time.process_time() - own)) / wall_s
    cost = Cost(wall_s, cpu_s, usage.ru_maxrss / 1e3, max(0.0, others), "")
    bench.require_rows(
        {name: each["rows"] for name, each in _lines(out)[-1]["tables"].items()}, 1, "a follower"
    )
    told = published_at(lake)
    return cost, [told[name] - at for name, at in landed.items()], len(_lines(out))


def _paced(landing: Sequence[Piece], seconds_a_file: float) -> Iterator[Piece]:
    began = time.monotonic()
    for number, piece in enumerate(landing):
        time.sleep(max(0.0, began + number * seconds_a_file - time.monotonic()))
        yield piece


def _lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text().splitlines()]


def _files_told(out: Path) -> int:
    return sum(line["new_files"] for line in _lines(out))


def percentile(values: Sequence[float], percent: int) -> float:
    """The least value that so many percent do not exceed.

    >>> percentile([3.0, 1.0, 2.0], 50), percentile([3.0, 1.0, 2.0], 95)
    (2.0, 3.0)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def section(found: Results) -> list[str]:
    """Of docs/benchmarks.md."""
    rows = []
    for size in found.sizes(WHAT):
        for each in found.of(WHAT, size):
            rows.append(
                [f"{size}", f"{each['megabytes']:.0f}", f"{each['every_s']:g}", f"{each['p50_s']:.1f}",
                 f"**{each['p95_s']:.1f}**", f"{each['longest_s']:.1f}", str(each["releases"]),
                 f"{each['cpu_s'] / each['releases']:.2f}", f"{each['peak_mb']:,.0f}"]
            )  # fmt: skip
    heads = ["files", "MB", "`--every`", "median, s", "p95, s", "longest, s", "releases", "CPU s a release",
             "peak MB"]  # fmt: skip
    return [
        "## Landing to published",
        "",
        "[`stedi follow`](follow.md) while the demo's fleet lands, a file a second, broken ones too: from "
        "the time at which a file has its name until its release is committed. `make bench-following`.",
        "",
        where(found),
        "",
        *table(heads, rows),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=24)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--lines", type=int, default=LINES_A_PIECE, help="of a piece of a large file")
    parser.add_argument("--every", type=float, default=5.0)
    parser.add_argument("--seconds-a-file", type=float, default=1.0)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    root = emptied(asked.cache / "following")
    root.mkdir(parents=True)
    fleet = [STEDI, "simulate", root / "fleet", "--customers", asked.customers, "--minutes", asked.minutes]
    subprocess.run([*map(str, fleet), "--dirty"], check=True, stdout=subprocess.DEVNULL)
    landing = pieces(root / "fleet", asked.lines)
    expected = json.loads((root / "fleet/truth/expected.json").read_text())["lake"]["from_consent"]
    rows = {name: count for name, count in expected.items() if name != "sessions"}
    bench = Bench(root / "fleet", root, rows)
    cost, waits, releases = followed(
        bench, root / "lake", landing, every_s=asked.every, seconds_a_file=asked.seconds_a_file
    )
    found = begun("following")
    found.add(
        WHAT, len(landing), 0, cost, megabytes=round(sum(len(p.content) for p in landing) / 1e6, 1),
        every_s=asked.every, releases=releases, p50_s=round(statistics.median(waits), 2),
        p95_s=round(percentile(waits, 95), 2), longest_s=round(max(waits), 2),
    )  # fmt: skip
    found.save(asked.results)
    print(
        f"{len(waits)} files, {releases} releases: median {statistics.median(waits):.1f} s, "
        f"p95 {percentile(waits, 95):.1f} s, longest {max(waits):.1f} s"
    )
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
