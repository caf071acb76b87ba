"""Releases in memory: which snapshot of every table belongs together."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stedi import __version__
from stedi.landing import landed_files, quarantine, releases, requests
from stedi.schema.table import Table
from stedi.store.rows import rows_of
from stedi.store.store import Store
from stedi.tables import DERIVED, STAGED

RELEASED = (*STAGED, quarantine.TABLE, landed_files.TABLE, requests.TABLE, *DERIVED)
"""The tables whose snapshots a release names."""


@dataclass(frozen=True)
class Release:
    """A published run.

    Attributes:
        number: Counts releases, from 1.
        run_id: The run that published it.
        as_of_ms: The time it decided for, UTC ms.
        inputs: What its tables follow from besides rows and time, as JSON of fingerprints.
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

    def row(self) -> dict[str, Any]:
        """The row of `releases`."""
        return {
            "number": self.number,
            "run_id": self.run_id,
            "as_of_ms": self.as_of_ms,
            "published_at": self.published_at,
            "version": __version__,
            "inputs": self.inputs,
            "next_change_at": self.next_change_at,
            "snapshots": json.dumps(self.snapshots, sort_keys=True),
            "rows_by_table": json.dumps(self.rows, sort_keys=True),
            "dispositions": json.dumps(self.dispositions, sort_keys=True),
        }


def released(row: Mapping[str, Any]) -> Release:
    """The release that a row of `releases` tells of."""
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


def newest(store: Store) -> Release | None:
    """The newest release; None before the first."""
    rows = rows_of(store, releases.TABLE)
    return released(max(rows, key=lambda row: row["number"])) if rows else None


def history(store: Store) -> list[Release]:
    """Every release, the oldest first."""
    return sorted(map(released, rows_of(store, releases.TABLE)), key=lambda release: release.number)


def is_current(store: Store, release: Release, table: Table) -> bool:
    """Whether a table holds what a release says it does."""
    return release.snapshots.get(table.name) == store.snapshot_id(table)
