"""What `stedi maintain` saves on a lake with many small deliveries.

python -m bench.maintenance     25 deliveries, then the same things measured before and after
"""

import argparse
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.lakes import CACHE, STEDI, Bench, emptied
from bench.measure import measured

QUERY = "select count(*), avg(x) from machine_learning_curated"


def delivered(bench: Bench, fleet: Path, lake: Path, count: int) -> None:
    """Land a fleet's readings in so many parts, a run each."""
    for part in range(count):
        for source in sorted(path.name for path in fleet.iterdir() if path.name != "truth"):
            lines = _lines(fleet / source)
            if some := lines[len(lines) * part // count : len(lines) * (part + 1) // count]:
                (bench.data / source).mkdir(parents=True, exist_ok=True)
                (bench.data / source / f"part-{part:03}.json").write_bytes(b"".join(some))
        bench.run(bench.data, lake)


def _lines(folder: Path) -> list[bytes]:
    return [line for file in sorted(folder.rglob("*.json")) for line in file.read_bytes().splitlines(True)]


def told(bench: Bench, lake: Path, times: int) -> str:
    files = [path for path in (lake / "tables").rglob("*") if path.is_file()]
    data = sum(path.suffix == ".parquet" for path in files)
    size = sum(path.stat().st_size for path in files) / 1e6
    query = min(
        (measured([STEDI, "--quiet", "--lake", lake, "query", QUERY], bench.keys()) for _ in range(times)),
        key=lambda cost: cost.cpu_s,
    )
    run = min((bench.run(bench.data, lake) for _ in range(times)), key=lambda cost: cost.cpu_s)
    return (
        f"{len(files):,} files ({data:,} of data), {size:.1f} MB; query {query.cpu_s:.2f} CPU s "
        f"{query.wall_s:.2f} s; run with nothing new {run.cpu_s:.2f} CPU s {run.wall_s:.2f} s"
    )


def main(given: Sequence[str] | None = None) -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--deliveries", type=int, default=25)
    arguments.add_argument("--customers", type=int, default=24)
    arguments.add_argument("--times", type=int, default=3, help="the least of so many counts")
    arguments.add_argument("--cache", type=Path, default=CACHE)
    asked = arguments.parse_args(given)
    root = emptied(asked.cache / "maintenance")
    fleet, lake = root / "fleet", root / "lake"
    bench = Bench(root / "landing", root)
    subprocess.run(
        [STEDI, "simulate", fleet, "--customers", str(asked.customers), "--minutes", "1"], check=True
    )
    delivered(bench, fleet, lake, asked.deliveries)
    print("before:", told(bench, lake, asked.times))
    cost = measured([STEDI, "--lake", lake, "maintain", "--keep", "1", "--json"], bench.keys())
    print(f"maintain: {cost.cpu_s:.2f} CPU s {cost.wall_s:.2f} s, peak {cost.peak_mb:.0f} MB")
    print("after: ", told(bench, lake, asked.times))
    log = (lake / "audit.ndjson").read_text().splitlines()
    print(json.dumps(json.loads(log[-1])["compacted"]))
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
