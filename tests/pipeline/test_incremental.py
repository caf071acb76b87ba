"""What runs bring up to date piece by piece equals what one run builds from everything."""

from pathlib import Path

import pytest

from contents import contents
from deliveries import DAY_MS, deliveries
from stedi.config import Lake, create
from stedi.landing import requests
from stedi.pipeline.run import run
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import email_hash
from stedi.privacy.window import Window
from stedi.store.local import LocalStore
from stedi.store.rows import append_rows
from stedi.tables import TABLES

SEEDS = range(300)
IN_CI = 15
BUCKETS = 3


@pytest.mark.parametrize(
    "seed", [pytest.param(s, marks=[] if s < IN_CI else pytest.mark.long) for s in SEEDS]
)
def test_runs_on_deliveries_equal_a_full_rebuild(tmp_path: Path, seed: int) -> None:
    window = Window.WHOLE_HISTORY if seed % 5 == 0 else Window.FROM_CONSENT
    lake = create(tmp_path / "lake", window=window, buckets=BUCKETS)
    every = seed >= IN_CI
    told = deliveries(seed, count=4 if every else 3)
    for number, delivery in enumerate(told):
        delivery.write(lake.landing, f"{number}")
        ask(lake, delivery.withdrawn, delivery.landed_at - DAY_MS)
        run(lake, clock=lambda at=delivery.landed_at: at)  # type: ignore[misc]
        if every or delivery is told[-1]:
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
