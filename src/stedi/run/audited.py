"""Tell the audit log of every release, and of every run that a gate stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stedi import audit
from stedi.building.releases import Release, history
from stedi.building.run_context import Run
from stedi.ground.errors import PrivacyGateError, QualityGateError
from stedi.lake.config import Lake
from stedi.store.snapshots import change_of
from stedi.store.store import Store
from stedi.tables import table

PUBLISHED = "run_published"


@contextmanager
def audited(run: Run) -> Iterator[None]:
    """Record what the enclosed part of a run published, or at which gate it failed.

    Releases that a killed run published and did not record are recorded too.
    """
    try:
        yield
    except (QualityGateError, PrivacyGateError) as stopped:
        gate = "privacy" if isinstance(stopped, PrivacyGateError) else "quality"
        audit.record(run.lake, "run_failed", run_id=run.run_id, gate=gate, faults=len(stopped.faults))
        raise
    tell_releases(run.lake, run.store)


def tell_releases(lake: Lake, store: Store) -> None:
    """Record every release that is not recorded yet."""
    told = audit.latest(lake, PUBLISHED)
    releases = history(store)
    for number, release in enumerate(releases):
        if told is None or release.number > told["release"]:
            before = releases[number - 1] if number else None
            audit.record(lake, PUBLISHED, **_facts(store, before, release))


def _facts(store: Store, before: Release | None, release: Release) -> dict[str, Any]:
    changed = {}
    for name, snapshot in release.snapshots.items():
        earlier = before.snapshots.get(name) if before else None
        if snapshot is not None and snapshot != earlier:
            change = change_of(store, table(name), earlier, snapshot)
            changed[name] = {"rows": release.rows[name], "added": change.added, "removed": change.removed}
    return {
        "release": release.number,
        "run_id": release.run_id,
        "tables": changed,
        "keys": ["pseudonym", "suppression"],
    }
