"""The file of the catalog, looked at before anything trusts it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stedi.ground.errors import CatalogBrokenError


def knows_tables(catalog: Path) -> bool:
    """Whether a catalog is there and was begun; one that was emptied would forget every table.

    Raises:
        CatalogBrokenError: It is damaged.
    """
    if not catalog.is_file():
        return False
    try:
        with closing(sqlite3.connect(catalog)) as database:
            if database.execute("pragma quick_check").fetchall() != [("ok",)]:
                raise CatalogBrokenError(str(catalog))
            names = {name for (name,) in database.execute("select name from sqlite_master")}
            if "iceberg_namespace_properties" not in names:
                return False
            return database.execute("select 1 from iceberg_namespace_properties").fetchone() is not None
    except sqlite3.OperationalError:
        raise  # Its disk is full, or another process holds it: it is not damaged.
    except sqlite3.DatabaseError as broken:
        raise CatalogBrokenError(str(catalog)) from broken
