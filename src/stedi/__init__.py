"""The STEDI lakehouse: consented sensor readings, from landing to curated."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stedi.api import ReleasedTable, table
    from stedi.ground.errors import StediError

__version__ = "0.1.0"

__all__ = ["ReleasedTable", "StediError", "__version__", "table"]

_FROM = {"ReleasedTable": "stedi.api", "StediError": "stedi.ground.errors", "table": "stedi.api"}


def __getattr__(name: str) -> Any:
    # Only when asked for: Glue and `stedi --help` need none of it.
    if name not in _FROM:
        raise AttributeError(f"stedi has no {name}")
    from importlib import import_module

    return getattr(import_module(_FROM[name]), name)
