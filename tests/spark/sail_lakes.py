"""Let everything happen to lakes of Sail and PyIceberg, and keep what they held, for Spark to be compared.

python tests/spark/sail_lakes.py FOLDER      in the default environment; the data folder is STEDI_DATA

Each set of data becomes a folder with the deliveries, `lake`, and a folder for each phase with a Parquet
file a table; the lake is then let be as it was after its first delivery in `begun`, for the other engine
to go on with.
"""

import os
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq
from both_lakes import DATA, contents, lay, live, new

from stedi.pipeline.run import run
from stedi.sources.simulator import simulate

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
                for name, rows in contents(lake).items():
                    pq.write_table(rows, given / f"{phase}_rows" / f"{name}.parquet")
    begun = new(folder / "begun")
    run(begun, folder / "fleet" / "first", settle_s=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
