"""A release whose tables were compacted: the same rows in other files."""

from dataclasses import replace

from stedi.building.releases import RELEASED, Release, is_current, newest
from stedi.ground.failpoints import reached
from stedi.landing import releases as table
from stedi.store.compaction import MARK, Compacted, compact
from stedi.store.rows import append_rows
from stedi.store.snapshots import Commit, marked_commit
from stedi.store.store import Store


def compact_all(store: Store, run_id: str, at_ms: int, *, tiered: bool = False) -> list[Compacted]:
    """Compact every table, and publish a release of the same rows where one changed.

    A release must name the current snapshot of every table.

    Raises:
        QualityGateError: Rows would differ.
    """
    compacted = []
    for each in RELEASED:
        if done := compact(store, each, run_id, tiered=tiered):
            compacted.append(done)
            reached("maintain.table")
    reached("maintain.compacted")
    publish_compacted(store, at_ms)
    # Not named by releases, so nobody has to be told.
    if done := compact(store, table.TABLE, run_id, tiered=tiered):
        compacted.append(done)
    return compacted


def publish_compacted(store: Store, at_ms: int | None = None) -> Release | None:
    """Publish what was compacted since the newest release, and nothing else; None where nothing was.

    Also after a kill: a run would take the files of a table that was compacted for other rows.

    Args:
        store: The tables.
        at_ms: When, UTC ms; when the last table was compacted, where None.
    """
    before = newest(store)
    if before is None:
        return None
    commits: list[Commit] = []
    for each in RELEASED:
        if not is_current(store, before, each):
            commit = marked_commit(store, each, before.snapshots.get(each.name), MARK)
            if commit is None:
                return None
            commits.append(commit)
    if not commits:
        return None
    release = replace(
        before,
        number=before.number + 1,
        run_id=commits[0].mark,
        snapshots={each.name: store.snapshot_id(each) for each in RELEASED},
        published_at=at_ms or max(commit.at_ms for commit in commits),
    )
    append_rows(store, table.TABLE, [release.row()], release.run_id)
    reached("maintain.released")
    return release
