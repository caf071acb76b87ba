"""How long it took until a withdrawal was told."""

from typing import Any

from stedi.landing import customer, landed_files
from stedi.trusted import consent
from stedi.trusted.exposure import exposures
from tables.given import frame, rows_of

LANDED = {"a" * 64: 100, "b" * 64: 250}
# Who, from when the record counts, since when it consents, and the file it landed in.
RECORDS = [
    ("ana", 10, 10, "a"), ("ana", 20, None, "b"),  # told 230 late
    ("ben", 10, None, "b"), ("ben", 30, None, "a"),  # the last withdrawal counts
    ("che", 20, None, "a"),  # never agreed
    # Told twice, under another address.
    ("dan", 10, 10, "a"), ("dan2", 40, None, "a"), ("dan2", 40, None, "b"),
    ("eve", 120, None, "a"),  # a clock that ran ahead
]  # fmt: skip


def test_from_when_it_counts_until_it_first_landed(spark: Any) -> None:
    records = frame(spark, customer.TABLE, (
        {"participant": who, "effective_at": at, "sharewithresearchasofdate": given,
         "_file_sha256": file * 64} for who, at, given, file in RECORDS
    ))  # fmt: skip
    states = frame(spark, consent.TABLE, (
        {"participant": who, "person": who[:3], "state": "NEVER" if who == "che" else "WITHDRAWN"}
        for who in dict.fromkeys(who for who, *_ in RECORDS)
    ))  # fmt: skip
    ledger = frame(spark, landed_files.TABLE, (
        {"file_sha256": file, "landed_at": at + again} for file, at in LANDED.items() for again in (0, 5)
    ))  # fmt: skip
    found = {row["person"]: row["exposure_ms"] for row in rows_of(exposures(records, states, ledger))}
    assert found == {"ana": 230, "ben": 70, "dan": 60, "eve": 0}
