"""What became of every accepted row: the equation closes, or nothing is published."""

from collections import Counter
from functools import partial

from stedi.building.build import Files
from stedi.building.run_context import Run
from stedi.building.sensing import SENSORS, Sensor, summed, told_of
from stedi.building.side_by_side import Turns, Waits
from stedi.ground.errors import QualityGateError
from stedi.landing import customer as customer_staged
from stedi.privacy.dispositions import Disposition
from stedi.run.gate import NOT_PUBLISHED
from stedi.schema.checked import Checked
from stedi.trusted import consent as consents
from stedi.trusted import customer
from stedi.trusted.dispositions import of_customers

CUSTOMERS = customer_staged.SOURCE.name

SOURCES = {
    CUSTOMERS: (customer_staged.TABLE, customer.TABLE),
    **{sensor.source: (sensor.staged, sensor.trusted) for sensor in SENSORS},
}
"""The staged and the trusted table of each source."""

DispositionCounts = dict[str, dict[str, int]]
"""Rows by disposition, by source."""


def accounted(run: Run, files: Files, turns: Turns) -> Waits[tuple[Checked, DispositionCounts]]:
    """Begin to tell what became of every accepted row, looking at all of them.

    Returns:
        Waits, and gives the checks, and rows by disposition by source; raises QualityGateError if
        rows are missing or counted twice.
    """
    customers = customers_told(files, turns)
    begun = {
        sensor.source: turns.begin(partial(_told, run, files, sensor), files.coming(*sensor.needs))
        for sensor in SENSORS
    }

    def told() -> tuple[Checked, DispositionCounts]:
        return closed(
            files, {CUSTOMERS: customers(), **{source: dict(wait()) for source, wait in begun.items()}}
        )

    return told


def _told(run: Run, files: Files, sensor: Sensor) -> Counter[str]:
    return told_of(run, sensor, files.of(sensor.staged), sensor.terms_of(run, files))


def customers_told(files: Files, turns: Turns) -> Waits[dict[str, int]]:
    """Begin to count the customer records by what became of them."""

    def counted() -> dict[str, int]:
        told = of_customers(files.frame(customer_staged.TABLE), files.frame(consents.TABLE)).collect()
        return dict(summed({row["disposition"]: row["rows"]} for row in told))

    return turns.begin(counted, files.coming(consents.TABLE))


def closed(files: Files, told: DispositionCounts) -> tuple[Checked, DispositionCounts]:
    """Make sure that every accepted row is accounted for, and that as many are published as may pass.

    Raises:
        QualityGateError: Rows are missing or counted twice.
    """
    faults = []
    for source, (staged, trusted) in SOURCES.items():
        accepted, published = files.rows(staged), files.rows(trusted)
        decided, passed = sum(told[source].values()), told[source].get(Disposition.PASSED.value, 0)
        if decided != accepted:
            faults.append(f"{source}: {accepted:,} rows accepted, {decided:,} accounted for")
        if passed != published:
            faults.append(f"{source}: {passed:,} rows may pass, {published:,} did")
        if min(told[source].values(), default=0) < 0:
            faults.append(f"{source}: fewer rows than none were counted for what became of some")
    if faults:
        raise QualityGateError(f"{NOT_PUBLISHED} Rows do not add up.", faults)
    return Checked(2 * len(SOURCES), ()), told
