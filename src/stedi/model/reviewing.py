"""Whether the models of a lake may still be used: whose people are all there, with all their readings."""

from stedi.curated import customers
from stedi.lake.config import Lake
from stedi.model.lake import reading_counts
from stedi.model.registry import Registry
from stedi.store.store import Store


def review(lake: Lake, store: Store) -> int:
    """Make models stale that learnt from somebody who is gone; return how many wait to be replaced.

    Args:
        lake: The lake, which nobody writes to meanwhile.
        store: Its tables, as a release holds them.
    """
    registry = Registry(lake)
    if not any(entry.replaced_by is None for entry in registry.entries()):
        return 0
    registry.review(reading_counts(file.path for file in store.files(customers.TABLE)))
    return len(registry.stale())
