"""Every table, in build order."""

from collections.abc import Callable
from typing import Any

from stedi.curated import customers as customers_curated
from stedi.curated import machine_learning
from stedi.landing import accelerometer, customer, landed_files, quarantine, releases, requests, step_trainer
from stedi.schema.table import Table
from stedi.trusted import accelerometer as accelerometer_trusted
from stedi.trusted import consent, devices, phone_readings
from stedi.trusted import customer as customer_trusted
from stedi.trusted import step_trainer as step_trainer_trusted

SOURCES = (customer.SOURCE, accelerometer.SOURCE, step_trainer.SOURCE)

STAGED = tuple(source.staged for source in SOURCES)

_DERIVED = (consent, devices, customer_trusted, accelerometer_trusted, phone_readings, step_trainer_trusted,
            customers_curated, machine_learning)  # fmt: skip

DERIVED = tuple(module.TABLE for module in _DERIVED)
"""Tables that a run builds from others, upstreams first."""

BUILDS: dict[str, Callable[..., Any]] = {
    module.TABLE.name: module.build
    for module in (consent, devices, customer_trusted, phone_readings, customers_curated)
}
"""The functions that build tables of people: frames of the upstreams in, in their order, one frame out.

Tables of readings are built slice by slice, from rows in memory: see `trusted.readings` and
`curated.machine_learning`."""

TABLES: tuple[Table, ...] = (
    *(source.landed for source in SOURCES),
    *STAGED,
    quarantine.TABLE,
    landed_files.TABLE,
    requests.TABLE,
    *DERIVED,
    releases.TABLE,
)


def table(name: str) -> Table:
    """The table of that name.

    Raises:
        KeyError: No table is called so.
    """
    return {known.name: known for known in TABLES}[name]
