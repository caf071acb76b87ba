"""What a run says of rows of erased people that it still holds: a later record told whose they are."""

from collections.abc import Mapping

from stedi.engine.parquet import read_parquet
from stedi.landing import accelerometer, customer, requests
from stedi.privacy.dispositions import Disposition
from stedi.store.store import Store
from stedi.suppression.erased_records import TOLD
from stedi.suppression.suppressing import Suppressor

_HELD_OF_PEOPLE = (customer.SOURCE.name, accelerometer.SOURCE.name)


def leftover_alerts(store: Store, dispositions: Mapping[str, Mapping[str, int]], key: bytes) -> list[str]:
    """What to alert of staged rows of erased people; an erasure leaves none, and none is staged after it.

    Args:
        store: The tables.
        dispositions: What became of the staged rows, by source.
        key: The suppression key.
    """
    held = sum(dispositions.get(name, {}).get(Disposition.ERASED.value, 0) for name in _HELD_OF_PEOPLE)
    if not held:
        return []
    suppressor = Suppressor.of(store, key)
    names = {
        name
        for file in store.files(customer.TABLE)
        for record in read_parquet(file.path, ("participant", *TOLD)).to_pylist()
        for name in suppressor.records.requests_about(record)
    }
    told = f" ({requests.ERASE} {', '.join(sorted(names))})" if names else ""
    whose = f"{held:,} staged row{'s are' if held > 1 else ' is'}"
    return [
        f"{whose} of somebody who was erased{told}: a record that landed after the request tells so. Nothing "
        "of them passes, but they and their landed lines are still held. Erase again, by the e-mail of that "
        "request: stedi privacy erase --email-file FILE|- --yes"
    ]
