"""Leave of a table what is wanted, by PyIceberg: no other snapshot, no older metadata."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from stedi.store.store import EXPIRED, KEPT_METADATA

if TYPE_CHECKING:
    from pyiceberg.table import Table as IcebergTable


def expired(load: "Callable[[], IcebergTable]", keep: Collection[int]) -> int:
    """Drop every tag, branch and snapshot but the current one and those to keep; return how many went.

    Args:
        load: The table as it is now.
        keep: Snapshots.
    """
    loaded = load()
    extra = [(name, ref) for name, ref in loaded.metadata.refs.items() if name != "main"]
    if extra:
        with loaded.manage_snapshots() as managed:
            for name, ref in extra:
                remove = managed.remove_tag if ref.snapshot_ref_type.value == "tag" else managed.remove_branch
                remove(name)
        loaded = load()
    current = loaded.current_snapshot()
    wanted = {current.snapshot_id if current else None, *keep}
    old = [s.snapshot_id for s in loaded.snapshots() if s.snapshot_id not in wanted]
    if old:
        loaded.maintenance.expire_snapshots().by_ids(old).commit()
    return len(old)


def older_forgotten(load: "Callable[[], IcebergTable]") -> None:
    """Let the current metadata lead to no older one that knows of expired snapshots."""
    loaded = load()
    keep = loaded.properties.get(KEPT_METADATA, "5")
    with loaded.transaction() as transaction:
        transaction.set_properties({KEPT_METADATA: "1", EXPIRED: "yes"})
    with load().transaction() as transaction:
        transaction.set_properties({KEPT_METADATA: keep})
