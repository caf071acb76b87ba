"""Let everything happen to lakes of Sail and PyIceberg, and keep what they held, for Spark to be compared.

python tests/spark/sail_lakes.py FOLDER         in the default environment; the data folder is STEDI_DATA
python tests/spark/sail_lakes.py FOLDER --back  after the tests: go on with the lake that Spark went on with

Each set of data becomes a folder with the deliveries, `lake`, and a folder for each phase with a Parquet
file a table; the lake is then let be as it was after its first delivery in `begun`, for the other engine
to go on with.
"""

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from both_lakes import DATA, contents, lay, live, new, rows

from stedi.asking.checking import check
from stedi.lake.config import opened
from stedi.run.run import run
from stedi.tables import DERIVED
from stedi_fleet.simulator import simulate

DERIVED_NAMES = [table.name for table in DERIVED]
REPOSITORY = Path(__file__).resolve().parents[2]


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["STEDI_KEYS"] = str(folder / "keys")
    fleet = folder / "fleet_landing"
    simulate(fleet, customers=12, minutes=0.7, dirty=True)
    starter = Path(os.environ.get("STEDI_DATA", REPOSITORY / "../shared/data")).resolve() / "stedi"
    for data in DATA:
        landing = fleet if data == "fleet" else starter
        if landing.is_dir():
            given = folder / data
            lay(landing, given)
            lake = new(given / "lake")
            for phase in live(lake, given):
                (given / f"{phase}_rows").mkdir()
                for name, content in contents(lake).items():
                    pq.write_table(content, given / f"{phase}_rows" / f"{name}.parquet")
    begun = new(folder / "begun")
    run(begun, folder / "fleet" / "first", settle_s=0)


def back(folder: Path) -> None:
    """Spark took in the second delivery: nothing is new, and building everything anew changes no row."""
    os.environ["STEDI_KEYS"] = str(folder / "keys")
    lake = opened(folder / "begun")
    before = {name: Counter(map(str, rows(lake, name).to_pylist())) for name in DERIVED_NAMES}
    for full in (False, True):
        report = run(lake, folder / "fleet" / "second", settle_s=0, full=full)
        if report.changed is not full:
            raise SystemExit(f"A lake of Spark was not gone on with: changed is {report.changed}.")
        for name, was in before.items():
            if Counter(map(str, rows(lake, name).to_pylist())) != was:
                raise SystemExit(f"A lake of Spark was not gone on with: rows of {name} differ.")
    if "machine_learning_curated" not in before or not before["machine_learning_curated"]:
        raise SystemExit("A lake of Spark was not gone on with: no row was compared.")
    check(lake)
    print("Sail went on with a lake of Spark, and no row changed.")


if __name__ == "__main__":
    (back if "--back" in sys.argv else main)(Path(sys.argv[1]).resolve())
