"""A store in which everything may be tried: it begins as another is, and the other never changes."""

import json

from stedi.store.data_files import SCHEME
from stedi.store.local import LocalStore
from stedi.tables import TABLES


def begin_as(copy: LocalStore, original: LocalStore) -> None:
    """Let an empty store hold what another holds: the same snapshots and data files, none of them copied.

    Whatever the copy writes lies in its own folder, and it removes nothing of the other's.
    """
    # First: a catalog is not begun where files lie already.
    catalog = copy._catalog
    there = original._catalog.tables()
    for table in TABLES:
        if table.name not in there:
            continue
        loaded = original._load(table)
        metadata = json.loads(loaded.metadata.model_dump_json())
        metadata["location"] = f"{SCHEME}{copy.folder(table)}"
        # A commit would remove old metadata, which is the other's.
        metadata["properties"]["write.metadata.delete-after-commit.enabled"] = "false"
        name = loaded.metadata_location.rpartition("/")[2]
        path = copy.folder(table) / "metadata" / name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(metadata))
        catalog.register(table.name, f"{SCHEME}{path}")
