"""What `stedi maintain` saves on a lake with many small deliveries.

python bench/maintenance.py     25 deliveries, then the same things measured before and after
"""

import argparse
import json
import shutil
import subprocess
from pathlib import Path

from measure import Cost, measured
from run import CACHE, KEYS, STEDI

QUERY = "select count(*), avg(x) from machine_learning_curated"


def delivered(fleet: Path, landing: Path, lake: Path, count: int) -> None:
    """Land a fleet's readings in so many parts, a run each."""
    for part in range(count):
        for source in sorted(path.name for path in fleet.iterdir() if path.name != "truth"):
            lines = _lines(fleet / source)
            if some := lines[len(lines) * part // count : len(lines) * (part + 1) // count]:
                (landing / source).mkdir(parents=True, exist_ok=True)
                (landing / source / f"part-{part:03}.json").write_bytes(b"".join(some))
        ran(landing, lake)


def _lines(folder: Path) -> list[bytes]:
    return [line for file in sorted(folder.rglob("*.json")) for line in file.read_bytes().splitlines(True)]


def ran(landing: Path, lake: Path) -> Cost:
    return measured([STEDI, "--quiet", "--lake", lake, "run", "--landing", landing, "--settle", "0"], KEYS)


def told(landing: Path, lake: Path) -> str:
    files = [path for path in (lake / "tables").rglob("*") if path.is_file()]
    data = sum(path.suffix == ".parquet" for path in files)
    size = sum(path.stat().st_size for path in files) / 1e6
    query = min(
        (measured([STEDI, "--quiet", "--lake", lake, "query", QUERY], KEYS) for _ in range(3)),
        key=lambda cost: cost.cpu_s,
    )
    run = min((ran(landing, lake) for _ in range(3)), key=lambda cost: cost.cpu_s)
    return (
        f"{len(files):,} files ({data:,} of data), {size:.1f} MB; query {query.cpu_s:.2f} CPU s "
        f"{query.wall_s:.2f} s; run with nothing new {run.cpu_s:.2f} CPU s {run.wall_s:.2f} s"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--deliveries", type=int, default=25)
    arguments.add_argument("--customers", type=int, default=24)
    asked = arguments.parse_args()
    root = CACHE / "maintenance"
    shutil.rmtree(root, ignore_errors=True)
    fleet, landing, lake = root / "fleet", root / "landing", root / "lake"
    subprocess.run(
        [STEDI, "simulate", fleet, "--customers", str(asked.customers), "--minutes", "1"], check=True
    )
    delivered(fleet, landing, lake, asked.deliveries)
    print("before:", told(landing, lake))
    cost = measured([STEDI, "--lake", lake, "maintain", "--keep", "1", "--json"], KEYS)
    print(f"maintain: {cost.cpu_s:.2f} CPU s {cost.wall_s:.2f} s, peak {cost.peak_mb:.0f} MB")
    print("after: ", told(landing, lake))
    log = (lake / "audit.ndjson").read_text().splitlines()
    print(json.dumps(json.loads(log[-1])["compacted"]))
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
