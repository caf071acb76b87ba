"""The five tables as a hand-written DuckDB script makes them: the least that a run can be compared with.

It is what an able engineer writes in an hour: declared columns, one JSON read a source, joins on person and
time, Parquet out, each table read back by the next. It reads leniently: a line that is no JSON, or that does
not fit, is dropped and nobody hears of it. Nothing else is done: no verdict a line, no repeats found, no
ownership of devices, no ledger, no pseudonyms, no checks, no Iceberg, no release.

    .venv/bin/python bench/plain_duckdb.py LANDING TARGET
"""

import json
import sys
from pathlib import Path

import duckdb

COLUMNS = {
    "customer": {
        "customerName": "varchar", "email": "varchar", "phone": "varchar", "birthDay": "varchar",
        "serialNumber": "varchar", "registrationDate": "bigint", "lastUpdateDate": "bigint",
        "shareWithResearchAsOfDate": "bigint", "shareWithPublicAsOfDate": "bigint",
        "shareWithFriendsAsOfDate": "bigint",
    },
    "accelerometer": {
        "user": "varchar", "timestamp": "bigint", "x": "double", "y": "double", "z": "double",
    },
    "step_trainer": {
        "sensorReadingTime": "bigint", "serialNumber": "varchar", "distanceFromObject": "int",
    },
}  # fmt: skip

TABLES = {
    "customer_trusted": "from customer where shareWithResearchAsOfDate is not null",
    "accelerometer_trusted": """
        from accelerometer as reading semi join customer_trusted as customer
        on reading.user = customer.email and reading.timestamp >= customer.shareWithResearchAsOfDate
    """,
    "customers_curated": """
        from customer_trusted as customer semi join accelerometer_trusted as reading
        on reading.user = customer.email
    """,
    "step_trainer_trusted": """
        select reading.*, customer.email
        from step_trainer as reading join customers_curated as customer
        on reading.serialNumber = customer.serialNumber
        and reading.sensorReadingTime >= customer.shareWithResearchAsOfDate
    """,
    "machine_learning_curated": """
        select phone.user, step.serialNumber, phone.timestamp, phone.x, phone.y, phone.z,
               step.distanceFromObject
        from accelerometer_trusted as phone join step_trainer_trusted as step
        on phone.user = step.email and phone.timestamp = step.sensorReadingTime
    """,
}


def build(landing: Path, target: Path) -> dict[str, int]:
    """Write the five tables; return the rows of each."""
    target.mkdir(parents=True, exist_ok=True)
    rows = {}
    # Two cores, as the others have; no order of lines to keep.
    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as connection:
        for source, columns in COLUMNS.items():
            connection.execute(
                f"create view {source} as from read_json('{landing / source}/**/*.json', "
                f"format = 'newline_delimited', ignore_errors = true, columns = {columns})"
            )
        for name, query in TABLES.items():
            file = target / f"{name}.parquet"
            (rows[name],) = connection.execute(f"copy ({query}) to '{file}'").fetchone() or (0,)
            connection.execute(f"create view {name} as from '{file}'")
    return rows


if __name__ == "__main__":
    print(json.dumps(build(*map(Path, sys.argv[1:]))))
