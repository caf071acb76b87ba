"""What runs bring up to date piece by piece equals what one run builds from everything."""

from pathlib import Path

import pytest

from contents import contents
from deliveries import DAY_MS, deliveries, together
from stedi.config import Lake, create
from stedi.landing import requests
from stedi.pipeline.run import run
from stedi.privacy.identity import normalised_email
from stedi.privacy.suppression import email_hash
from stedi.privacy.window import Window
from stedi.store.local import LocalStore
from stedi.store.rows import append_rows
from stedi.tables import TABLES

BUCKETS = 3
ALONE = [[seed] for seed in range(5)]
IN_CI = [*ALONE, list(range(5, 15))]
LONG = [*([seed] for seed in range(15, 40)), *(list(range(n, n + 20)) for n in range(40, 300, 20))]
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
