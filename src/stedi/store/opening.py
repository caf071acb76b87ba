"""The store of a lake: the one place that knows which kind it is."""

from stedi.config import Lake
from stedi.store.store import Store


def store_of(lake: Lake) -> Store:
    """The tables of a lake; whoever opens them closes them."""
    from stedi.store.local import LocalStore

    return LocalStore(lake.catalog, lake.warehouse)
