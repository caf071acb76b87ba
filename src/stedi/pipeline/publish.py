"""Publish a run: commit table by table, then one release that names every snapshot."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stedi import __version__
from stedi.landing import landed_files, quarantine, releases, requests
from stedi.pipeline.build import Built
from stedi.pipeline.run_context import Run
from stedi.store.local import LocalStore
from stedi.store.rows import append_rows, rows_of
from stedi.tables import DERIVED, STAGED

RELEASED = (*STAGED, quarantine.TABLE, landed_files.TABLE, requests.TABLE, *DERIVED)
"""The tables whose snapshots a release names."""

CODE = ("privacy", "schema", "landing", "trusted", "curated")
"""The packages that decide what rows a table holds."""


@dataclass(frozen=True)
class Release:
    """A published run.

    Attributes:
        number: Counts releases, from 1.
        run_id: The run that published it.
        as_of_ms: The time it decided for, UTC ms.
        inputs: Fingerprint of all that the tables follow from.
        next_change_at: When time alone changes a state next, UTC ms; None: never.
        snapshots: Snapshot id by table; None while a table was never written.
        rows: Rows by table.
        dispositions: Accepted rows by source and by what became of them.
        published_at: When it was published, UTC ms.
    """

    number: int
    run_id: str
    as_of_ms: int
    inputs: str
    next_change_at: int | None
    snapshots: dict[str, int | None]
    rows: dict[str, int]
    dispositions: dict[str, dict[str, int]]
    published_at: int


def newest(store: LocalStore) -> Release | None:
    """The newest release; None before the first."""
    rows = rows_of(store, releases.TABLE)
    if not rows:
        return None
    row: dict[str, Any] = max(rows, key=lambda row: row["number"])
    return Release(
        number=row["number"],
        run_id=row["run_id"],
        as_of_ms=row["as_of_ms"],
        inputs=row["inputs"],
        next_change_at=row["next_change_at"],
        snapshots=json.loads(row["snapshots"]),
        rows=json.loads(row["rows_by_table"]),
        dispositions=json.loads(row["dispositions"]),
        published_at=row["published_at"],
    )


def inputs(run: Run) -> str:
    """Fingerprint of all that the derived tables follow from, but for the time of the run."""
    told = {
        "staged": {table.name: run.store.snapshot_id(table) for table in (*STAGED, requests.TABLE)},
        "code": _code(),
        "window": run.lake.window.value,
        "buckets": run.lake.buckets,
        "key": hmac.digest(run.pseudonym_key, b"which key", hashlib.sha256).hex(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _code() -> str:
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(__version__.encode())
    for folder in CODE:
        for module in sorted((package / folder).rglob("*.py")):
            digest.update(module.read_bytes())
    return digest.hexdigest()


def publish(
    run: Run,
    built: Sequence[Built],
    dispositions: dict[str, dict[str, int]],
    *,
    fingerprint: str,
    next_change_at: int | None,
    published_at: int,
) -> Release:
    """Commit every built table and then the release; readers see all of it or nothing.

    Curated tables go first, so that whoever reads the tables and not the release never meets a
    pseudonymous row whose consent is gone.
    """
    marks = {"stedi.run": run.run_id}
    for each in reversed(built):
        run.store.replace(each.table, each.files, marks)
    before = newest(run.store)
    release = Release(
        number=before.number + 1 if before else 1,
        run_id=run.run_id,
        as_of_ms=run.now_ms,
        inputs=fingerprint,
        next_change_at=next_change_at,
        snapshots={table.name: run.store.snapshot_id(table) for table in RELEASED},
        rows={table.name: run.store.rows(table) for table in RELEASED},
        dispositions=dispositions,
        published_at=published_at,
    )
    append_rows(run.store, releases.TABLE, [_row(release)], run.run_id)
    return release


def _row(release: Release) -> dict[str, Any]:
    return {
        "number": release.number,
        "run_id": release.run_id,
        "as_of_ms": release.as_of_ms,
        "published_at": release.published_at,
        "version": __version__,
        "inputs": release.inputs,
        "next_change_at": release.next_change_at,
        "snapshots": json.dumps(release.snapshots, sort_keys=True),
        "rows_by_table": json.dumps(release.rows, sort_keys=True),
        "dispositions": json.dumps(release.dispositions, sort_keys=True),
    }
