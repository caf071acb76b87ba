"""What runs bring up to date piece by piece equals what one run builds from everything."""

from pathlib import Path

import pytest

from contents import contents
from deliveries import DAY_MS, Delivery, deliveries, together
from stedi.curated import machine_learning
from stedi.lake.config import Lake, create
from stedi.landing import requests
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import email_hash
from stedi.privacy.window import Window
from stedi.run.run import run
from stedi.store.local import LocalStore
from stedi.store.rows import append_rows
from stedi.tables import TABLES

BUCKETS = 3
IN_CI = [[0], list(range(2, 15))]
LONG = [
    *([seed] for seed in range(1, 5)),
    *([seed] for seed in range(15, 40)),
    *(list(range(n, n + 20)) for n in range(40, 300, 20)),
]
"""300 histories by their seeds: alone, for then a run meets few kinds of change, and many in one lake."""


@pytest.mark.parametrize(
    "seeds",
    [*IN_CI, *(pytest.param(seeds, marks=pytest.mark.long) for seeds in LONG)],
    ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}",
)
def test_runs_on_deliveries_equal_a_full_rebuild(tmp_path: Path, seeds: list[int]) -> None:
    window = Window.WHOLE_HISTORY if seeds[0] % 5 == 0 else Window.FROM_CONSENT
    lake = create(tmp_path / "lake", window=window, buckets=BUCKETS)
    for number, delivery in enumerate(together([deliveries(seed) for seed in seeds])):
        delivery.write(lake.landing, f"{number}")
        ask(lake, delivery.withdrawn, delivery.landed_at - DAY_MS)
        run(lake, clock=lambda at=delivery.landed_at: at)  # type: ignore[misc]
        # The first run builds everything itself.
        if number:
            updated = contents(lake)
            run(lake, full=True, clock=lambda at=delivery.landed_at: at)  # type: ignore[misc]
            assert contents(lake) == updated, f"after delivery {number}"


def ask(lake: Lake, emails: list[str], at: int) -> None:
    """Ask to withdraw, as the privacy officer's command does."""
    key = lake.key("suppression")
    rows = [
        {"request": f"{at}", "kind": "withdraw", "requested_at": at, "about": "email",
         "hash": email_hash(normalised_email(email), key), "covers_from": None, "covers_until": None}
        for email in emails
    ]  # fmt: skip
    store = LocalStore(lake.catalog, lake.warehouse)
    try:
        store.create(TABLES)
        append_rows(store, requests.TABLE, rows, "asked")
    finally:
        store.close()


# The files' spans of time do not meet: only the gap tells that they may share a session.
GAPS_MS = {"ana": 29_900, "bea": 30_100}
SERIALS = {"ana": "50f7b4f3-7af5-4b07-a421-7b902c8d2b7c", "bea": "50f7b4f3-7af5-4b07-a421-7b902c8d2b7d"}


def test_a_session_goes_on_in_a_file_of_another_time(tmp_path: Path) -> None:
    lake = create(tmp_path / "lake", buckets=BUCKETS)
    first, then = DAY_MS * 19_700, DAY_MS * 19_701
    records: list[dict[str, object]] = [
        {"customerName": name, "email": f"{name}@example.com", "phone": "1", "birthDay": "1970-01-01",
         "serialNumber": serial, "registrationDate": first - DAY_MS, "lastUpdateDate": first - DAY_MS,
         "shareWithResearchAsOfDate": first - DAY_MS}
        for name, serial in SERIALS.items()
    ]  # fmt: skip
    told = [
        Delivery(then, lines={"customer": records, **readings(dict.fromkeys(GAPS_MS, first))}),
        Delivery(
            then + 1,
            lines={
                "customer": [],
                **readings({name: first + 100 + gap_ms for name, gap_ms in GAPS_MS.items()}),
            },
        ),
    ]
    for number, delivery in enumerate(told):
        delivery.write(lake.landing, f"{number}")
        run(lake, clock=lambda at=delivery.landed_at: at)  # type: ignore[misc]
    updated = contents(lake)
    subject, session = (machine_learning.TABLE.names.index(name) for name in ("subject_key", "session"))
    sessions: dict[str, set[str]] = {}
    for row in updated["machine_learning_curated"]:
        sessions.setdefault(row[subject], set()).add(row[session])
    assert sorted(map(len, sessions.values())) == [1, 2]
    run(lake, full=True, clock=lambda: then + 1)
    assert contents(lake) == updated


def readings(begins: dict[str, int]) -> dict[str, list[dict[str, object]]]:
    """Two readings of each sensor of everybody, 100 ms apart."""
    phone: list[dict[str, object]] = []
    steps: list[dict[str, object]] = []
    for name, begin in begins.items():
        for at in (begin, begin + 100):
            phone.append({"user": f"{name}@example.com", "timestamp": at, "x": 1.0, "y": 0.0, "z": 0.0})
            steps.append({"sensorReadingTime": at, "serialNumber": SERIALS[name], "distanceFromObject": 200})
    return {"accelerometer": phone, "step_trainer": steps}
