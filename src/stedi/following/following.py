"""Take what lands while it lands: a run for each small batch, until somebody stops it.

Nothing is kept between two batches but which files were seen. A batch is a run: its ledger, lock and recovery
hold whenever this process dies, and between two batches the lake is nobody's.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from stedi.engine.session import kept_running
from stedi.following.landing_watch import LandingWatch, watch_of
from stedi.following.pace import Pace
from stedi.following.troubles import Troubles
from stedi.following.upkeep import Upkeep
from stedi.ground.errors import LakeMissingError, UsageError
from stedi.ground.places import Place
from stedi.lake.config import Lake, opened
from stedi.run.lock import LakeBusyError
from stedi.run.procedures import ProcedureBusyError, pending
from stedi.run.reports import Listener, RunReport
from stedi.run.run import now_ms, run
from stedi.sources.listing import SETTLE_S
from stedi.staging.folder_to_read import settle_time
from stedi.staging.landed_again import is_landed_again
from stedi.tables import SOURCES

STEP_S = 0.1
"""How soon somebody who stops a follower that waits is heard."""


class FollowListener(Listener):
    """Hears of a follower; every method may be left as it is."""

    def nothing_there(self) -> None:
        """The landing zone is not there, or holds no folder of a source yet."""

    def removing_people(self) -> None:
        """A withdrawal or erasure is not complete."""

    def batch_done(self, report: RunReport) -> None:
        """A batch went well; it may have had nothing to publish."""

    def failed(self, error: Exception, again_s: float) -> None:
        """A batch failed; it is tried again after so long."""

    def goes_on(self, failures: int) -> None:
        """A batch went well after so many failures."""


@dataclass
class Followed:
    """What a follower did.

    Attributes:
        releases: How many it published.
        files: Files that it staged.
        lines: Their lines.
    """

    releases: int = 0
    files: int = 0
    lines: int = 0


@dataclass
class Follower:
    """A loop around `run`.

    Attributes:
        lake: The lake.
        landing: Read in place; the lake's own landing zone when None.
        settle_s: How long a file must lie untouched before it is taken for whole.
        pace: How often it looks and publishes.
        upkeep: Keeps the lake small meanwhile; nobody does when None.
        listener: Hears how it goes.
        prepare: Called before every batch.
        followed: What it did so far.
    """

    lake: Lake
    landing: Place | None = None
    settle_s: float = SETTLE_S
    pace: Pace = field(default_factory=Pace)
    upkeep: Upkeep | None = None
    listener: FollowListener = field(default_factory=FollowListener)
    prepare: Callable[[], None] = lambda: None
    followed: Followed = field(default_factory=Followed)

    def follow(self, goes_on: Callable[[Followed], bool]) -> Followed:
        """Publish what lands as long as `goes_on` says so; a batch that is under way is ended first.

        Raises:
            UsageError: An option or setting is wrong, or the lake is gone.
            DependencyError: A key or package is missing.
            Exception: What nobody foresaw happened several times in a row.
        """
        self._troubles = Troubles(self.pace, self._failed)
        self._waits_for = ""
        self._whole_run_at = self._next_batch_at = 0.0
        self._due_ms: int | None = None
        self._quiet_since = time.monotonic()
        with kept_running():
            watch: LandingWatch | None = None
            while goes_on(self.followed):
                try:
                    watch = self._step(watch)
                except LakeBusyError:
                    self._waiting("lake", self.listener.waiting_for_lake)
                except ProcedureBusyError:
                    self._waiting("people", self.listener.removing_people)
                except UsageError as error:
                    # The landing zone may have gone while a batch looked at it.
                    if isinstance(error, LakeMissingError) or self._folder_is_there():
                        self._troubles.failed(error)
                except Exception as error:
                    self._troubles.failed(error)
                until = time.monotonic() + self.pace.look_s
                while time.monotonic() < until and goes_on(self.followed):
                    time.sleep(STEP_S)
        return self.followed

    def _step(self, watch: LandingWatch | None) -> LandingWatch | None:
        """Look at the landing zone, and run a batch where one is due."""
        if not self._folder_is_there():
            opened(self.lake.root)  # The lake itself may be gone.
            self._waiting("landing", self.listener.nothing_there)
            return None
        folder = self._folder
        if watch is None:
            watch = watch_of(
                folder, [s.name for s in SOURCES], settle_time(folder, self.landing, self.settle_s)
            )
            self._whole_run_at = 0.0
        now = time.monotonic()
        if now < max(self._troubles.again_at, self._next_batch_at):
            return watch
        ready = watch.ready()
        looks_at_all = now >= self._whole_run_at
        is_due = self._due_ms is not None and now_ms() >= self._due_ms
        if not (ready or looks_at_all or is_due or self._troubles.tries or self._landed_again()):
            self._keep_small(is_quiet=True)
            return watch
        if pending(opened(self.lake.root)):
            self._waiting("people", self.listener.removing_people)
            return watch
        self._batch(watch, ready, looks_at_all)
        return watch

    @property
    def _folder(self) -> Place:
        return (self.lake.landing if self.landing is None else self.landing).resolve()

    def _folder_is_there(self) -> bool:
        """Whether anything to follow is there: a disk may be mounted later, or a device begin later."""
        return any((self._folder / source.name).exists() for source in SOURCES)

    def _batch(self, watch: LandingWatch, ready: list[str], looks_at_all: bool) -> None:
        began = time.monotonic()
        self.prepare()
        try:
            report = run(
                self.lake,
                self.landing,
                settle_s=self.settle_s,
                listener=self.listener,
                looks_again=False,
                names=None if looks_at_all else ready,
                lock_wait_s=0,
            )
        finally:
            ended = time.monotonic()
            self._next_batch_at = max(began + self.pace.every_s, ended + self.pace.others_s)
        self._waits_for = ""
        if looks_at_all or not report.stage.unsettled:
            watch.taken(ready)
        if looks_at_all:
            self._whole_run_at = ended + self.pace.whole_run_s
        due_ms = report.release.next_change_at
        self._due_ms = due_ms if due_ms and due_ms > now_ms() else None
        if failures := self._troubles.over():
            self.listener.goes_on(failures)
        if report.published:
            self.followed.releases += 1
            self.followed.files += len(report.stage.entries)
            self.followed.lines += sum(entry.lines for entry in report.stage.entries)
        self._quiet_since = ended
        self.listener.batch_done(report)
        self._keep_small(is_quiet=False)

    def _keep_small(self, *, is_quiet: bool) -> None:
        """Merge small files, if it is time; a failure is told and does not hold up batches."""
        if self.upkeep is None:
            return
        quiet_s = time.monotonic() - self._quiet_since if is_quiet else 0.0
        if self.upkeep.keep_small(self.followed.releases, quiet_s):
            self._next_batch_at = max(self._next_batch_at, time.monotonic() + self.pace.others_s)

    def _landed_again(self) -> bool:
        """Whether somebody landed files that were there already, so that refused lines are read again."""
        return self.landing is None and is_landed_again(self.lake)

    def _waiting(self, what: str, tell: Callable[[], None]) -> None:
        """Tell once what is waited for."""
        if self._waits_for != what:
            self._waits_for = what
            tell()

    def _failed(self, error: Exception) -> None:
        self.listener.failed(error, self._troubles.again_at - time.monotonic())
