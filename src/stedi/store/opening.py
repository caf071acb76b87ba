"""The store of a lake: the one place that knows which kind it is."""

from stedi.lake.config import Lake
from stedi.store.store import Store


def store_of(lake: Lake) -> Store:
    """The tables of a lake; whoever opens them closes them.

    Raises:
        UsageError: They live in a catalog of Spark, and this process uses another engine.
        DependencyError: What reads them is not installed.
    """
    if lake.glue is None:
        from stedi.store.local import LocalStore

        return LocalStore(lake.catalog, lake.warehouse)
    from stedi.engine.settings import Engine, chosen
    from stedi.engine.spark import started
    from stedi.ground.errors import UsageError
    from stedi.store.glue import GlueStore

    if chosen() is not Engine.SPARK:
        raise UsageError(
            f"The tables of this lake are in the catalog `{lake.glue}` of Spark; nothing was read.\n"
            "Use its engine: STEDI_ENGINE=spark, with the catalog in Spark's settings."
        )
    return GlueStore(started(), lake.glue, lake.zone_folder)
