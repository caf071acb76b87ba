"""Read a lake through its newest release, or through an older one that nobody has left since."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from stedi.asking.comparing import taken_out
from stedi.building.releases import Release, history
from stedi.ground.errors import PrivacyGateError, UsageError
from stedi.lake.config import Lake
from stedi.landing import landed_files, requests
from stedi.landing.releases import TABLE as RELEASES
from stedi.run.procedures import require_none_pending
from stedi.schema.table import Table
from stedi.staging.ledger import Ledger
from stedi.store.data_files import DataFile
from stedi.store.opening import store_of
from stedi.store.snapshots import kept
from stedi.store.store import Store
from stedi.tables import TABLES

NOT_READ = "Nothing was read"

At = int | str | datetime
"""A release: its number, a snapshot of any of its tables, or a time at which it was the newest."""


class ReleaseGoneError(UsageError):
    """A release was asked for whose snapshots were expired."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Release {number} can no longer be read: its snapshots were expired; nothing was read.\n"
            "See which are there: stedi snapshots"
        )


class LakeReader:
    """The tables of a lake, as one of its releases shows them.

    Attributes:
        lake: The lake.
        store: Its tables.
        release: What is read.
        newest: The newest release; what is older is shown only as far as nobody has left since.
    """

    def __init__(self, lake: Lake, store: Store, release: Release, newest: Release | None = None) -> None:
        self.lake = lake
        self.store = store
        self.release = release
        self.newest = newest or release

    def files(self, table: Table) -> list[DataFile]:
        """The data files of an Iceberg table that the release holds; of the releases, all.

        Raises:
            PrivacyGateError: The release is older, and somebody's rows were taken out since; or people
                are being removed, and that is not complete.
            ReleaseGoneError: Its snapshot was expired.
        """
        # Again, for a procedure may have begun since the lake was opened.
        require_none_pending(self.lake, NOT_READ)
        if table.name not in self.release.snapshots:
            return self.store.files(table)
        if self.release.number != self.newest.number:
            self._require_nobody_left(table)
        return self.stored_files(table)

    def stored_files(self, table: Table) -> list[DataFile]:
        """As `files`, for counts alone: whoever left since is still in them.

        Raises:
            ReleaseGoneError: The snapshot was expired.
        """
        if table.name not in self.release.snapshots:
            return self.store.files(table)
        snapshot = self.release.snapshots[table.name]
        if snapshot is None:
            return []
        if self.release.number != self.newest.number and snapshot not in kept(self.store, table):
            raise ReleaseGoneError(self.release.number)
        files = self.store.files(table, snapshot=snapshot)
        self.store.require_there(table, files)
        return files

    def snapshot(self, table: Table) -> int | None:
        """The snapshot of a table that is read; of the releases, which no release holds, the newest."""
        if table.name not in self.release.snapshots:
            return self.store.snapshot_id(table)
        return self.release.snapshots[table.name]

    def ledger(self) -> Ledger:
        """The ledger that the release holds."""
        snapshot = self.release.snapshots[landed_files.TABLE.name]
        if snapshot is None:
            return Ledger([])
        is_older = self.release.number != self.newest.number
        if is_older and snapshot not in kept(self.store, landed_files.TABLE):
            raise ReleaseGoneError(self.release.number)
        return Ledger.of(self.store, snapshot=snapshot)

    def _require_nobody_left(self, table: Table) -> None:
        if not readable(self.store, self.release):
            raise ReleaseGoneError(self.release.number)
        faults = taken_out(self.store, table, self.release, self.newest)
        if self.store.snapshot_id(requests.TABLE) != self.newest.snapshots.get(requests.TABLE.name):
            faults.append("a request to withdraw or to erase is not yet carried out")
        if faults:
            raise PrivacyGateError(
                f"{table.name} is not shown as of release {self.release.number}: "
                "it may hold what was taken out since; nothing was read.",
                faults,
            )


def readable(store: Store, release: Release) -> bool:
    """Whether every snapshot of a release is still there."""
    known = {table.name: table for table in TABLES}
    return all(
        snapshot is None or (name in known and snapshot in kept(store, known[name]))
        for name, snapshot in release.snapshots.items()
    )


def release_at(releases: list[Release], at: At | None) -> Release:
    """The release that `at` means; the newest when None.

    Args:
        releases: All of them, the oldest first, at least one.
        at: A number; a snapshot, for which the newest release that holds it is taken; or a time
            (ISO 8601, UTC unless it says otherwise), for which the one that was the newest then is.

    Raises:
        UsageError: It means none.
    """
    if at is None:
        return releases[-1]
    if isinstance(at, int) or (isinstance(at, str) and at.strip().isdigit()):
        number = int(at)
        for release in reversed(releases):
            if number == release.number or number in release.snapshots.values():
                return release
        raise UsageError(
            f"{number} is neither a release nor a snapshot of one; nothing was read.\n"
            f"Releases: {releases[0].number} to {releases[-1].number}. See them: stedi snapshots"
        )
    moment = _moment(at)
    for release in reversed(releases):
        if release.published_at <= moment.timestamp() * 1000:
            return release
    first = datetime.fromtimestamp(releases[0].published_at / 1000, UTC)
    raise UsageError(
        "Nothing was published by then; nothing was read.\n"
        f"The first release is of {first:%Y-%m-%dT%H:%M:%SZ}."
    )


def _moment(at: str | datetime) -> datetime:
    try:
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at.strip())
    except ValueError:
        raise UsageError(
            "--at is a release, a snapshot, or a time such as 2026-01-31T12:00:00Z; nothing was read."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def store_with_releases(lake: Lake, *, counts_only: bool = False) -> Iterator[tuple[Store, list[Release]]]:
    """Open a lake's tables, with all its releases, the oldest first.

    Args:
        lake: The lake.
        counts_only: Whether nothing but counts is shown, which is allowed at any time.

    Raises:
        UsageError: Nothing was published yet.
        PrivacyGateError: People are being removed, and that is not complete.
    """
    if not counts_only:
        require_none_pending(lake, NOT_READ)
    store = store_of(lake)
    try:
        is_begun = lake.has_tables and store.holds(RELEASES)
        releases = history(store) if is_begun else []
        if not releases:
            raise UsageError(
                f"The lake in {lake.root} holds no release yet; nothing was read.\n"
                f"Make one: stedi --lake {shlex.quote(str(lake.root))} run"
            )
        yield store, releases
    finally:
        store.close()


@contextmanager
def reading(lake: Lake, at: At | None = None, *, counts_only: bool = False) -> Iterator[LakeReader]:
    """Open a lake for reading.

    Args:
        lake: The lake.
        at: As of which release; the newest when None.
        counts_only: As for `store_with_releases`.

    Raises:
        UsageError: Nothing was published yet, or not what `at` asks for.
        PrivacyGateError: People are being removed, and that is not complete.
    """
    with store_with_releases(lake, counts_only=counts_only) as (store, releases):
        yield LakeReader(lake, store, release_at(releases, at), releases[-1])
