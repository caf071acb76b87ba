"""The rows that today's rules make of a fixed landing zone, which change with the version of the rules alone.

    python tests/rules_rows.py        stores the digest of each table beside the version

The landing zone lies in `tests/rules/landing.tar.xz`, so that nothing but a rule changes the rows.
"""

import hashlib
import itertools
import json
import os
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deliveries import BEGIN_MS, DAY_MS, SOURCES, Delivery, deliveries
from dirty_landing import land_dirty
from stedi.asking.reader import reading
from stedi.building.rules_version import RULES_VERSION
from stedi.lake.config import LAKE_FILE, Lake, create, opened
from stedi.landing import requests
from stedi.privacy import claims as claiming
from stedi.privacy.identity import normalised_email
from stedi.privacy.keys import Keys, key_mark, keys_folder
from stedi.privacy.suppression import CLOCK_TOLERANCE_MS, email_hash
from stedi.privacy.window import Window
from stedi.run.run import run
from stedi.store.data_files import DataFile
from stedi.store.opening import store_of
from stedi.store.rows import append_rows
from stedi.tables import DERIVED, TABLES
from tiny_landing import customer, serial

FOLDER = Path(__file__).parent / "rules"
LANDING, STORED = FOLDER / "landing.tar.xz", FOLDER / "rows.json"
WITHDRAWN = ("p0.8@example.com", "p1.11@example.com")
ERASED = "p0.9@example.com"
COMMAND = "python tests/rules_rows.py"
ASKED_AT = BEGIN_MS + 23 * DAY_MS
NOW = BEGIN_MS + 60 * DAY_MS


def rows_by_table(folder: Path, window: Window) -> dict[str, str]:
    """Of each derived table a digest of its rows, in no order.

    Args:
        folder: Is made; STEDI_KEYS has to lead into it.
        window: The lake's consent window.
    """
    lake = create(folder / "lake", window=window, buckets=2)
    lake = with_known_keys(lake)
    with tarfile.open(LANDING) as packed:
        packed.extractall(lake.landing, filter="data")
    key = lake.key("suppression")
    asked = [(email, "withdraw") for email in WITHDRAWN] + [(ERASED, "erase")]
    store = store_of(lake)
    try:
        store.create(TABLES)
        rows = [
            {"request": f"{n}", "kind": kind, "requested_at": ASKED_AT, "about": "email",
             "hash": email_hash(normalised_email(email), key), "covers_from": None, "covers_until": None}
            for n, (email, kind) in enumerate(asked)
        ]  # fmt: skip
        append_rows(store, requests.TABLE, rows, "asked")
    finally:
        store.close()
    run(lake, clock=lambda: NOW)
    with reading(lake) as reader:
        return {each.name: digest(each.names, reader.files(each)) for each in DERIVED}


def with_known_keys(lake: Lake) -> Lake:
    """The lake with the keys that all lakes of these tests have, or pseudonyms would differ."""
    told = json.loads((lake.root / LAKE_FILE).read_text())
    for name in ("pseudonym", "suppression"):
        key = hashlib.sha256(name.encode()).digest()
        path = Keys(keys_folder() / lake.lake_id).path(name)
        path.chmod(0o600)
        path.write_text(key.hex() + "\n")
        told["key_marks"][name] = key_mark(key, lake.lake_id)
    (lake.root / LAKE_FILE).write_text(json.dumps(told))
    return opened(lake.root)


def digest(names: list[str], files: Sequence[DataFile]) -> str:
    """Of the names of columns, and of rows in no order."""
    import pyarrow.parquet as pq

    read = [pq.ParquetFile(file.path).read(columns=names) for file in files]
    rows = [repr(tuple(row.values())) for each in read for row in each.to_pylist()]
    return hashlib.sha256("\n".join([repr(names), *sorted(rows)]).encode()).hexdigest()[:16]


def rows_of_today(folder: Path) -> dict[str, dict[str, str]]:
    """The digests of each consent window."""
    return {window.value: rows_by_table(folder / window.value, window) for window in Window}


def land(folder: Path) -> None:
    """Make a landing zone of all kinds of people: stored once, and only made anew for new kinds."""
    land_dirty(folder)
    edges().write(folder, "edges")
    for seed in range(2, 14):
        for number, delivery in enumerate(deliveries(seed)):
            # Or people of two histories were one.
            records = [
                {**line, "customerName": f"{line['customerName']} {seed}"}
                for line in delivery.lines["customer"]
            ]
            delivery.lines["customer"] = records
            delivery.write(folder, f"{seed}-{number}")


def edges() -> Delivery:
    """People whose readings, claims and consents lie to the millisecond beside what rules compare with."""
    since = BEGIN_MS + 40 * DAY_MS
    walks, steps = customer(50, since), customer(51, since)
    phone = [since - 1, since, since + 1]
    for gap_ms in (29_999, 30_000, 30_001, 30_000):
        phone.append(phone[-1] + gap_ms)
    near = [(since + 60_000 * n, ms) for n, ms in enumerate((-51, -50, -49, 0, 49, 50, 51), 1)]
    said = [(walks, at) for at in phone] + [(steps, at) for at, _ in near]
    ahead = [signed_up(60 + ms, NOW + CLOCK_TOLERANCE_MS + ms) for ms in (-1, 0, 1)]
    return Delivery(
        since + DAY_MS,
        lines={
            "customer": [*(signed_up(50 + n, since) for n in (0, 1)), *ahead, *claims()],
            "accelerometer": [
                {"user": who["email"], "timestamp": at, "x": 0.5, "y": 0.25, "z": 9.75} for who, at in said
            ],
            "step_trainer": [
                {"sensorReadingTime": at, "serialNumber": serial(n), "distanceFromObject": 200}
                for n, at in [*((50, at) for at in phone), *((51, at + ms) for at, ms in near)]
            ],
        },
    )


def signed_up(n: int, at: int) -> dict[str, Any]:
    return {**customer(n, at), "registrationDate": at, "lastUpdateDate": at}


def claims() -> list[dict[str, Any]]:
    """Devices that people claim as close to one another as disputes them, and a millisecond further apart."""
    told, people = [], itertools.count(100)
    apart_by_people = {2: claiming.TWO_CLAIM_MS, claiming.SEVERAL_PEOPLE + 1: claiming.MANY_CLAIM_MS}
    for device, ((several, most_ms), ms) in enumerate(itertools.product(apart_by_people.items(), (-1, 0, 1))):
        for claimant in range(several):
            at = BEGIN_MS + (most_ms + ms) * claimant // (several - 1)
            told.append(signed_up(next(people), at) | {"serialNumber": serial(200 + device)})
    return told


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["STEDI_KEYS"] = f"{scratch}/keys"
        if not LANDING.exists():
            land(Path(scratch) / "landing")
            with tarfile.open(LANDING, "w:xz", preset=9) as packed:
                for source in SOURCES:
                    packed.add(Path(scratch) / "landing" / source, source, filter=nobodys)
        rows = {"version": RULES_VERSION, "rows": rows_of_today(Path(scratch))}
        STORED.write_text(json.dumps(rows, indent=1) + "\n")


def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file that tells nothing of whose machine it was made on, or when."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    main()
