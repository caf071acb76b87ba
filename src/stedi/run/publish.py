"""Publish a run: commit table by table, then one release that names every snapshot."""

from collections.abc import Mapping, Sequence

from stedi.building.build import Built
from stedi.building.releases import RELEASED, Release, newest
from stedi.building.run_context import Run
from stedi.ground.failpoints import reached
from stedi.ground.zones import Zone
from stedi.landing import releases
from stedi.store.rows import append_rows


def publish(
    run: Run,
    built: Sequence[Built],
    dispositions: Mapping[str, dict[str, int]],
    *,
    inputs: str,
    next_change_at: int | None,
    published_at: int,
) -> Release:
    """Commit every built table and then the release; readers see all of it or nothing.

    Who reads the tables and not the release must never meet a pseudonymous row whose consent is
    gone: where rows leave a trusted table, the curated ones are committed first, else last.
    """
    rows_leave = any(each.removed for each in built if each.table.zone is Zone.TRUSTED)
    snapshots: dict[str, int | None] = {}
    for each in reversed(built) if rows_leave else built:
        reached("publish.table")
        snapshots[each.table.name] = run.store.hold(each.table, each.files, {"stedi.run": run.run_id})
    reached("publish.committed")
    before = newest(run.store)
    rows = {each.table.name: each.rows for each in built}
    for table in RELEASED:
        if table.name not in rows:
            rows[table.name], snapshots[table.name] = run.store.rows(table), run.store.snapshot_id(table)
    release = Release(
        number=before.number + 1 if before else 1,
        run_id=run.run_id,
        as_of_ms=run.now_ms,
        inputs=inputs,
        next_change_at=next_change_at,
        snapshots={table.name: snapshots[table.name] for table in RELEASED},
        rows={table.name: rows[table.name] for table in RELEASED},
        dispositions=dict(dispositions),
        published_at=published_at,
    )
    append_rows(run.store, releases.TABLE, [release.row()], run.run_id)
    reached("publish.released")
    return release
