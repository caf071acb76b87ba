"""Leave of a table what is wanted: no other snapshot, no file that does not belong to it."""

from collections.abc import Collection

from stedi.schema.table import Table
from stedi.store.local import LocalStore

MARK = "stedi.expired"


def expire(store: LocalStore, table: Table, keep: Collection[int] = ()) -> int:
    """Drop every tag, branch and snapshot of a table but the current one and those to keep.

    The files that only those reached stay until `strip`.

    Returns:
        How many snapshots went.
    """
    loaded = store._load(table)
    extra = [(name, ref) for name, ref in loaded.metadata.refs.items() if name != "main"]
    if extra:
        with loaded.manage_snapshots() as managed:
            for name, ref in extra:
                remove = managed.remove_tag if ref.snapshot_ref_type.value == "tag" else managed.remove_branch
                remove(name)
        loaded = store._load(table)
    current = store.snapshot_id(table)
    wanted = {current, *keep}
    old = [s.snapshot_id for s in loaded.snapshots() if s.snapshot_id not in wanted]
    if old:
        loaded.maintenance.expire_snapshots().by_ids(old).commit()
    return len(old)


def forget_metadata(store: LocalStore, table: Table) -> None:
    """Make the table's metadata lead to no older one that knows of expired snapshots.

    Each commit keeps the metadata before it, so one without a change pushes the older out.
    """
    loaded = store._load(table)
    keep = loaded.properties.get("write.metadata.previous-versions-max", "5")
    with loaded.transaction() as transaction:
        transaction.set_properties({"write.metadata.previous-versions-max": "1", MARK: "yes"})
    with store._load(table).transaction() as transaction:
        transaction.set_properties({"write.metadata.previous-versions-max": keep})


def strip(store: LocalStore, table: Table) -> int:
    """Remove every file of the table's folder that its metadata does not lead to; return how many."""
    return store.sweep(table)
