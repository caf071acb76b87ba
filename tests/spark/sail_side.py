"""Run every transform on Sail and keep what it was given and what it gave, for Spark to be compared with.

python tests/spark/sail_side.py FOLDER      in the default environment; the data folder is STEDI_DATA

Each set of data becomes a folder with `landing` (a link), and a Parquet file for the accepted and refused
lines of each source and for the output of each transform. Without the data folder only the simulated
fleet is taken.
"""

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from both_sides import (
    REFUSED_SCHEMA,
    SUPPRESSION_KEY,
    WINDOWS,
    OfRows,
    accepted_lines,
    landed_files,
    lines_of,
    refused_lines,
    steps,
)

from stedi.engine.session import sail
from stedi.landing import customer, requests
from stedi.privacy.suppression import device_hash, email_hash
from stedi.schema.arrow import arrow_schema
from stedi.tables import SOURCES
from stedi_fleet.simulator import simulate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REPOSITORY = Path(__file__).resolve().parents[2]


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    fleet = folder / "fleet_landing"
    simulate(fleet, customers=24, minutes=1.0, dirty=True)
    starter = Path(os.environ.get("STEDI_DATA", REPOSITORY / "../shared/data")).resolve() / "stedi"
    with sail() as session:
        for data in WINDOWS:
            landing = fleet if data == "fleet" else starter
            if landing.is_dir():
                _keep(session, data, landing, folder / data)


def _keep(session: "SparkSession", data: str, landing: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "landing").symlink_to(landing)
    files = landed_files(landing)
    for source in SOURCES:
        own = [(f, c) for f, c in files if f.source == source]
        accepted = (batch for file, content in own for batch in accepted_lines(file, content))
        _write(folder, lines_of(source.name), accepted, arrow_schema(source.staged))
        refused = (batch for file, content in own for batch in refused_lines(file, content))
        _write(folder, f"{source.name}_refused", refused, REFUSED_SCHEMA)
    pq.write_table(_asked(folder, data), folder / "requests.parquet")
    for step in steps(data):
        if isinstance(step, OfRows):
            made = step.run(folder)
        else:
            made = step.run(
                *(session.read.parquet(str(folder / f"{name}.parquet")) for name in step.inputs)
            ).toArrow()
        pq.write_table(made, folder / f"{step.name}.parquet")


def _asked(folder: Path, data: str) -> pa.Table:
    """Of the simulated fleet two people ask to leave, of the starter data nobody."""
    people = pq.read_table(folder / f"{lines_of(customer.SOURCE.name)}.parquet").to_pylist()
    leave = people[: 2 if data == "fleet" else 0]
    rows: list[dict[str, object]] = []
    for number, (kind, row) in enumerate(zip(("withdraw", "erase"), leave, strict=False)):
        asked = {"request": f"{number}", "kind": kind, "requested_at": row["effective_at"]}
        by_email = email_hash(row["participant"], SUPPRESSION_KEY)
        rows.append(asked | {"about": "email", "hash": by_email})
        if row["serialnumber"]:
            device = device_hash(row["serialnumber"], SUPPRESSION_KEY)
            rows.append(asked | {"about": "device", "hash": device, "covers_until": row["effective_at"]})
    return pa.Table.from_pylist(rows, schema=arrow_schema(requests.TABLE))


def _write(folder: Path, name: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
    pq.write_table(pa.Table.from_batches(list(batches), schema=schema), folder / f"{name}.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
