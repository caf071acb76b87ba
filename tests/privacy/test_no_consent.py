"""Without consent on record the trusted zone holds states and devices alone, the curated zone nothing."""

from functools import lru_cache
from typing import Any

import pytest

from stedi.ground.zones import Zone
from stedi.landing import accelerometer, customer, step_trainer
from stedi.privacy.window import Window
from stedi.schema.table import Table
from stedi.tables import DERIVED
from stedi.trusted import consent, devices
from tables.given import built, frame

GATED = [table for table in DERIVED if table not in (consent.TABLE, devices.TABLE)]
REGISTERED_MS = 1_700_000_000_000
SERIAL = "50f7b4f3-7af5-4b07-a421-000000000001"

RECORDS: dict[str, tuple[dict[str, Any], ...]] = {
    "nobody is known": (),
    "nobody says anything of research": ({"effective_at": 1},),
    "everybody withdrew": (
        {"effective_at": 1, "sharewithresearchasofdate": REGISTERED_MS},
        {"effective_at": 2},
    ),
    "consent lies in the future": ({"effective_at": 1, "sharewithresearchasofdate": 1_800_000_000_001},),
    "records of one instant disagree": (
        {"effective_at": 1, "sharewithresearchasofdate": REGISTERED_MS},
        {"effective_at": 1, "sharewithresearchasofdate": REGISTERED_MS + 1},
    ),
    "everybody agreed": ({"effective_at": 1, "sharewithresearchasofdate": REGISTERED_MS},),
}


def test_every_table_that_is_built_after_staging_is_asked() -> None:
    assert {table.zone for table in GATED} == {Zone.TRUSTED, Zone.CURATED}
    assert all(table.zone is not Zone.LANDING for table in DERIVED)


@pytest.mark.parametrize("window", Window)
@pytest.mark.parametrize("records", RECORDS)
@pytest.mark.parametrize("table", GATED, ids=lambda table: table.name)
def test_a_row_needs_consent(spark: Any, table: Table, records: str, window: Window) -> None:
    rows = counts(spark, records, window)[table.name]
    # The last case shows that the same readings do become rows.
    assert (rows > 0) is (records == "everybody agreed")


@lru_cache
def counts(spark: Any, records: str, window: Window) -> dict[str, int]:
    person = {"participant": "ana@example.org", "user": "ana@example.org", "email": "ana@example.org"}
    known = person | {"serialnumber": SERIAL, "registrationdate": REGISTERED_MS, "customername": "Ana"}
    moments = [REGISTERED_MS + 1000 + 100 * number for number in range(10)]
    frames = built(
        spark,
        frame(spark, customer.TABLE, (known | record for record in RECORDS[records])),
        frame(spark, accelerometer.TABLE, (person | {"timestamp": at, "x": 0.0} for at in moments)),
        frame(
            spark,
            step_trainer.TABLE,
            ({"serialnumber": SERIAL, "sensorreadingtime": at, "distancefromobject": 2.0} for at in moments),
        ),
        window=window,
    )
    return {table.name: frames[table.name].count() for table in DERIVED}
